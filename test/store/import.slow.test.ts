/** Moving in: from the oldest supported engine into the newest, and what must not happen on the way. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test as plain } from 'vitest'
import { run } from '../../cli/commands/store/import.ts'
import { readImportConfig } from '../../cli/commands/store/import-config.ts'
import { openStore } from '../../store/connection/connection.ts'
import { compare } from '../../store/import/compare.ts'
import { canRestore } from '../../store/dump-version.ts'
import { openSource } from '../../store/import/source.ts'
import { Target } from '../../store/import/target.ts'
import { startTestCluster } from '../harness/cluster.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'
import { startTestStore, storeBeforeWaitaof, type TestStore } from '../harness/store.ts'

const { test } = needs('store-before-waitaof', 'valkey')
let old: TestStore
let now: ReplicatedStore
let from: Redis
let to: Redis

beforeAll(async () => {
  ;[old, now] = await Promise.all([
    startTestStore({ binaries: storeBeforeWaitaof()! }),
    startReplicatedStore({ replicas: 0 }),
  ])
  ;[from, to] = [
    new Redis(old.url).on('error', () => undefined),
    new Redis(now.url).on('error', () => undefined),
  ]
})
afterAll(async () => {
  from?.disconnect()
  to?.disconnect()
  await Promise.all([old?.stop(), now?.stop()])
})
beforeEach(async () => {
  await Promise.all([from.flushall(), to.flushall()])
})

/** The command: how it ended, and what it printed. */
const withText = async (...args: string[]): Promise<[code: number, text: string]> => {
  const { write } = process.stdout
  const said: string[] = []
  process.stdout.write = ((some: string) => said.push(some) > 0) as typeof write
  try {
    return [await run(args), said.join('')]
  } finally {
    process.stdout.write = write
  }
}

const BINARY = Buffer.from([0xff, 0x00, 0x7b, 0xc3])

async function fill(): Promise<void> {
  await from.set('plain', 'x'.repeat(100_000))
  await from.set('session:1', 'me', 'PX', 600_000)
  await from.rpush('list', ...Array.from({ length: 1000 }, (_, n) => `${n}`))
  await from.sadd('set', ...Array.from({ length: 1000 }, (_, n) => `member ${n}`))
  await from.zadd('board', 1.5, 'ann', 3, 'bob')
  await from.hset('{user 7}:cart', { apples: 3, pears: 1 })
  await from.xadd('stream', '1-1', 'f', 'v')
  await from.xgroup('CREATE', 'stream', 'readers', '0')
  await from.pfadd('unique', 'a', 'b')
  await from.set(BINARY, BINARY)
  await from.set('tm:{mine}:pos', 'not to be taken')
  for (let n = 0; n < 500; n++) await from.set(`many:${n}`, `${n}`)
}
const KEYS = 509

test('every type comes over with its time to live, under the prefix, and tm: stays untouched', async () => {
  await fill()
  await to.set('tm:{mine}:pos', 'ours')
  const [dry, seen] = await withText(old.url, '--store', now.url, '--dry-run')
  expect([dry, seen]).toEqual([
    0,
    expect.stringMatching(`${KEYS} keys to copy, 1 left out \\(tm:\\), 0 in the store`),
  ])
  expect(await to.dbsize()).toBe(1)

  const [code, text] = await withText(old.url, '--store', now.url)
  expect(text).toMatch(
    new RegExp(
      `pass 1: ${KEYS} keys, ${KEYS} copied, 0 removed; 1 left out[^]*pass 2: ${KEYS} keys, 0 copied`,
    ),
  )
  expect(text).toMatch(new RegExp(`${KEYS} keys, 0 missing; ${KEYS} compared, 0 different\n$`))
  expect(code).toBe(0)
  expect(await to.get('tm:{mine}:pos')).toBe('ours')
  expect(await to.lrange('list', 0, -1)).toEqual(await from.lrange('list', 0, -1))
  expect(await to.getBuffer(BINARY)).toEqual(BINARY)
  expect(await to.xinfo('GROUPS', 'stream')).toHaveLength(1)
  const left = await to.pttl('session:1')
  expect(left).toBeGreaterThan(500_000)
  expect(left).toBeLessThanOrEqual(600_000)
  expect(await to.pttl('plain')).toBe(-1)

  const [again] = await withText(old.url, '--store', now.url, '--prefix', 'app:')
  expect(again).toBe(0)
  expect(await to.hgetall('app:{user 7}:cart')).toEqual({ apples: '3', pears: '1' })
  // Under a prefix a key tm:... is a key of the application.
  expect(await to.get('app:tm:{mine}:pos')).toBe('not to be taken')
  // Two words that together would be ours are left out all the same.
  await from.set('m:{x}:pos', 'no')
  expect((await withText(old.url, '--store', now.url, '--prefix', 't'))[1]).toMatch(/1 left out/)
  expect(await to.exists('tm:{x}:pos')).toBe(0)
})

