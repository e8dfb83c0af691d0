/** Backups by the commands, from end to end: into a bucket and out of it, and what ends a run too early. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { getPriority, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { startTestStore, storeBinaries, type TestStore } from '../../harness/store.ts'
import { startTidemark, type RunningCommand } from '../../harness/tidemark.ts'
import { ACCESS, READER, startS3, type S3Server } from './s3-server.ts'
import { everything } from './scratch.ts'

vi.setConfig({ testTimeout: 120_000 })
const KEYS = 20
const root = resolve(import.meta.dirname, '../../..')
let servers: TestStore[]
let store: Store
let target: Store
let s3: S3Server
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-commands-'))
  writeFileSync(join(dir, 'key'), 'ab'.repeat(32))
  ;[s3, ...servers] = await Promise.all([startS3('backups'), startTestStore(), startTestStore()])
  ;[store, target] = (await Promise.all(servers.map(({ url }) => openStore({ url })))) as [Store, Store]
  await store.pipeline([['CONFIG', 'SET', 'repl-diskless-sync-delay', 0]])
  for (let n = 0; n < KEYS; n++) await store.pipeline([['SET', `app:${n}`, `value ${n}`]])
})
afterAll(async () => {
  await store?.close()
  await target?.close()
  await Promise.all([...(servers ?? []), s3].map((one) => one?.stop()))
  rmSync(dir, { recursive: true, force: true })
})

function begin(access: typeof ACCESS | null, args: readonly string[]): RunningCommand {
  const env = {
    AWS_ACCESS_KEY_ID: access?.keyId ?? '',
    AWS_SECRET_ACCESS_KEY: access?.secret ?? '',
    AWS_REGION: ACCESS.region,
    TIDEMARK_STORE_BIN: storeBinaries().server,
    TIDEMARK_BACKUP_KEY_FILE: join(dir, 'key'),
  }
  return startTidemark(['store', ...args], env)
}
async function ran(access: typeof ACCESS | null, ...args: string[]): Promise<{ code: number; said: string }> {
  const command = begin(access, args)
  return { code: (await command.ended)!, said: command.said() }
}
const bucket = (flag: 'to' | 'from'): string[] => [
  `--${flag}`,
  's3://backups/prod',
  '--endpoint',
  s3.endpoint,
]
const isManifest = (key: string): boolean => key.endsWith('/manifest.json')
const manifests = (): string[] => [...s3.objects.keys()].filter(isManifest)

test('a bucket by the commands: backup, list, verify, restore, what is kept', async () => {
  const from = ['--store', servers[0]!.url]
  const first = await ran(ACCESS, 'backup', ...bucket('to'), ...from)
  expect(first.said).toMatch(/^backup \d{8}T\d{6}Z-[0-9a-f]{4} in s3:\/\/backups\/prod: \d+ keys/)
  expect(first.code).toBe(0)
  await ran(ACCESS, 'backup', ...bucket('to'), ...from)
  expect(manifests().length).toBe(2)
  const listed = await ran(ACCESS, 'backups', ...bucket('from'))
  expect(listed.said.match(/^\d{8}T\d{6}Z/gm)?.length).toBe(2)
  const third = await ran(ACCESS, 'backup', ...bucket('to'), ...from, '--keep', '1')
  expect(third.said.match(/^deleted /gm)?.length).toBe(2)
  expect(manifests().length).toBe(1)
  expect((await ran(ACCESS, 'verify', ...bucket('from'))).said).toMatch(/ is whole: \d+ keys/)
  const restored = await ran(ACCESS, 'restore', ...bucket('from'), '--store', servers[1]!.url)
  expect(restored.code).toBe(0)
  const [was, is] = [await everything(store), await everything(target)]
  expect(Object.keys(is).filter((key) => key.startsWith('app:')).length).toBe(KEYS)
  for (const key of Object.keys(is).filter((key) => key.startsWith('app:'))) expect(is[key]).toBe(was[key])

  const key = [...s3.objects.keys()].find((one) => one.endsWith('.part'))!
  const whole = s3.objects.get(key)!
  const flipped = Buffer.from(whole)
  flipped[flipped.length >> 1]! ^= 1
  s3.objects.set(key, flipped)
  const verified = await ran(ACCESS, 'verify', ...bucket('from'))
  expect(verified.code).not.toBe(0)
  expect(verified.said).toMatch(/was changed since it was written/)
  s3.objects.set(key, whole)
})

test('a bucket that refuses, or breaks for good, ends the command with one sentence, and no half backup is called one', async () => {
  const before = manifests()
  const fails = async (access: typeof ACCESS | null, args: string[], sentence: RegExp): Promise<void> => {
    const { code, said } = await ran(access, ...args)
    expect(code).not.toBe(0)
    expect(said).toMatch(sentence)
    expect(said).not.toMatch(/\bat .*\.(js|ts):\d+/)
    expect(said).not.toContain(ACCESS.secret)
    expect(manifests()).toEqual(before)
  }
  const from = ['--store', servers[0]!.url]
  await fails(null, ['backups', ...bucket('from')], /needs the variables AWS_ACCESS_KEY_ID/)
  await fails(
    { ...ACCESS, secret: 'other' },
    ['backup', ...bucket('to'), ...from],
    /SignatureDoesNotMatch; .*AWS_SECRET_ACCESS_KEY/,
  )
  await fails(READER, ['backup', ...bucket('to'), ...from], /AccessDenied; the key needs the rights/)
  await fails(
    ACCESS,
    ['backup', '--to', 's3://absent', '--endpoint', s3.endpoint, ...from],
    /there is no bucket absent at http/,
  )
  s3.trouble = (method, key) => (method === 'PUT' && isManifest(key) ? 'break' : null)
  await fails(ACCESS, ['backup', ...bucket('to'), ...from], /s3:\/\/backups\/prod cannot be reached at/)
  s3.trouble = () => null
})

test('a killed backup leaves nothing that looks good, and a later one clears it away', async () => {
  const place = join(dir, 'kept')
  const args = ['backup', '--to', place, '--store', servers[0]!.url]
  const dying = begin(null, args)
  await expect.poll(() => readParts(place), { timeout: 60_000, interval: 1 }).toBeGreaterThan(0)
  process.kill(dying.pid, 'SIGKILL')
  await dying.ended
  expect((await ran(null, 'backups', '--from', place)).said).toMatch(/there is no backup in /)
  expect((await ran(null, 'restore', '--from', place, '--store', servers[1]!.url)).said).toMatch(
    /there is no backup in /,
  )
  // As if it had been yesterday's.
  const old = '20260101T000000Z-0001.partial'
  writeFileSync(join(place, readdirSync(place)[0]!, 'x'), '')
  renameSync(join(place, readdirSync(place)[0]!), join(place, old))
  expect((await ran(null, ...args)).code).toBe(0)
  expect(readdirSync(place)).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{4}$/)])
})

test('a disk that is full ends it in one sentence', async () => {
  await store.pipeline([['SET', 'app:big', randomBytes(500_000)]])
  const place = join(dir, 'full')
  const args = ['store', 'backup', '--to', place, '--key-file', join(dir, 'key'), '--store', servers[0]!.url]
  // No file may be above 100 blocks of 512 bytes: as full as a disk can be without mounting one.
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -f 100; exec "$0" "$@"', process.execPath, join(root, 'dist/cli/main.js'), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TIDEMARK_STORE_BIN: storeBinaries().server },
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number]
  expect(code).not.toBe(0)
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/there is no room left in .*\(TMPDIR\) \(EFBIG\): make room there/),
  ])
  expect(readdirSync(place)).toEqual([])
  await store.pipeline([['DEL', 'app:big']])
})

test.each(['it alone', 'all of its group'])(
  'a server of a process that was killed (%s) ends with it, and what was not encrypted is gone',
  async (whom) => {
    const code = `
    const { scratchFolder, startScratchServer } = await import(${JSON.stringify(join(root, 'dist/embedded/scratch-server.js'))})
    const { path } = await scratchFolder()
    const { port, password } = await startScratchServer(${JSON.stringify(storeBinaries().server)}, path, 1)
    console.log(JSON.stringify({ port, path, password }))
    setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { port, path, password } = JSON.parse(line.toString()) as Record<'path' | 'password', string> & {
      port: number
    }
    expect(await answers(port)).toBe(true)
    // It takes what others leave of the processor.
    const store = await openStore({ url: `redis://:${password}@127.0.0.1:${port}` })
    const [info] = await store.info()
    await store.close()
    expect(getPriority(Number(/^process_id:(\d+)/m.exec(info!.text)![1]))).toBeGreaterThanOrEqual(10)
    // As supervisors do it.
    if (whom === 'it alone') child.kill('SIGKILL')
    else process.kill(-child.pid!, 'SIGTERM')
    await expect.poll(() => answers(port), { timeout: 20_000 }).toBe(false)
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(false)
  },
)

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== null))
    socket.once('error', () => resolve(false))
  })
}

function readParts(place: string): number {
  try {
    return readdirSync(place).filter((name) => name.endsWith('.partial')).length
  } catch {
    return 0
  }
}
