/** The streams that a call writes: the feed, whose entry is what the call carried, and those that are trimmed. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply, applyBatch as applyBytes, type Op } from '../../store/calls/apply.ts'
import { ApplyCall, type FeedFrom } from '../../store/calls/apply-call.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { readChanges } from '../../store/layout/changes.ts'
import type { Position } from '../../store/layout/position.ts'
import { entriesBetween } from '../../store/mirror/mirror-steps.ts'
import { open } from '../../store/calls/open.ts'
import { readFeedEntry, type StreamEntry } from '../../store/read-feed.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'

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
  feedFrom: FeedFrom = null,
) => apply(store, keys, fences, { base, next, pos: ['e:counted', next], feedFrom, ops })
const set = (key: string, ...args: (string | number)[]): Op => ({ op: 'h', key, args })
async function read(...command: [string, ...string[]]): Promise<unknown> {
  const [reply] = await store.pipeline([command])
  return Array.isArray(reply) ? reply.map(String) : Buffer.isBuffer(reply) ? reply.toString() : reply
}

test('what the feed tells is what the call wrote, whatever the names and values are', async () => {
  const keys = await partition()
  const call = new ApplyCall(keys)
  const wide = Array.from({ length: 40_000 }, (_, n): [number, Buffer] => [n, Buffer.from([n & 255, n >> 8])])
  const wanted = new Map<string, [number | string, Buffer][]>([
    ['c:a:1s:0.1', [0, 1, 127].map((slot) => [slot, Buffer.from([slot, 0, 13, 10])])],
    ['n:a:1', [31, 32, 255, 256, 70_000].map((size) => ['ä'.repeat(size >> 1), Buffer.alloc(size, 7)])],
    ['c:wide:1s:0.1', wide],
  ])
  call.begin()
  for (const [suffix, pairs] of wanted) {
    call.hash(suffix)
    for (const [field, value] of pairs) call.pair(field, value)
  }
  call.textPair('["ü"]', 12)
  const bytes = call.finish(fence, { base: 0, next: 5, pos: [], feedFrom: 0 })
  call.begin() // what is written next does not touch it
  call.hash('c:other:1s:0.1')
  call.pair(1, Buffer.alloc(100_000))
  expect(await applyBytes(store, keys, bytes)).toEqual({ applied: true, next: 5, tookMs: expect.any(Number) })
  wanted.get('c:wide:1s:0.1')!.push(['["ü"]', Buffer.from('12')])

  const entries = (await store.pipeline([['XRANGE', keys.feed, '-', '+']]))[0] as StreamEntry[]
  const { base, next, def, cells } = readFeedEntry(entries[0]!)
  expect([entries.length, base, next, def]).toEqual([1, 0, 5, DEF])
  const told = new Map<string, string[]>()
  readChanges(
    cells,
    (suffix, field, value) => {
      if (!told.has(suffix)) told.set(suffix, [])
      told.get(suffix)!.push(field, value.toString('hex'))
    },
    () => true,
  )
  for (const [suffix, pairs] of wanted) {
    const flat = pairs.flatMap(([field, value]) => [String(field), value.toString('hex')])
    expect(told.get(suffix)).toEqual(flat)
    const [held] = (await store.pipeline([['HGETALL', keys.of(suffix)]])) as [Buffer[]]
    const sorted = (list: readonly string[]) =>
      Array.from({ length: list.length / 2 }, (_, n) => `${list[2 * n]} ${list[2 * n + 1]}`).sort()
    expect(sorted(held.map((one, n) => one.toString(n % 2 ? 'hex' : 'utf8')))).toEqual(sorted(flat))
  }
  expect(() =>
    readChanges(
      cells.subarray(0, -1),
      () => {},
      () => true,
    ),
  ).toThrow(RangeError)
  expect(() =>
    readChanges(
      Buffer.concat([cells, Buffer.from([0])]),
      () => {},
      () => true,
    ),
  ).toThrow(RangeError)
})

test('L4: a feed that is ahead, or is no stream, refuses before anything is written', async () => {
  const keys = await partition()
  await store.pipeline([['XADD', keys.feed, '50-0', 'a', 'b']])
  const change = [set(keys.of('c:good'), 1, 'v')]
  expect(await applyBatch(keys, 0, 50, change, fence, 0)).toMatchObject({ why: `STREAM ${keys.feed}` })
  await store.pipeline([
    ['DEL', keys.feed],
    ['SET', keys.feed, 'text'],
  ])
  expect(await applyBatch(keys, 0, 50, change, fence, 0)).toMatchObject({ why: `TYPE ${keys.feed}` })
  expect(await read('EXISTS', keys.of('c:good'))).toBe(0)
})

test('L10: streams keep what they are told to, and no more', async () => {
  const keys = await partition()
  for (let n = 1; n <= 6; n++)
    await applyBatch(
      keys,
      n - 1,
      n,
      [{ op: 'x', key: keys.tail, id: `${n}-0`, maxLength: 3, fields: ['a', n] }],
      fence,
      Math.max(1, n - 1),
    )
  expect(await read('XLEN', keys.tail)).toBe(3)
  expect(await read('XLEN', keys.feed)).toBe(2)
  await applyBatch(keys, 6, 6, [], fence, 7) // a call that moves nothing tells nothing, and may still let go
  expect(await read('XLEN', keys.feed)).toBe(0)
})

test('a batch that is not told empties the feed, and whoever followed finds a gap', async () => {
  const keys = await partition()
  const hash = set(keys.of('c:all:1s:0.1'), '1', 'x')
  await applyBatch(keys, 0, 5, [hash], fence, 0)
  expect(await applyBatch(keys, 5, 9, [hash], fence, 'none')).toEqual({
    applied: true,
    next: 9,
    tookMs: expect.any(Number),
  })
  expect(await read('XLEN', keys.feed)).toBe(0)
  expect(await applyBatch(keys, 9, 12, [hash], fence, 9)).toEqual({
    applied: true,
    next: 12,
    tookMs: expect.any(Number),
  })
  const [entries] = (await store.pipeline([['XRANGE', keys.feed, '-', '+']])) as [StreamEntry[]]
  expect(entries.map(readFeedEntry).map(({ base, next }) => [base, next])).toEqual([[9, 12]])
  const history = { def: DEF, rev: '1', cluster: 'c', topic: 't' }
  const at = (next: number) => ({ ...history, state: { first: 0, next } }) as Position
  expect(entriesBetween(at(5), at(9), [], [], 100)).toBe(null)
  expect(entriesBetween(at(5), at(12), [], entries, 100)).toBe(null)
  expect(entriesBetween(at(9), at(12), [], entries, 100)).toHaveLength(1)
})
