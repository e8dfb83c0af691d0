import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAt } from '../../model/chunk.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { createOutputs, type Outputs } from '../../ingest/outputs/list.ts'
import type { Delta } from '../../model/delta.ts'
import { daysOf, Fold } from '../../model/fold.ts'
import { layout, type Cell } from '../../model/measures.ts'
import { packCell, unpackCell } from '../../model/pack.ts'
import { squaresToInt, wideToInt } from '../../model/numbers/wide.ts'
import { firstState, offsetsBalance, type PartitionState } from '../../model/partition-state.ts'
import { partitionKeys } from '../../store/keys.ts'
import { DueWrites } from '../../ingest/outputs/due-writes.ts'
import { memoryStore } from '../ingest/memory-store.ts'
import { batchFiller, type HandRecord } from '../ingest/records.ts'

const [source] = readDefinition({
  sources: {
    s: {
      topic: 's',
      key: 'k',
      time: 'ts',
      budget: 3,
      fields: { k: 'string', kind: 'string?', v: 'number?' },
      breakdowns: ['kind', ['k', 'kind']],
      metrics: {
        events: 'count',
        bees: { count: true, where: ['kind:is:b'] },
        total: { sum: 'v', decimals: 2 },
        v: { stats: 'v', decimals: 3 },
      },
    },
  },
  keep: { '1s': '10s', '1m': '5m' },
})
const row = layout(source!.metrics)
const START = 1_777_636_800_000

interface Given {
  at: number
  k?: string
  kind?: string | null
  v?: number
}
const record = (offset: number, given: Given | Given[] | string): HandRecord => {
  const events =
    typeof given === 'string'
      ? given
      : JSON.stringify([given].flat().map(({ at, ...rest }) => ({ k: 'x', ...rest, ts: START + at })))
  const value = Buffer.from(events)
  return { offset, tsMs: START + 3_600_000, value }
}

const filler = batchFiller(source!)
const keys = partitionKeys('s', 0, 1)

/** Folds records into one batch, as far as they fit; what it would write is in `ops` and `streams`. */
async function foldOnce(
  records: readonly HandRecord[],
  state: PartitionState,
  memory = memoryStore(keys.prefix),
  outputs: Outputs = createOutputs(source!, keys, filler.batch),
): Promise<{ delta: Delta; taken: number; names: string[]; tail: string[][]; rejects: string[][] }> {
  const fold = new Fold(source!, outputs.all)
  const batch = filler.fill(records)
  const delta = fold.begin(state)
  await outputs.names.load(memory.store, daysOf(batch), delta.newestBeforeMs)
  const taken = fold.into(delta, batch, 0)
  for (const output of outputs.all) {
    const reads = output.reads(delta, 0)
    output.take(await memory.store.pipeline(reads), delta)
  }
  const names = outputs.cells.names.map(({ breakdown, name, id }) => `${breakdown} ${name} ${id}`)
  const [changes, due] = [memory.begin(), new DueWrites(source!)]
  for (const output of outputs.all) output.write(delta, changes, due)
  const [tail, rejects] = [keys.tail, keys.rejects].map((key) => memory.streams.get(key) ?? [])
  return { delta, taken, names, tail: tail!, rejects: rejects! }
}

/** Folds in batches of the given sizes: what the store holds in the end. */
async function run(
  records: HandRecord[],
  cuts: number[],
): Promise<{ cells: Record<string, string[]>; names: string[]; state: PartitionState }> {
  const memory = memoryStore(keys.prefix)
  const outputs = createOutputs(source!, keys, filler.batch)
  const given: string[] = []
  let state = firstState(0, source!.intervals.length)
  let at = 0
  for (let cut = 0; at < records.length; cut++) {
    const end = Math.min(at + (cuts[cut % cuts.length] ?? 1), records.length)
    const { delta, taken, names } = await foldOnce(records.slice(at, end), state, memory, outputs)
    expect(taken).toBeGreaterThan(0)
    at += taken
    state = delta.state
    expect(offsetsBalance(state)).toBe(true)
    given.push(...names)
  }
  // Names of different breakdowns have nothing to do with each other.
  given.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  return { cells: cellsIn(memory.keys), names: given, state }
}

