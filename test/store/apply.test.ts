import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import { apply, type Op } from '../../store/calls/apply.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { catalogKey, partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { open, readPosition } from '../../store/calls/open.ts'
import { positionFields } from '../../store/layout/position.ts'
import { retire } from '../../store/calls/retire.ts'
import { parseWake } from '../../store/wake.ts'
import { sweep } from '../../store/calls/sweep.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'

const [source] = readDefinition(shipped)
const DEF = 'd'.repeat(64)
const fence = { def: DEF, rev: '1' }
let server: TestStore
let store: Store

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: `redis://127.0.0.1:${server.port}` })
  await store.check()
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})

async function partition(): Promise<PartitionKeys> {
  const keys = partitionKeys(`t${randomUUID().replaceAll('-', '')}`, 0, 1)
  await open(store, keys, 0, DEF, { cluster: 'c', topic: 't' })
  return keys
}
const applyBatch = (
  keys: PartitionKeys,
  base: number,
  next: number,
  ops: Op[] = [],
  fences = fence,
  feedFrom: number | null = null,
) => apply(store, keys, fences, { base, next, pos: ['e:counted', next], feedFrom, ops })
const set = (key: string, ...args: (string | number)[]): Op => ({ op: 'h', key, args })
async function read(...command: [string, ...string[]]): Promise<unknown> {
  const [reply] = await store.pipeline([command])
  return Array.isArray(reply) ? reply.map(String) : Buffer.isBuffer(reply) ? reply.toString() : reply
}

test('L1: values and the offset that earned them move together', async () => {
  const keys = await partition()
  expect(
    await applyBatch(keys, 0, 10, [
      set(keys.of('c:x'), 5, 'five'),
      { op: 'z', key: keys.due, args: [99, 'c:x'] },
    ]),
  ).toEqual({ applied: true, next: 10, tookMs: expect.any(Number) })
  expect(await read('HGET', keys.pos, 'next')).toBe('10')
  expect(await read('HGET', keys.of('c:x'), '5')).toBe('five')
  expect(await read('ZRANGE', keys.due, '0', '-1', 'WITHSCORES')).toEqual(['c:x', '99'])
})

test('L2: only a call that begins where the store stands is applied; the same call twice is applied once', async () => {
  const keys = await partition()
  await applyBatch(keys, 0, 10)
  for (const base of [0, 9, 11])
    expect(await applyBatch(keys, base, 20, [set(keys.of('c:x'), 1, 'wrong')])).toEqual({
      applied: false,
      next: 10,
      why: 'BASE',
    })
  expect(await read('EXISTS', keys.of('c:x'))).toBe(0)
})

test('L2: of two calls in flight the refusal of the first refuses the second', async () => {
  const keys = await partition()
  const [first, second] = await Promise.all([applyBatch(keys, 5, 10), applyBatch(keys, 10, 15)])
  expect([first.applied, second.applied]).toEqual([false, false])
  const both = await Promise.all([applyBatch(keys, 0, 10), applyBatch(keys, 10, 15)])
  expect(both).toEqual([
    { applied: true, next: 10, tookMs: expect.any(Number) },
    { applied: true, next: 15, tookMs: expect.any(Number) },
  ])
})

test('L2: another definition, another revision or no position refuses', async () => {
  const keys = await partition()
  expect(await applyBatch(keys, 0, 1, [], { def: 'e'.repeat(64), rev: '1' })).toMatchObject({
    applied: false,
    why: 'DEF',
  })
  expect(await applyBatch(keys, 0, 1, [], { def: DEF, rev: '2' })).toMatchObject({
    applied: false,
    why: 'REV',
  })
  await store.pipeline([['DEL', keys.pos]])
  expect(await applyBatch(keys, 0, 1)).toEqual({ applied: false, next: null, why: 'LOST' })
  expect(await read('EXISTS', keys.pos)).toBe(0)
})

test('L2: open creates a position only where there is none', async () => {
  const keys = await partition()
  await applyBatch(keys, 0, 10)
  expect(await open(store, keys, 3, 'other', { cluster: 'c', topic: 't' })).toBe(false)
  expect(await readPosition(store, keys, source!)).toMatchObject({
    def: DEF,
    rev: '1',
    state: { first: 0, next: 10 },
  })
})

