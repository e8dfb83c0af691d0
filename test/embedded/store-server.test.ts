import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, asyncProperty, boolean, integer } from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { mendAof } from '../../embedded/aof-check.ts'
import { startChild } from '../../embedded/store-child.ts'
import { startStoreServer, type StoreServer } from '../../embedded/store-server.ts'
import { freePort } from '../harness/ports.ts'
import { startTestStore, storeBinaries } from '../harness/store.ts'
import { until } from './kafka.ts'

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-supervised-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function supervised(
  dataDir: string,
  said: string[] = [],
  port = 0,
  asksPassword = false,
): Promise<StoreServer> {
  const { server: binary, checkAof: checkAofBinary } = storeBinaries()
  const server = await startStoreServer({
    binary,
    checkAofBinary,
    port,
    dataDir,
    maxmemoryBytes: 64 * 2 ** 20,
    asksPassword,
    log: (line) => said.push(line),
  })
  onTestFinished(() => server.stop())
  return server
}

/** The raw reply to one inline command; rejects when nobody answers. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(`${command}\r\n`))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.on('data', (chunk) => {
      resolve(chunk.toString())
      socket.destroy()
    })
  })
}

test('runs as it must: loopback, every write in the file, nothing evicted, no snapshots', async () => {
  const dataDir = folder()
  const server = await supervised(dataDir)
  const config = async (name: string) => (await ask(server.port, `CONFIG GET ${name}`)).split('\r\n')[4]
  expect(await config('bind')).toBe('127.0.0.1')
  expect(await config('appendonly')).toBe('yes')
  expect(await config('appendfsync')).toBe('everysec')
  expect(await config('maxmemory-policy')).toBe('noeviction')
  expect(await config('maxmemory')).toBe(String(64 * 2 ** 20))
  expect(await config('save')).toBe('')
  expect(await config('protected-mode')).toBe('yes')
})

test('a killed server comes back with its data, on its port, under a new pid', async () => {
  const said: string[] = []
  const server = await supervised(folder(), said)
  for (let round = 1; round <= 3; round++) {
    await ask(server.port, `SET round ${round}`)
    const pid = server.pid()
    process.kill(pid, 'SIGKILL')
    await until(() => server.restarts() === round && server.pid() > 0)
    expect(server.pid()).not.toBe(pid)
    expect(await ask(server.port, 'GET round')).toBe(`$1\r\n${round}\r\n`)
  }
  expect(said.filter((line) => line.includes('ended: SIGKILL')).length).toBe(3)
})

test('stops in good order, is not started again, and gives its folder free', async () => {
  const dataDir = folder()
  const server = await supervised(dataDir)
  await ask(server.port, 'SET a 1')
  const pid = server.pid()
  await server.stop()
  expect(() => process.kill(pid, 0)).toThrow()
  expect([server.pid(), server.restarts()]).toEqual([-1, 0])
  const again = await supervised(dataDir)
  expect(await ask(again.port, 'GET a')).toBe('$1\r\n1\r\n')
})

test('never two servers over one folder, and never a wrong one on its port', async () => {
  const dataDir = folder()
  const server = await supervised(dataDir)
  await expect(supervised(dataDir)).rejects.toThrow(/in use by process/)
  await expect(supervised(folder(), [], server.port)).rejects.toThrow(
    /ended before it served .*bind|ended before it served .*in use/i,
  )
  expect(await ask(server.port, 'PING')).toBe('+PONG\r\n')
})

test('a program that is no server is a clear error', async () => {
  const port = await freePort()
  const start = (binary: string) =>
    startStoreServer({
      binary,
      checkAofBinary: null,
      port,
      dataDir: folder(),
      maxmemoryBytes: 2 ** 26,
      asksPassword: true,
      log: () => {},
    })
  await expect(start('/no/such/server')).rejects.toThrow(/could not be started/)
  await expect(start('/bin/false')).rejects.toThrow(/ended before it served \(exit code 1\)/)
})

test('a file torn at any byte, or with garbage at its end, is mended and said, and the server starts with what is whole', {
  timeout: 60_000,
}, async () => {
  const store = await startTestStore()
  try {
    const incr = () =>
      join(
        store.dataDir,
        'appendonlydir',
        readdirSync(join(store.dataDir, 'appendonlydir')).find((name) => name.endsWith('.incr.aof'))!,
      )
    await assert(
      asyncProperty(integer({ min: 1, max: 120 }), boolean(), async (bytes, isCut) => {
        if (store.pid === -1) await store.restart()
        await ask(store.port, 'SET whole yes')
        for (let i = 0; i < 3; i++)
          await ask(store.port, `EVAL "redis.call('SET','a',ARGV[1]) redis.call('SET','b',ARGV[1])" 0 ${i}`)
        await store.kill9()
        const size = statSync(incr()).size
        if (isCut) truncateSync(incr(), size - bytes)
        else appendFileSync(incr(), Buffer.alloc(bytes, 'x'))
        const said: string[] = []
        const server = await supervised(store.dataDir, said)
        expect(await ask(server.port, 'GET whole')).toBe('$3\r\nyes\r\n')
        // A script's writes are one transaction: torn, both go.
        expect(await ask(server.port, 'GET a')).toBe(await ask(server.port, 'GET b'))
        expect(said.some((line) => line.startsWith('cut '))).toBe(!isCut || !isWholeAt(size - bytes, incr()))
        await server.stop()
      }),
      { numRuns: 12 },
    )
  } finally {
    await store.stop()
  }
})

/** Did the file happen to be torn exactly between two commands, so that nothing had to be cut? */
const isWholeAt = (size: number, file: string): boolean => statSync(file).size >= size

