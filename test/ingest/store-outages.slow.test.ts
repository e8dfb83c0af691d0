/** Whatever a store says in place of taking records, short of proof of damage: it is said once, waited for, and counted past when it is over. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { whyNotReady } from '../../cli/telemetry/readiness.ts'
import type { PartitionWorker } from '../../ingest/partition.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { fetchOf, openHarness, recordsOf, type Harness } from './loop.ts'

let server: SecuredStore
let store: Store
const running: PartitionWorker[] = []
let names = 0
const patience = { timeout: 20_000, interval: 50 }
const ask = (...[command, ...args]: [string, ...(string | number)[]]): Promise<unknown> =>
  server.ask(0, command, ...args)

beforeAll(async () => {
  server = await startSecuredStore()
  store = await openStore({ url: `redis://app@${server.nodes}`, access: { password: () => server.password } })
  await store.check()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()))
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})

/** A worker whose log grows by fifty records whenever it asks to read on, up to `end`. */
function working(): { h: Harness; grow: () => void; next: () => Promise<number> } {
  let end = 50
  const source = { ...openHarness(store, []).source, name: `outage${names++}` }
  const keys = partitionKeys(source.name, 0, 1)
  const h: Harness = openHarness(store, running, {
    source,
    keys,
    seek: (offset) => void setImmediate(() => offset < end && h.worker.push(fetchOf(recordsOf(offset, end)))),
  })
  const grow = (): void => {
    end += 50
    h.worker.push(fetchOf(recordsOf(end - 50, end)))
  }
  return {
    h: { ...h, keys, source },
    grow,
    next: async () => (await readPosition(store, keys, source).catch(() => null))?.state.next ?? -1,
  }
}

const rows: [name: string, code: string, cause: () => Promise<unknown>, cure: () => Promise<unknown>][] = [
  [
    'its replicas are away',
    'STORE_NO_REPLICAS',
    () => ask('CONFIG', 'SET', 'min-replicas-to-write', 1),
    () => ask('CONFIG', 'SET', 'min-replicas-to-write', 0),
  ],
  [
    'its user may call no functions',
    'STORE_NOT_ALLOWED',
    () => ask('ACL', 'SETUSER', 'app', '-fcall'),
    () => ask('ACL', 'SETUSER', 'app', '+fcall'),
  ],
  [
    'its user may not do what functions do',
    'STORE_NOT_ALLOWED',
    () => ask('ACL', 'SETUSER', 'app', '-hset'),
    () => ask('ACL', 'SETUSER', 'app', '+hset'),
  ],
  [
    'it lost its functions, and its user may not load them',
    'STORE_NOT_ALLOWED',
    async () => {
      await ask('ACL', 'SETUSER', 'app', '-function|load')
      await ask('FUNCTION', 'FLUSH')
    },
    () => ask('ACL', 'SETUSER', 'app', '+function|load'),
  ],
  [
    'its user is switched off',
    'STORE_ACCESS',
    async () => {
      await ask('ACL', 'SETUSER', 'app', 'off')
      await ask('CLIENT', 'KILL', 'USER', 'app')
    },
    () => ask('ACL', 'SETUSER', 'app', 'on'),
  ],
  [
    'it became a replica',
    'STORE_READ_ONLY',
    () => ask('REPLICAOF', '127.0.0.1', 1),
    () => ask('REPLICAOF', 'NO', 'ONE'),
  ],
  [
    'it is a replica that lost its master',
    'STORE_BUSY',
    async () => {
      await ask('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
      await ask('REPLICAOF', '127.0.0.1', 1)
    },
    () => ask('REPLICAOF', 'NO', 'ONE'),
  ],
  [
    'it is full',
    'STORE_FULL',
    () => ask('CONFIG', 'SET', 'maxmemory', '1mb'),
    () => ask('CONFIG', 'SET', 'maxmemory', 0),
  ],
  [
    'it may drop keys',
    'STORE_EVICTS',
    () => ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'),
    () => ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'),
  ],
]

test.each(rows)('%s: %s', { timeout: 60_000 }, async (_, code, cause, cure) => {
  const { h, grow, next } = working()
  await h.worker.start()
  await expect.poll(next, patience).toBe(50)
  h.seen.log.length = 0
  await cause()
  try {
    await sleep(code === 'STORE_EVICTS' ? 1500 : 0) // it is looked at once a second
    grow()
    await expect.poll(() => h.worker.view().storeWait?.code, patience).toBe(code)
    await sleep(1200)
    const view = h.worker.view()
    expect(view.halted).toBeNull()
    expect(
      h.seen.log.filter((line) => line.includes(code)),
      h.seen.log.join('\n'),
    ).toHaveLength(1)
    const why = whyNotReady(
      { storeFault: null, sources: new Map([['s', { isAssigned: true, partitions: [view] }]]) },
      60_000,
      Date.now(),
    ).join()
    expect(why).toMatch(new RegExp(`^s/0: waits for the store since \\d s, ${code}: `))
    expect(why).not.toMatch(/127\.0\.0\.1|app\b/)
  } finally {
    await cure()
  }
  await expect.poll(next, patience).toBe(100)
  await expect.poll(() => h.worker.view().storeWait, patience).toBeNull()
  expect(h.seen.log.at(-1)).toMatch(/counts on, after \d/)
})

test('functions flushed again and again are loaded again and again', { timeout: 60_000 }, async () => {
  const { h, grow, next } = working()
  await h.worker.start()
  await expect.poll(next, patience).toBe(50)
  for (let round = 0; round < 40; round++) {
    await ask('FUNCTION', 'FLUSH')
    if (round % 4 === 0) grow()
    await sleep(25)
  }
  await expect.poll(next, patience).toBe(550)
  expect(h.worker.view().halted).toBeNull()
})

test('a key of another type is damage: it halts', { timeout: 60_000 }, async () => {
  const { h, grow, next } = working()
  await h.worker.start()
  await expect.poll(next, patience).toBe(50)
  await store.pipeline([
    ['DEL', h.keys.feed],
    ['SET', h.keys.feed, 'x'],
  ])
  grow()
  await expect.poll(() => h.worker.view().halted?.code, patience).toBe('STORE_DAMAGED')
})