/** Cells as `breakdown * intervals + interval / window / id` -> the numbers of its metrics. */
function cellsIn(stored: Map<string, Map<string, string>>): Record<string, string[]> {
  const cells: [string, string[]][] = []
  for (const [key, hash] of stored) {
    const [kind, name, interval, place] = key.slice(keys.prefix.length).split(':')
    if (kind !== 'c') continue
    const b = source!.breakdowns.findIndex((one) => one.name === name)
    const i = source!.intervals.findIndex((one) => one.name === interval)
    const [block, group] = place!.split('.').map(Number) as [number, number]
    for (const [slot, bytes] of hash) {
      const { windowNumber, id } = cellAt(block, group, Number(slot), b === 0)
      const cell = unpackCell(Buffer.from(bytes, 'latin1'), row)
      cells.push([`${b * source!.intervals.length + i}/${windowNumber}/${id}`, cell.map(String)])
    }
  }
  return Object.fromEntries(cells.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const given = fc.record({
  at: fc.integer({ min: -400_000, max: 400_000 }),
  k: fc.constantFrom('x', 'y', 'z', '__proto__', 'ü'),
  kind: fc.option(fc.constantFrom('a', 'b', 'c', 'd', '')),
  v: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0, -0, 9e9)),
})
const stream = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: given },
    { weight: 2, arbitrary: fc.array(given, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.constant('{"bad"') },
  ),
  { maxLength: 40 },
)

test('L8: a batch boundary never changes a result', async () => {
  await fc.assert(
    fc.asyncProperty(
      stream,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      async (events, cuts) => {
        const records = events.map((one, offset) => record(offset, one))
        expect(await run(records, cuts)).toEqual(await run(records, [1000]))
      },
    ),
    { numRuns: 200 },
  )
})

test('L8: sums are exact past 2^53 and independent of order', async () => {
  const values = [90071992547.409, 90071992547.407, -0.001, 90071992547.405]
  const forth = await run(
    values.map((v, i) => record(i, { at: 0, v })),
    [2],
  )
  const back = await run(
    values.toReversed().map((v, i) => record(i, { at: 0, v })),
    [3],
  )
  expect(forth.cells).toEqual(back.cells)
  const total = Object.entries(forth.cells).find(([key]) => key.startsWith('0/'))![1]
  const numbers = total.map(Number)
  expect(wideToInt(numbers, 5)).toBe(Number(90071992547409n + 90071992547407n - 1n + 90071992547405n))
  expect(squaresToInt(numbers, 7)).toBe(
    90071992547409n ** 2n + 90071992547407n ** 2n + 1n + 90071992547405n ** 2n,
  )
})

/** Two keys at one time: enough to move the clock. */
const both = (at: number): Given[] => [
  { at, k: 'x' },
  { at, k: 'y' },
]

test('L11: an event is judged by the clock that earlier records left, and only counted events move it', async () => {
  const { state, cells } = await run(
    [
      record(0, both(0)),
      record(1, [...both(400_000), { at: 1 }]), // the last is early enough: the clock of its own record does not judge it
      record(2, { at: 2 }), // late for 1s and 1m
      record(3, { at: 350_000 }), // too late for 1s, not for 1m
      record(4, '{"k":"x","ts":1}'), // a reject moves nothing
    ],
    [10],
  )
  expect(state.logClockMs).toBe(START + 400_000)
  expect(state.events).toEqual({ counted: 6, late: 1, rejected: 1, duplicate: 0 })
  expect(state.lateByInterval).toEqual([1, 0])
  expect(Object.keys(cells).filter((key) => key.startsWith('0/'))).toHaveLength(2)
  expect(Object.keys(cells).filter((key) => key.startsWith('1/'))).toHaveLength(3)
})

test('L11: a window is kept while end + keep > clock, not one millisecond longer', async () => {
  const kept = await run([record(0, both(10_999)), record(1, { at: 0 })], [10]) // window ends 1,000, + 10 s > 10,999
  expect(kept.state.lateByInterval).toEqual([0, 0])
  const passed = await run([record(0, both(11_000)), record(1, { at: 0 })], [10])
  expect(passed.state.lateByInterval).toEqual([1, 0])
})

test('L9: since is when the first records came; a log without its beginning says when it begins', async () => {
  expect((await run([record(0, { at: 5000 }), record(1, { at: -9_000_000 })], [2])).state.sinceMs).toBe(
    START + 3_600_000,
  )
  const { delta } = await foldOnce([record(7, '{'), record(8, { at: 1 })], firstState(7, 2))
  expect(delta.state.sinceMs).toBe(START + 3_600_000)
})

