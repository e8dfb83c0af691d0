import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAt, blockOf, groupOf, idsIn, slotOf, TOTAL_ID } from '../../model/chunk.ts'
import { compileDecoder } from '../../model/decode.ts'
import { readDefinition } from '../../model/definition-file.ts'
import type { Delta, PreparedRecord } from '../../model/delta.ts'
import { compileFold, tailOf } from '../../model/fold.ts'
import { emptyCell, layout, mergeCell, type Cell } from '../../model/measures.ts'
import { nameOf, Names } from '../../model/names.ts'
import { packCell, unpackCell } from '../../model/pack.ts'
import { squaresToInt, wideToInt } from '../../model/wide.ts'
import { firstStanding, offsetsBalance, type Standing } from '../../model/standing.ts'

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
const fold = compileFold(source!)
const row = layout(source!.metrics)
const decode = compileDecoder(source!)
const START = 1_777_636_800_000

interface Given {
  at: number
  k?: string
  kind?: string | null
  v?: number
}
const record = (offset: number, given: Given | Given[] | string): PreparedRecord => {
  const events =
    typeof given === 'string'
      ? given
      : JSON.stringify([given].flat().map(({ at, ...rest }) => ({ k: 'x', ...rest, ts: START + at })))
  const value = Buffer.from(events)
  return {
    offset,
    tsMs: START + 3_600_000,
    key: null,
    value,
    via: null,
    outcome: decode(value, START + 3_600_000),
  }
}

/** Folds in cuts of the given sizes and merges all deltas: what the store would hold. */
function run(
  records: PreparedRecord[],
  cuts: number[],
): { cells: Record<string, string[]>; names: string[]; standing: Standing } {
  const names = new Map<string, Names>()
  const namesOf = (breakdown: number, day: number): Names => {
    const key = `${breakdown}:${day}`
    if (!names.has(key)) names.set(key, new Names())
    return names.get(key)!
  }
  const cells = new Map<string, Cell>()
  const given: string[] = []
  let standing = firstStanding(0, source!.intervals.length)
  let at = 0
  for (let cut = 0; at < records.length; cut++) {
    const delta: Delta = fold.begin(standing)
    const end = Math.min(at + (cuts[cut % cuts.length] ?? 1), records.length)
    at = fold.into(delta, records.slice(0, end), at, namesOf)
    standing = delta.standing
    expect(offsetsBalance(standing)).toBe(true)
    for (const [map, windows] of delta.cells.entries())
      for (const [w, ids] of windows)
        for (const [id, cell] of ids) {
          const key = `${map}/${w}/${id}`
          const held = cells.get(key) ?? emptyCell(row)
          mergeCell(held, cell, row)
          cells.set(key, held)
        }
    given.push(...delta.names.map(({ breakdown, name, id }) => `${breakdown} ${name} ${id}`))
  }
  return {
    cells: Object.fromEntries(
      [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, cell]) => [key, cell.map(String)]),
    ),
    names: given,
    standing,
  }
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

test('L8: a batch boundary never changes a result', () => {
  fc.assert(
    fc.property(
      stream,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      (events, cuts) => {
        const records = events.map((one, offset) => record(offset, one))
        expect(run(records, cuts)).toEqual(run(records, [1000]))
      },
    ),
    { numRuns: 200 },
  )
})

