import { expect, test } from 'vitest'
import { createOutputs } from '../../ingest/outputs/list.ts'
import { DueWrites } from '../../ingest/outputs/due-writes.ts'
import type { Source } from '../../model/definition.ts'
import { DigestTable } from '../../model/digest-table.ts'
import { daysOf, Fold } from '../../model/fold.ts'
import { bucketsAt, digestOf, FIRST_BUCKET, SeenIds } from '../../model/seen-ids.ts'
import { copyState, firstState, type PartitionState } from '../../model/partition-state.ts'
import { partitionKeys } from '../../store/keys.ts'
import { sourceOf } from '../decode/source.ts'
import { memoryStore } from './memory-store.ts'
import { batchFiller, type HandRecord } from './records.ts'

const T0 = Date.UTC(2026, 10, 24)
const HOUR = 3_600_000

const purchases = (more: object = {}): Source =>
  sourceOf({
    id: { from: 'id', within: '1d', ...more },
    fields: { k: 'string?', amount: 'number?' },
    metrics: { events: 'count', revenue: { sum: 'amount', decimals: 2 } },
    future: '1m',
  })

const event = (id: unknown, atMs = T0, k = 'a'): object => ({
  ts: atMs,
  k,
  amount: 49.9,
  ...(id !== null && { id }),
})

/** Folds records in batches of these sizes; `restarts`: everything but the store is made anew before each. */
async function folded(
  source: Source,
  events: readonly (object | object[])[],
  sizes: (at: number) => number,
  restarts = false,
): Promise<{ state: PartitionState; ids: Record<string, string>; cells: unknown }> {
  const keys = partitionKeys('s', 0, 1)
  const memory = memoryStore(keys.prefix)
  const records = events.map(
    (value, offset): HandRecord => ({ offset, tsMs: null, value: Buffer.from(JSON.stringify(value)) }),
  )
  let state = firstState(0, source.intervals.length)
  const make = () => {
    const filler = batchFiller(source)
    const outputs = createOutputs(source, keys, filler.batch)
    return { filler, outputs, fold: new Fold(source, outputs.all, outputs.ids?.seen) }
  }
  let { filler, outputs, fold } = make()
  for (let at = 0, nth = 0; at < records.length; nth++) {
    if (restarts) ({ filler, outputs, fold } = make())
    const batch = filler.fill(records.slice(at, at + sizes(nth)))
    await outputs.ids?.load(memory.store, state.logClockMs)
    const delta = fold.begin(state)
    await outputs.names.load(memory.store, daysOf(batch), delta.newestBeforeMs)
    at += fold.into(delta, batch, 0)
    for (const output of outputs.all) output.take(await memory.store.pipeline(output.reads(delta, 0)), delta)
    const [changes, due] = [memory.begin(), new DueWrites(source)]
    for (const output of outputs.all) output.write(delta, changes, due)
    state = copyState(delta.state)
  }
  const of = (kind: string): [string, Map<string, string>][] =>
    [...memory.keys]
      .map(([key, value]): [string, Map<string, string>] => [key.slice(keys.prefix.length), value])
      .filter(([suffix, { size }]) => suffix.startsWith(`${kind}:`) && size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  const ids = of('i').map(([suffix, fields]) => [
    suffix,
    [...fields]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, bytes]) => bytes)
      .join(''),
  ])
  return {
    state,
    ids: Object.fromEntries(ids) as Record<string, string>,
    cells: of('c').map(([suffix, fields]) => [suffix, [...fields].sort()]),
  }
}

test('three times one purchase, one of another, and once more later: two events, and three in the ledger as duplicates', async () => {
  const sent = ['m-1', 'm-1', 'm-1', 'm-2', 'm-1'].map((id) => event(id))
  const { state } = await folded(purchases(), sent, () => 2)
  expect(state.events).toEqual({ counted: 2, late: 0, rejected: 0, duplicate: 3 })
  const { id: _, ...plain } = purchases()
  expect((await folded(plain, sent, () => 2)).state.events).toMatchObject({ counted: 5, duplicate: 0 })
})