test('a record without a timestamp is counted, and taken to have come when its event happened', async () => {
  const bare = (offset: number, at: number): HandRecord => ({ ...record(offset, { at }), tsMs: null })
  const { state } = await run([bare(0, 5000), record(1, { at: 1 }), bare(2, 7000)], [2])
  expect(state).toMatchObject({
    sinceMs: START + 5000,
    lastTsMs: START + 3_600_000,
    events: { counted: 3, rejected: 0 },
  })
  const { tail, rejects } = await foldOnce(
    [bare(0, 5000), { ...record(1, '{'), tsMs: null }],
    firstState(0, 2),
  )
  expect(tail[0]!.slice(0, 3)).toEqual(['1-0', 'ts', String(START + 5000)])
  expect(rejects[0]!.slice(0, 3)).toEqual(['2-0', 'ts', '0'])
})

test('L8: names are admitted in log order within the budget of a day; the rest is __other__, id 0', async () => {
  const { names, cells } = await run(
    ['a', 'b', 'c', 'd', 'a', 'd'].map((kind, i) => record(i, { at: 0, kind })),
    [2],
  )
  expect(names.filter((name) => name.startsWith('1 '))).toEqual(['1 ["a"] 1', '1 ["b"] 2', '1 ["c"] 3'])
  const other = Object.entries(cells).filter(([key]) => /^[23]\//.test(key) && key.endsWith('/0'))
  expect(other.map(([, cell]) => cell[0])).toEqual(['2', '2'])
})

test('a record that touches too many cells is one reject and leaves no trace', async () => {
  const wide = Array.from({ length: 1500 }, (_, i) => ({ at: i * 1000, k: `k${i}` }))
  const { state, cells, names } = await run(
    [record(0, { at: 0 }), record(1, wide), record(2, { at: 5, k: 'after' })],
    [10],
  )
  expect(state.events).toMatchObject({ counted: 2, rejected: 1500 })
  expect(state.newestMs).toBe(START + 5)
  expect(state.clock.keys).toHaveLength(2)
  expect(names.filter((name) => name.startsWith('2 '))).toEqual(['2 ["x",null] 1', '2 ["after",null] 2'])
  expect(Object.keys(cells).filter((key) => key.startsWith('1/'))).toHaveLength(1)
})

test('a wide record that is allowed counts whole, in a batch of its own', async () => {
  const wide = Array.from({ length: 300 }, (_, i) => ({ at: i * 1000 }))
  const { state } = await run([record(0, { at: 0 }), record(1, wide), record(2, { at: 0 })], [10])
  expect(state.events).toMatchObject({ counted: 302, rejected: 0 })
})

test('L6: a reject keeps its evidence; the tail keeps the newest and every marked event', async () => {
  const records = Array.from({ length: 60 }, (_, i) => ({
    ...record(i, { at: i }),
    via: i === 3 ? 'http' : null,
  }))
  const { tail, rejects } = await foldOnce([...records, record(60, 'nonsense')], firstState(0, 2))
  expect(rejects.map(([id, , , , reason]) => [id, reason])).toEqual([['61-0', 'not_json']])
  expect(tail.map(([id]) => id)).toEqual(
    [3, 52, 53, 54, 55, 56, 57, 58, 59].map((offset) => `${offset + 1}-0`),
  )
})

test('conditions: is and not, and an absent value is never is and always not', async () => {
  const { cells } = await run(
    [record(0, { at: 0, kind: 'b' }), record(1, { at: 0, kind: 'a' }), record(2, { at: 0, kind: null })],
    [10],
  )
  expect(cells[Object.keys(cells).find((key) => key.startsWith('0/'))!]!.slice(0, 2)).toEqual(['3', '1'])
})

test('a packed cell comes back', async () => {
  const { cells } = await run(
    [record(0, { at: 0, v: -1.5 }), record(1, { at: 0, v: 9e9 }), record(2, { at: 70_000 })],
    [10],
  )
  for (const cell of Object.values(cells).map((texts): Cell => texts.map(Number)))
    expect(unpackCell(packCell(cell, row), row)).toEqual(cell)
  expect(() => unpackCell(Buffer.from([1]), row)).toThrow(RangeError)
})