test('L8: sums are exact past 2^53 and independent of order', () => {
  const values = [90071992547.409, 90071992547.407, -0.001, 90071992547.405]
  const forth = run(
    values.map((v, i) => record(i, { at: 0, v })),
    [2],
  )
  const back = run(
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

test('L11: an event is judged by the clock that earlier records left, and only counted events move it', () => {
  const { standing, cells } = run(
    [
      record(0, both(0)),
      record(1, [...both(400_000), { at: 1 }]), // the last is early enough: the clock of its own record does not judge it
      record(2, { at: 2 }), // late for 1s and 1m
      record(3, { at: 350_000 }), // too late for 1s, not for 1m
      record(4, '{"k":"x","ts":1}'), // a reject moves nothing
    ],
    [10],
  )
  expect(standing.logClockMs).toBe(START + 400_000)
  expect(standing.events).toEqual({ counted: 6, late: 1, rejected: 1 })
  expect(standing.lateByInterval).toEqual([1, 0])
  expect(Object.keys(cells).filter((key) => key.startsWith('0/'))).toHaveLength(2)
  expect(Object.keys(cells).filter((key) => key.startsWith('1/'))).toHaveLength(3)
})

test('L11: a window is kept while end + keep > clock, not one millisecond longer', () => {
  const kept = run([record(0, both(10_999)), record(1, { at: 0 })], [10]) // window ends 1,000, + 10 s > 10,999
  expect(kept.standing.lateByInterval).toEqual([0, 0])
  const passed = run([record(0, both(11_000)), record(1, { at: 0 })], [10])
  expect(passed.standing.lateByInterval).toEqual([1, 0])
})

test('L9: since is when the first records came; a log without its beginning says when it begins', () => {
  expect(run([record(0, { at: 5000 }), record(1, { at: -9_000_000 })], [2]).standing.sinceMs).toBe(
    START + 3_600_000,
  )
  const delta = fold.begin(firstStanding(7, 2))
  fold.into(delta, [record(7, '{'), record(8, { at: 1 })], 0, () => new Names())
  expect(delta.standing.sinceMs).toBe(START + 3_600_000)
})

test('a record without a timestamp is counted, and taken to have come when its event happened', () => {
  const bare = (offset: number, at: number): PreparedRecord => ({ ...record(offset, { at }), tsMs: null })
  const { standing } = run([bare(0, 5000), record(1, { at: 1 }), bare(2, 7000)], [2])
  expect(standing).toMatchObject({
    sinceMs: START + 5000,
    lastTsMs: START + 3_600_000,
    events: { counted: 3, rejected: 0 },
  })
  const delta = fold.begin(firstStanding(0, 2))
  fold.into(delta, [bare(0, 5000), { ...record(1, '{'), tsMs: null }], 0, () => new Names())
  expect(delta.tail[0]!.tsMs).toBe(START + 5000)
  expect(delta.rejects[0]!.tsMs).toBe(0)
})

test('L8: names are admitted in log order within the budget of a day; the rest is __other__, id 0', () => {
  const { names, cells } = run(
    ['a', 'b', 'c', 'd', 'a', 'd'].map((kind, i) => record(i, { at: 0, kind })),
    [2],
  )
  expect(names.filter((name) => name.startsWith('1 '))).toEqual(['1 ["a"] 1', '1 ["b"] 2', '1 ["c"] 3'])
  const other = Object.entries(cells).filter(([key]) => /^[23]\//.test(key) && key.endsWith('/0'))
  expect(other.map(([, cell]) => cell[0])).toEqual(['2', '2'])
})

test('a record that touches too many cells is one reject and leaves no trace', () => {
  const wide = Array.from({ length: 1500 }, (_, i) => ({ at: i * 1000, k: `k${i}` }))
  const { standing, cells, names } = run(
    [record(0, { at: 0 }), record(1, wide), record(2, { at: 5, k: 'after' })],
    [10],
  )
  expect(standing.events).toMatchObject({ counted: 2, rejected: 1500 })
  expect(standing.newestMs).toBe(START + 5)
  expect(standing.clock.keys).toHaveLength(2)
  expect(names.filter((name) => name.startsWith('2 '))).toEqual(['2 ["x",null] 1', '2 ["after",null] 2'])
  expect(Object.keys(cells).filter((key) => key.startsWith('1/'))).toHaveLength(1)
})

test('a wide record that is allowed counts whole, in a cut of its own', () => {
  const wide = Array.from({ length: 300 }, (_, i) => ({ at: i * 1000 }))
  const { standing } = run([record(0, { at: 0 }), record(1, wide), record(2, { at: 0 })], [10])
  expect(standing.events).toMatchObject({ counted: 302, rejected: 0 })
})

test('L6: a reject keeps its evidence; the tail keeps the newest and every marked event', () => {
  const delta = fold.begin(firstStanding(0, 2))
  const records = Array.from({ length: 60 }, (_, i) => ({
    ...record(i, { at: i }),
    via: i === 3 ? 'http' : null,
  }))
  fold.into(delta, [...records, record(60, 'nonsense')], 0, () => new Names())
  expect(delta.rejects).toMatchObject([{ offset: 60, reason: 'not_json' }])
  expect(tailOf(delta).map(({ offset }) => offset)).toEqual([3, 52, 53, 54, 55, 56, 57, 58, 59])
})

test('conditions: is and not, and an absent value is never is and always not', () => {
  const { cells } = run(
    [record(0, { at: 0, kind: 'b' }), record(1, { at: 0, kind: 'a' }), record(2, { at: 0, kind: null })],
    [10],
  )
  expect(cells[Object.keys(cells).find((key) => key.startsWith('0/'))!]!.slice(0, 2)).toEqual(['3', '1'])
})

test('a slot knows its window and id', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e9 }),
      fc.integer({ min: 0, max: 5000 }),
      fc.boolean(),
      (w, anyId, isTotal) => {
        const id = isTotal ? TOTAL_ID : anyId
        const block = blockOf(id, isTotal)
        const slot = slotOf(w, id, isTotal)
        expect(slot).toBeLessThan(128)
        expect(cellAt(block, groupOf(w, block, isTotal), slot, isTotal)).toEqual({ windowNumber: w, id })
        if (!isTotal) expect(id).toBeGreaterThanOrEqual(idsIn(block).first)
      },
    ),
  )
})

test('a packed cell comes back', () => {
  const { cells } = run(
    [record(0, { at: 0, v: -1.5 }), record(1, { at: 0, v: 9e9 }), record(2, { at: 70_000 })],
    [10],
  )
  for (const cell of Object.values(cells).map((texts): Cell => texts.map(Number)))
    expect(unpackCell(packCell(cell, row), row)).toEqual(cell)
  expect(() => unpackCell(Buffer.from([1]), row)).toThrow(RangeError)
})

test('long names are cut at a code point and hashed, and stay apart', () => {
  const long = 'ü'.repeat(300)
  const [name, other] = [nameOf([long]), nameOf([`${long}x`])]
  expect(name).not.toBe(other)
  expect(Buffer.byteLength(name)).toBeLessThan(256)
  expect(JSON.parse(name)[0]).toMatch(/^ü{90}…[0-9a-f]{16}$/)
  expect(nameOf(['a', null])).toBe('["a",null]')
  expect(nameOf(['\ud800'])).toBe('["\\ud800"]')
})