test('a snapshot in the new form of Valkey 9, which its own tool does not know, stands in no way: the commands behind it are mended', async () => {
  const dataDir = folder()
  const dir = join(dataDir, 'appendonlydir')
  mkdirSync(dir)
  writeFileSync(join(dir, 'a.base.rdb'), 'VALKEY080 and more')
  writeFileSync(join(dir, 'a.incr.aof'), '*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGE')
  writeFileSync(join(dir, 'a.manifest'), 'file a.base.rdb seq 1 type b\nfile a.incr.aof seq 1 type i\n')
  const cuts = await mendAof(storeBinaries().checkAof!, dataDir)
  expect(cuts).toEqual([expect.stringMatching(/^cut 10 bytes off the end of a\.incr\.aof, 14 remain$/)])
})

test('damage beyond a tail is refused, with what to do', async () => {
  const dataDir = folder()
  const server = await supervised(dataDir)
  await ask(server.port, 'SET a 1')
  await server.stop()
  const dir = join(dataDir, 'appendonlydir')
  truncateSync(join(dir, readdirSync(dir).find((name) => name.endsWith('.base.rdb'))!), 20)
  await expect(supervised(dataDir)).rejects.toThrow(
    /is damaged and .* cannot mend it.* the log will fill a new one/,
  )
})

test('a server whose supervisor was killed is ended before another starts over its folder', async () => {
  const dataDir = folder()
  const { server: binary } = storeBinaries()
  const orphan = await startChild(
    { binary, port: await freePort(), dataDir, maxmemoryBytes: 2 ** 26, log: () => {} },
    new AbortController().signal,
  )
  const said: string[] = []
  const server = await supervised(dataDir, said)
  expect(said.join('\n')).toContain(`process ${orphan.pid}`)
  await orphan.ended
  expect(server.pid()).not.toBe(orphan.pid)
})

test('asks for a password that only its owner can read, over a folder from before there was one too, and over every restart', async () => {
  const dataDir = folder()
  const before = await supervised(dataDir)
  await ask(before.port, 'SET a 1')
  await before.stop()
  chmodSync(dataDir, 0o755)
  const server = await supervised(dataDir, [], 0, true)
  const password = readFileSync(server.passwordFile!, 'utf8').trim()
  expect([statSync(dataDir).mode & 0o777, statSync(server.passwordFile!).mode & 0o777]).toEqual([
    0o700, 0o600,
  ])
  expect(password.length).toBeGreaterThanOrEqual(32)
  for (const command of ['GET a', 'FLUSHALL', 'PING', 'CONFIG GET requirepass'])
    expect(await ask(server.port, command)).toMatch(/^-NOAUTH/)
  expect(readFileSync(`/proc/${server.pid()}/cmdline`, 'utf8')).not.toContain(password)
  const get = async (): Promise<string> => ask(server.port, `AUTH ${password}\r\nGET a`)
  await expect.poll(get).toContain('$1\r\n1')
  process.kill(server.pid(), 'SIGKILL')
  await until(() => server.restarts() === 1 && server.pid() > 0)
  await expect.poll(get).toContain('$1\r\n1')
  expect(await ask(server.port, 'GET a')).toMatch(/^-NOAUTH/)
  await server.stop()
  const again = await supervised(dataDir, [], 0, true)
  expect(readFileSync(again.passwordFile!, 'utf8').trim()).toBe(password)
})