test('L4: a key of the wrong type or a stream that is ahead refuses before anything is written', async () => {
  const keys = await partition()
  await store.pipeline([
    ['SET', keys.of('c:bad'), 'text'],
    ['XADD', keys.tail, '50-0', 'a', 'b'],
  ])
  expect(
    await applyBatch(keys, 0, 10, [set(keys.of('c:good'), 1, 'v'), set(keys.of('c:bad'), 1, 'v')]),
  ).toEqual({ applied: false, next: 0, why: `TYPE ${keys.of('c:bad')}` })
  const entry = (id: string): Op => ({ op: 'x', key: keys.tail, id, maxLength: 10, fields: ['a', 'b'] })
  expect(await applyBatch(keys, 0, 10, [set(keys.of('c:good'), 1, 'v'), entry('50-0')])).toEqual({
    applied: false,
    next: 0,
    why: `STREAM ${keys.tail}`,
  })
  expect(
    await applyBatch(keys, 0, 10, [set(keys.of('c:good'), 1, 'v'), entry('51-0'), entry('51-0')]),
  ).toMatchObject({ applied: false })
  expect(await read('EXISTS', keys.of('c:good'))).toBe(0)
  expect(await read('XLEN', keys.tail)).toBe(1)
  expect(await applyBatch(keys, 0, 10, [entry('51-0'), entry('51-1'), entry('52-0')])).toMatchObject({
    applied: true,
  })
})

test('a call of thousands of pairs is applied whole', async () => {
  const keys = await partition()
  const args = Array.from({ length: 4000 }, (_, i) => [i, `v${i}`]).flat()
  expect(await applyBatch(keys, 0, 1, [set(keys.of('c:wide'), ...args)])).toMatchObject({ applied: true })
  expect(await read('HLEN', keys.of('c:wide'))).toBe(4000)
})

test('the position comes back as it was written', async () => {
  const keys = await partition()
  const state = (await readPosition(store, keys, source!))!.state
  const moved = {
    ...state,
    next: 7,
    sinceMs: 1,
    logClockMs: 2,
    lastTsMs: 3,
    lastOffset: 6,
    lastHash: 'ab',
    offsets: { data: 4, control: 1, aborted: 2, compacted: 0, skipped: 0 },
    newestMs: 4,
    ahead: 6,
    entitiesOver: 0,
    valuesOver: 0,
    clock: {
      keys: [{ key: 7, timeMs: 8, heard: 9, ahead: 10, witnesses: 11 }],
      alone: { count: 1, leastMs: 12 },
      run: { startMs: 13, lastMs: 14, count: 15 },
      arrivals: [16],
      begunMs: 17,
      livedSinceMs: 18,
    },
    events: { counted: 1, late: 4, rejected: 5, duplicate: 0 },
    lateByInterval: [1, 2, 3, 4],
  }
  await apply(store, keys, fence, {
    base: 0,
    next: 7,
    feedFrom: null,
    pos: positionFields(moved, source!, { end: 9, endAtMs: 10 }, 2),
    ops: [],
  })
  expect(await readPosition(store, keys, source!)).toEqual({
    state: moved,
    def: DEF,
    rev: '1',
    cluster: 'c',
    topic: 't',
    end: 9,
    endAtMs: 10,
    rewinds: 2,
    skips: [],
  })
})

test('a position that is no number is refused in words', async () => {
  const keys = await partition()
  for (const bad of ['-1', 'x', '9007199254740993', '1e3']) {
    await store.pipeline([['HSET', keys.pos, 'logClock', bad]])
    await expect(readPosition(store, keys, source!)).rejects.toThrow(/logClock is not a natural number/)
  }
})

test('sweep takes leftovers only while the partition is lost', async () => {
  const keys = await partition()
  await applyBatch(keys, 0, 1, [set(keys.of('c:x'), 1, 'v')])
  expect(await sweep(store, keys)).toBe(null)
  expect(await read('EXISTS', keys.of('c:x'))).toBe(1)
  await store.pipeline([['DEL', keys.pos]])
  expect(await sweep(store, keys)).toBe(1)
  expect(await read('EXISTS', keys.of('c:x'))).toBe(0)
})

