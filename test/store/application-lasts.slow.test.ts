/** What the user `app` keeps beside Tidemark lasts: every type, scripts, functions, transactions and messages, before and after a failover and in a restored copy; and what is closed to it stays closed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { locate, needs } from '../harness/needs.ts'
import { startReplicatedStore } from '../harness/replicated.ts'
import { startTidemark } from '../harness/tidemark.ts'
import { makeUsers } from '../harness/users.ts'

const { test } = needs('valkey')
const [PRIMARY, REPLICA] = [0, 1]
const LIBRARY =
  "#!lua name=mine\nserver.register_function('add', function(k, a) return server.call('INCRBY', k[1], a[1]) end)"

const written = [
  ['SET', 'app:string', 'a\0b'],
  ['SET', 'app:later', 'x', 'PXAT', '4102444800000'],
  ['RPUSH', 'app:list', 'a', 'b', 'c'],
  ['SADD', 'app:set', 'a', 'b', '3'],
  ['ZADD', 'app:sorted', '1.5', 'a', '-2', 'b'],
  ['HSET', 'app:hash', 'f', 'v', 'g', '1'],
  ['HPEXPIREAT', 'app:hash', '4102444800000', 'FIELDS', '1', 'f'],
  ['XADD', 'app:stream', '5-1', 'f', 'v'],
  ['XGROUP', 'CREATE', 'app:stream', 'workers', '0'],
  ['XREADGROUP', 'GROUP', 'workers', 'w1', 'STREAMS', 'app:stream', '>'],
  ['SETBIT', 'app:bits', '70', '1'],
  ['BITFIELD', 'app:bits', 'SET', 'u8', '0', '200'],
  ['PFADD', 'app:unique', 'a', 'b', 'c'],
  ['GEOADD', 'app:places', '13.4', '52.5', 'berlin'],
]
const read = [
  ['GET', 'app:string'],
  ['PEXPIRETIME', 'app:later'],
  ['LRANGE', 'app:list', '0', '-1'],
  ['SMISMEMBER', 'app:set', 'a', '3', 'c'],
  ['ZRANGE', 'app:sorted', '0', '-1', 'WITHSCORES'],
  ['HMGET', 'app:hash', 'f', 'g'],
  ['HPEXPIRETIME', 'app:hash', 'FIELDS', '2', 'f', 'g'],
  ['XRANGE', 'app:stream', '-', '+'],
  ['XPENDING', 'app:stream', 'workers'],
  ['BITCOUNT', 'app:bits'],
  ['PFCOUNT', 'app:unique'],
  ['GEOPOS', 'app:places', 'berlin'],
  ['EVAL', "return {redis.call('STRLEN', KEYS[1]), #ARGV}", '1', 'app:string', 'x'],
]
const closed = [
  ['GET', 'tm:x'],
  ['SET', 'tm:x', '1'],
  ['PFMERGE', 'tm:x'],
  ['PUBLISH', 'tm:x', '1'],
  ['EVAL', "return redis.call('SET', 'tm:x', 1)", '0'],
  ['FCALL', 'add', '1', 'tm:x', '1'],
  ['FUNCTION', 'FLUSH'],
  ['FLUSHALL'],
]

test('everything of an application outlives a failover and a restore, and its user may as much as before', async () => {
  const store = await startReplicatedStore()
  const copy = await startReplicatedStore({ replicas: 0 })
  onTestFinished(() => store.stop())
  onTestFinished(() => copy.stop())
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-lasts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const users = await makeUsers(store.url)
  onTestFinished(() => users.remove())
  await store.ask(PRIMARY, 'FUNCTION', 'LOAD', LIBRARY)

  const login = (port: number, password: string): Redis => {
    const client = new Redis(port, '127.0.0.1', { username: 'app', password, protocol: 2 })
    client.on('error', () => undefined)
    onTestFinished(() => client.disconnect())
    return client
  }
  /** All that is read, with what a client that writes and listens sees. */
  const look = async (app: Redis, ears: Redis, sum: number): Promise<unknown[]> => {
    const answers: unknown[] = []
    for (const [command, ...args] of read) answers.push(await app.call(command!, ...args))
    expect(await app.call('FCALL', 'add', '1', 'app:sum', '5')).toBe(sum)
    expect(
      await app
        .multi([
          ['set', 'app:t', '1'],
          ['incr', 'app:t'],
        ])
        .exec(),
    ).toEqual([
      [null, 'OK'],
      [null, 2],
    ])
    const heard: string[] = []
    ears.on('message', (_, text: string) => heard.push(text))
    await ears.subscribe('app:news')
    await app.publish('app:news', 'sale')
    await expect.poll(() => heard).toEqual(['sale'])
    for (const [command, ...args] of closed)
      await expect(app.call(command!, ...args), args.join(' ')).rejects.toThrow(/NOPERM|ermission|access/)
    return answers
  }
  const both = (port: number, password: string): [Redis, Redis] => [
    login(port, password),
    login(port, password),
  ]

  const [app, ears] = both(store.ports[PRIMARY]!, users.password('app'))
  for (const [command, ...args] of written) await app.call(command!, ...args)
  const before = await look(app, ears, 5)
  expect(before[0]).toBe('a\0b')
  await store.ask(PRIMARY, 'WAIT', 1, 0)
  await expect.poll(() => store.ask(REPLICA, 'GET', 'app:sum')).toBe('5')

  store.signal(PRIMARY, 'SIGKILL')
  await store.ask(REPLICA, 'REPLICAOF', 'NO', 'ONE')
  expect(await look(...both(store.ports[REPLICA]!, users.password('app')), 10)).toEqual(before)

  const key = join(folder, 'key')
  writeFileSync(key, 'ab'.repeat(32), { mode: 0o600 })
  const run = async (act: string, ...flags: string[]): Promise<void> => {
    const running = startTidemark(['store', act, '--key-file', key, ...flags], {
      TIDEMARK_STORE_BIN: locate('valkey')!,
    })
    expect([await running.ended, running.said()]).toEqual([0, expect.any(String)])
  }
  const from = `redis://127.0.0.1:${store.ports[REPLICA]}`
  const access = ['--store-user', 'backup', '--store-password-file', users.passwordFile('backup')]
  await run('backup', '--to', join(folder, 'kept'), '--store', from, ...access)
  await run('restore', '--from', join(folder, 'kept'), '--store', copy.url)
  const there = await makeUsers(copy.url)
  onTestFinished(() => there.remove())
  // Functions and users belong to a server, and are no data: its operator puts them there.
  await copy.ask(PRIMARY, 'FUNCTION', 'LOAD', 'REPLACE', LIBRARY)
  expect(await look(...both(copy.ports[PRIMARY]!, there.password('app')), 15)).toEqual(before)
}, 120_000)