test('a source that says what changes is read once; one whose user may not be told, once a pass', async () => {
  await fill()
  const dumps = async (): Promise<number> =>
    Number(/cmdstat_dump:calls=(\d+)/.exec(await from.info('commandstats'))?.[1] ?? 0)
  await from.config('RESETSTAT')
  expect((await withText(old.url, '--store', now.url, '--sample', '1'))[0]).toBe(0)
  expect(await dumps()).toBe(KEYS + 1)

  await from.acl('SETUSER', 'mover', 'on', '>pw', '~*', '+@all', '-client|tracking')
  await to.flushall()
  await from.config('RESETSTAT')
  const [code, text] = await withText(
    old.url.replace('://', '://mover:pw@'),
    '--store',
    now.url,
    '--sample',
    '1',
  )
  expect(code).toBe(0)
  expect(text).toMatch(/pass 2: \d+ keys, 0 copied, 0 removed/)
  expect(await dumps()).toBe(2 * KEYS + 1)
})

test('what changes, comes and goes while it is copied is followed until nothing differs', async () => {
  for (let n = 0; n < 3000; n++) await from.set(`k:${n}`, '0')
  const writer = new Redis(old.url).on('error', () => undefined)
  onTestFinished(() => writer.disconnect())
  const load = { isOver: false, writes: 0 }
  const writing = (async () => {
    for (; load.writes < 200 && !load.isOver; load.writes++) {
      await writer.incr(`k:${load.writes % 3000}`)
      await writer.del(`k:${2999 - load.writes}`)
      await writer.set(`new:${load.writes}`, '1')
      await writer.expire(`k:${1000 + load.writes}`, 500)
    }
  })()
  const importing = withText(old.url, '--store', now.url, '--passes', '1000', '--sample', '100000')
  await writing
  const [code, text] = await importing
  expect(load.writes).toBe(200)
  expect(text).toMatch(/0 missing; \d+ compared, 0 different/)
  expect(code).toBe(0)
  const names = (await from.keys('*')).sort()
  expect((await to.keys('*')).filter((name) => !name.startsWith('tm:')).sort()).toEqual(names)
  expect(await to.mget(names)).toEqual(await from.mget(names))
})

test('a writer that never stops ends in one sentence', async () => {
  await from.set('counter', '0')
  const writer = new Redis(old.url).on('error', () => undefined)
  const load = { isOver: false }
  const writing = (async () => {
    while (!load.isOver) await writer.incr('counter')
  })()
  try {
    await expect(withText(old.url, '--store', now.url, '--passes', '3')).rejects.toThrow(
      /^after 3 passes keys still change in redis:\/\/127.*: stop its writers and import again with --replace\.$/,
    )
  } finally {
    load.isOver = true
    await writing
    writer.disconnect()
  }
})