test('L11: at maxmemory applies are refused and moved nothing; retiring what is due is still allowed, and bumps rev', async () => {
  const keys = await partition()
  await applyBatch(keys, 0, 1, [
    set(keys.of('n:path:1'), 1, 'x'.repeat(60)),
    { op: 'z', key: keys.due, args: [1000, 'n:path:1', 2000, 'n:path:2'] },
  ])
  await store.pipeline([['CONFIG', 'SET', 'maxmemory', '1']])
  try {
    await expect(applyBatch(keys, 1, 2)).rejects.toMatchObject({ code: 'STORE_FULL', retry: true })
    expect(await retire(store, keys, source!, fence, 1500)).toBe(1)
  } finally {
    await store.pipeline([['CONFIG', 'SET', 'maxmemory', '0']])
  }
  expect(await read('EXISTS', keys.of('n:path:1'))).toBe(0)
  expect(await read('ZRANGE', keys.due, '0', '-1')).toEqual(['n:path:2'])
  expect(await applyBatch(keys, 1, 2)).toMatchObject({ applied: false, why: 'REV' })
  expect(await applyBatch(keys, 1, 2, [], { def: DEF, rev: '2' })).toMatchObject({ applied: true })
})

test('a missing library is loaded and the call goes on', async () => {
  const keys = await partition()
  await store.pipeline([['FUNCTION', 'FLUSH']])
  expect(await applyBatch(keys, 0, 1)).toMatchObject({ applied: true })
})

test('an apply that moved wakes whoever listens, and says when; a sign of life wakes nobody', async () => {
  const keys = await partition()
  const heard: string[] = []
  const stop = await store.subscribe(keys.wake, (message) => heard.push(message))
  await applyBatch(keys, 0, 12)
  await applyBatch(keys, 12, 12)
  await apply(store, keys, fence, {
    base: 12,
    next: 13,
    pos: ['endAt', 1500, 'lastTs', 1000],
    feedFrom: null,
    ops: [],
  })
  await expect
    .poll(() => heard.map(parseWake))
    .toEqual([
      { next: 12, appliedMs: expect.any(Number), fetchedMs: null, recordMs: null },
      { next: 13, appliedMs: expect.any(Number), fetchedMs: 1500, recordMs: 1000 },
    ])
  expect(Math.abs(parseWake(heard[1]!)!.appliedMs - Date.now())).toBeLessThan(60_000)
  expect(parseWake('up')).toBeNull()
  await stop()
})

test('L3: a server that is gone is an error at once, and the same connection heals', async () => {
  const keys = await partition()
  await server.kill9()
  await expect(applyBatch(keys, 0, 1)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true })
  await server.restart()
  await expect
    .poll(() => applyBatch(keys, 0, 1).catch(() => null), { timeout: 10_000 })
    .toMatchObject({ applied: true })
})

test('a server that evicts is refused, for everything but catalogs, until it keeps all again', {
  timeout: 20_000,
}, async () => {
  const admin = new Redis(server.port, '127.0.0.1', { protocol: 2 }).on('error', () => undefined)
  onTestFinished(() => admin.disconnect())
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await expect(store.check()).rejects.toThrow(/allkeys-lru/)
  await expect(store.pipeline([['GET', 'tm:x']])).rejects.toMatchObject({
    code: 'STORE_EVICTS',
    retry: true,
    isSetting: true,
  })
  expect(await store.pipeline([['EXISTS', catalogKey('x')]])).toEqual([0])
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await expect
    .poll(() => store.pipeline([['GET', 'tm:x']]).catch(() => 'refused'), { timeout: 10_000 })
    .toEqual([null])
  // A new connection is looked at before anything is done on it.
  await admin.config('SET', 'maxmemory-policy', 'volatile-ttl')
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  const early = await openStore({ url: server.url })
  await expect(early.pipeline([['SET', 'tm:x', 1]])).rejects.toMatchObject({ code: 'STORE_EVICTS' })
  await early.close()
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await expect
    .poll(() => store.pipeline([['GET', 'tm:x']]).catch(() => 'refused'), { timeout: 10_000 })
    .toEqual([null])
})
