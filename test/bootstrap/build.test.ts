import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '../..')
let root: string

/** Runs the build of the small tree; answers its exit code and words. */
function build(...flags: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'build.mjs'), ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes))
    child.on('close', (code) => resolve({ code, said }))
  })
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}
const built = (file: string): string => readFileSync(join(root, 'dist', file), 'utf8')

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-build-'))
  for (const file of [
    'build.mjs',
    'bootstrap',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.client.json',
  ])
    cpSync(join(repository, file), join(root, file), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  write('cli/main.ts', "import { one } from '../model/one.ts'\nexport const two = one + one\n")
  write('model/one.ts', 'export const one = 1\n')
  write('client/index.ts', 'export const three = 3\n')
  write('store/lua/inner/apply.lua', '-- lands\n')
  write(
    'dashboard/index.html',
    '<!doctype html><html><body><script type="module" src="./main.ts"></script></body></html>\n',
  )
  write('dashboard/main.ts', "document.title = 'tide'\n")
  write('dashboard/vite.config.ts', 'export default { base: "./" }\n')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the build', () => {
  test('makes server, Lua and page, and nothing else remains', async () => {
    expect(await build()).toMatchObject({ code: 0 })
    expect(built('cli/main.js')).toContain("'../model/one.js'")
    expect(built('client/index.d.ts')).toContain('three')
    expect(built('store/lua/inner/apply.lua')).toBe('-- lands\n')
    expect(built('dashboard/index.html')).toContain('assets/')
    expect(readdirSync(root).filter((name) => name.startsWith('dist'))).toEqual(['dist'])
  })

  test('of an unchanged tree does nothing', async () => {
    const before = statSync(join(root, 'dist')).ino
    expect((await build()).said).toContain('up to date')
    expect(statSync(join(root, 'dist')).ino).toBe(before)
  })

  test('that fails says why and leaves what was there', async () => {
    write('model/one.ts', "export const one: number = 'one'\n")
    const { code, said } = await build()
    expect(code).toBe(1)
    expect(said).toContain('model/one.ts(1,14)')
    expect(built('model/one.js')).toContain('one = 1')
    write('dashboard/main.ts', 'import "./absent.ts"\n')
    write('model/one.ts', 'export const one = 11\n')
    expect((await build()).said).toContain('absent.ts')
    expect(existsSync(join(root, 'dist/dashboard/index.html'))).toBe(true)
  })

  test('keeps going when asked to, and tries again the next time', async () => {
    write('dashboard/main.ts', "document.title = 'tide'\n")
    write('model/one.ts', "export const one: number = 'eleven'\n")
    expect(await build('--keep-going')).toMatchObject({ code: 0 })
    expect(built('model/one.js')).toContain('eleven')
    write('model/one.ts', 'export const one = 12\n')
    expect((await build()).said).toContain('built')
  })

  test('twice at once is built once', async () => {
    write('model/one.ts', 'export const one = 13\n')
    const said = (await Promise.all([build(), build(), build()])).map((run) => run.said)
    expect(said.filter((words) => words.includes('built dist'))).toHaveLength(1)
    expect(built('model/one.js')).toContain('13')
  })

  test("takes over a dead builder's lock", async () => {
    write('dist.lock', '4194303\n')
    write('model/one.ts', 'export const one = 14\n')
    expect(await build()).toMatchObject({ code: 0 })
    expect(existsSync(join(root, 'dist.lock'))).toBe(false)
  })
})