test('a key that is there already is written over only where that is asked for', async () => {
  await from.set('a', 'old')
  await to.set('a', 'kept')
  await expect(withText(old.url, '--store', now.url)).rejects.toThrow(
    /the key "a" is in the store already: .*--replace/,
  )
  expect(await to.get('a')).toBe('kept')
  expect((await withText(old.url, '--store', now.url, '--replace'))[0]).toBe(0)
  expect(await to.get('a')).toBe('old')
})

test('a newer engine, the store itself, a place where nobody is: one sentence each, and nothing written', async () => {
  await to.set('a', '1')
  for (const more of [[], ['--dry-run']])
    await expect(withText(now.url, '--store', old.url, ...more)).rejects.toThrow(
      /^the store cannot read the dumps of valkey 9\S+ \(version \d+ of "[^"]+", it reads 10\): import into an engine that is at least as new/,
    )
  expect((await from.keys('*')).filter((name) => !name.startsWith('tm:'))).toEqual([])
  await expect(withText(old.url, '--store', old.url)).rejects.toThrow(/is the store itself/)
  await expect(withText('redis://127.0.0.1:1', '--store', now.url)).rejects.toThrow(
    /^redis:\/\/127\.0\.0\.1:1, which is to be imported: the store did not answer/,
  )
})

test('the comparison finds a key that is missing, one of other content and one that lives too long', async () => {
  for (const key of ['a', 'b', 'c', 'd']) {
    await from.set(key, '1', 'PX', 600_000)
    await to.set(`app:${key}`, '1', 'PX', 600_000)
  }
  await to.del('app:a')
  await to.set('app:b', '2', 'PX', 600_000)
  await to.persist('app:c')
  const [source, store] = [await openSource(old.url, {}), await openStore({ url: now.url })]
  onTestFinished(async () => {
    source.close()
    await store.close()
  })
  const target = new Target({ store, isCluster: false, prefix: 'app:' })
  const keys = ['a', 'b', 'c', 'd'].map((key) => Buffer.from(key))
  const { missing, different } = await compare(source, target, keys, 4)
  expect(missing.map(String)).toEqual(['a'])
  expect(different.map(String).sort()).toEqual(['a', 'b', 'c'])
})

test('into a cluster: keys of every slot', async () => {
  await fill()
  const cluster = await startTestCluster()
  onTestFinished(() => cluster.stop())
  const [code, text] = await withText(old.url, '--store', cluster.url)
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(`${KEYS} keys, 0 missing; ${KEYS} compared, 0 different`),
  ])
})

plain('which engine reads whose dumps', () => {
  // Redis 7.0 is 10, 7.2 and Valkey 8 are 11, Redis 7.4 is 12, Valkey 9 is 80.
  expect([canRestore(10, 11), canRestore(11, 80), canRestore(80, 80)]).toEqual([true, true, true])
  expect([canRestore(12, 11), canRestore(80, 12), canRestore(12, 80)]).toEqual([false, false, false])
})

plain('flags that are wrong are said by the name under which they were given', () => {
  const wrong =
    (...args: string[]) =>
    () =>
      readImportConfig(args, {})
  expect(wrong()).toThrow(/which store is to be imported/)
  expect(wrong('http://x')).toThrow(/^the address to import from cannot be used/)
  expect(wrong('redis://x', '--source-ca', '/dev/null')).toThrow(/^--source-ca is for a store with TLS/)
  expect(wrong('redis://x', '--source-password-file', '/none')).toThrow(/^--source-password-file/)
  expect(wrong('redis://x', '--prefix', 'tm:x:')).toThrow(/--prefix tm:/)
  expect(wrong('redis://x', '--prefix', '{a}')).toThrow(/brace/)
  const config = readImportConfig(['redis://x'], {
    TIDEMARK_SOURCE_PASSWORD: 'p',
    TIDEMARK_STORE_PASSWORD: 'q',
  })
  expect(config !== 'help' && [config.from.access.password!(), config.store.access!.password!()]).toEqual([
    'p',
    'q',
  ])
})