test('an event without an id, and equal numbers and texts, are what they are', async () => {
  const sent = [event(null), event(null), event(7), event('7'), event(7.0), event('')]
  expect((await folded(purchases(), sent, () => 9)).state.events).toMatchObject({ counted: 4, duplicate: 2 })
})

test('batches and restarts change nothing: neither numbers nor what the store holds', async () => {
  // two keys, so that the clock goes on, for two days; ids repeat near and far, inside of records too
  const events = Array.from({ length: 600 }, (_, n): object | object[] => {
    const one = (m: number): object =>
      event(`id-${(m * 7919) % 397}`, T0 + m * 300_000, m % 2 === 0 ? 'a' : 'b')
    return n % 10 === 0 ? [one(n), one(n), one(n + 1)] : one(n)
  })
  const whole = await folded(purchases(), events, () => 256)
  expect(whole.state.events.duplicate).toBeGreaterThan(100)
  expect(whole.state.events.counted).toBeGreaterThan(397) // some came again after more than a day
  expect(Object.keys(whole.ids).length).toBeGreaterThan(3)
  for (const sizes of [() => 1, (nth: number) => 1 + ((nth * 31) % 70)])
    for (const restarts of [false, true])
      expect(await folded(purchases(), events, sizes, restarts)).toEqual(whole)
})

test('an id is forgotten a day after it came, by the log clock; until then a late repeat is a repeat', async () => {
  const at = (hours: number, id: string): object[] => [
    event(`tick-a-${hours}`, T0 + hours * HOUR, 'a'),
    event(`tick-b-${hours}`, T0 + hours * HOUR, 'b'),
    event(id, T0 + hours * HOUR, 'a'),
  ]
  const again = async (hours: number): Promise<number> => {
    const before = [...at(0, 'x0'), ...at(1, 'm-1')]
    const { state } = await folded(purchases(), [...before, ...at(hours, 'y'), event('m-1', T0)], () => 4)
    return state.events.duplicate
  }
  expect(await again(24)).toBe(1)
  expect(await again(25)).toBe(1)
  expect(await again(28)).toBe(0) // a day, and at most an eighth of one more
})

test('what finds no place counts, and its repeats too; the ledger says so', async () => {
  const sent = ['a', 'b', 'c', 'c', 'a'].map((id) => event(id))
  const { state } = await folded(purchases({ budget: 2 }), sent, () => 2)
  expect([state.events.counted, state.events.duplicate, state.idsOver]).toEqual([4, 1, 2])
})

test('a record that is too wide leaves no ids either', async () => {
  const wide = Array.from({ length: 4001 }, (_, n) => event(`w-${n}`, T0 + n * 60_000))
  const { state } = await folded(purchases(), [event('m'), wide, event('w-1'), event('m')], () => 9)
  expect(state.events).toEqual({ counted: 2, late: 0, rejected: 4001, duplicate: 1 })
})

test('a table of digests is a set', () => {
  const table = new DigestTable(2)
  for (let n = 0; n < 5000; n++) {
    expect(table.has(digestOf(`${n}`))).toBe(false)
    table.add(digestOf(`${n}`))
    table.add(digestOf(`${n % 100}`))
  }
  expect(table.count).toBe(5000)
  expect(Array.from({ length: 5000 }, (_, n) => table.has(digestOf(`${n}`))).every(Boolean)).toBe(true)
  table.add(Buffer.alloc(16))
  expect([table.has(Buffer.alloc(16)), table.has(Buffer.alloc(16, 1))]).toEqual([true, false])
})

test('what is read when a worker begins is what may be remembered, not more', () => {
  const id = { from: [['id']], withinMs: 8000, budget: 10 }
  expect(bucketsAt(id, null)).toEqual([FIRST_BUCKET])
  expect(bucketsAt(id, 20_500)).toEqual([FIRST_BUCKET, 20, 19, 18, 17, 16, 15, 14, 13, 12])
  const seen = new SeenIds(id)
  seen.load(12, digestOf('old'))
  expect([seen.take('old', 20_999), seen.take('old', 21_000), seen.take('old', 21_000)]).toEqual([
    'known',
    'new',
    'known',
  ])
})
