/** Counters and time in state: what the fold makes of readings, in whatever order and batches they come. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellAt } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { layout } from '../../model/measures.ts'
import { partsOf } from '../../model/measures/part.ts'
import { unpackCell } from '../../model/pack.ts'
import { MOST_READINGS } from '../../model/readings.ts'
import { sourceOf } from '../decode/source.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const T0 = Date.UTC(2026, 10, 24, 10)
const MINUTE = 60_000

const meters = (): Source => {
  const source = sourceOf({
    fields: { k: 'string?', site: 'string?', total: 'number?', state: 'string?' },
    breakdowns: ['k', 'site'],
    metrics: {
      events: 'count',
      energy: { counter: 'total', decimals: 1 },
      on: { time_in_state: 'state', is: ['on', 'hot'], hold: '10m' },
    },
  })
  return {
    ...source,
    intervals: [
      { name: '1m', ms: MINUTE, keepMs: null },
      { name: '15m', ms: 15 * MINUTE, keepMs: null },
      { name: '1h', ms: 60 * MINUTE, keepMs: null },
    ],
  }
}

/** Windows of a breakdown and interval by start and name: what a statistic says. */
function read(source: Source, { keys }: Folded, metric: string, stat: string, by = 'all', interval = '1m') {
  const parts = partsOf(
    layout(source.metrics),
    source.metrics.findIndex(({ name }) => name === metric),
  )
  const found = new Map<string, number>()
  const { ms } = source.intervals.find(({ name }) => name === interval)!
  for (const [suffix, fields] of keys) {
    const [, block, group] = new RegExp(`^c:${by}:${interval}:(\\d+)\\.(\\d+)$`).exec(suffix) ?? []
    if (block === undefined) continue
    for (const [slot, bytes] of fields) {
      const { windowNumber, id } = cellAt(Number(block), Number(group), Number(slot), by === 'all')
      const names = keys.get(`n:${by}:${Math.floor((windowNumber * ms) / 86_400_000)}`)
      const name =
        by === 'all' ? '' : ([...(names ?? [])].find(([, its]) => Number(its) === id)?.[0] ?? '__other__')
      const cell = unpackCell(Buffer.from(bytes, 'latin1'), layout(source.metrics))
      const value = parts.read(parts.of(cell), stat)!
      if (value !== 0) found.set(`${(windowNumber * ms - T0) / MINUTE} ${name}`.trim(), value)
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => parseFloat(a) - parseFloat(b) || (a < b ? -1 : 1)))
}

const at = (minute: number, more: object): object => ({ ts: T0 + minute * MINUTE, k: 'm1', ...more })

test('an increase is the sum of the steps, a reset counts from zero, and a late reading changes only where it falls', async () => {
  const source = meters()
  const events = [
    at(0, { total: 100 }),
    at(10, { total: 100.5 }),
    at(20, { total: 101.2 }),
    at(30, { total: 0 }),
    at(50, { total: 0.8 }),
    at(40, { total: 0.3 }),
  ]
  const folded = await foldEvents(source, events)
  expect(read(source, folded, 'energy', 'increase')).toEqual({ 10: 0.5, 20: 0.7, 40: 0.3, 50: 0.5 })
  expect(read(source, folded, 'energy', 'increase', 'all', '15m')).toEqual({
    0: 0.5,
    15: 0.7,
    30: 0.3,
    45: 0.5,
  })
  expect(read(source, folded, 'energy', 'increase', 'k', '1h')).toEqual({ '0 ["m1"]': 2 })
  expect(read(source, folded, 'energy', 'resets')).toEqual({ 30: 1 })
})

test('series of one partition are apart; a reading without a key is nobody’s', async () => {
  const source = meters()
  const events = [
    at(0, { total: 1000, k: 'a' }),
    at(1, { total: 5, k: 'b' }),
    at(2, { total: 1001, k: 'a' }),
    at(3, { total: 7, k: 'b' }),
    at(4, { total: 3000, k: null }),
    at(5, { total: 3001, k: null }),
  ]
  const folded = await foldEvents(source, events)
  expect(read(source, folded, 'energy', 'increase', 'all', '1h')).toEqual({ 0: 3 })
  expect(read(source, folded, 'energy', 'increase', 'k', '1h')).toEqual({ '0 ["a"]': 1, '0 ["b"]': 2 })
})

test('a step counts under the names of the reading that ends it, though another splits it later', async () => {
  const source = meters()
  const events = [
    at(0, { total: 10, site: 'x' }),
    at(20, { total: 30, site: 'y' }),
    at(10, { total: 16, site: 'z' }),
  ]
  const folded = await foldEvents(source, events, () => 1, true)
  expect(read(source, folded, 'energy', 'increase', 'site')).toEqual({ '10 ["z"]': 6, '20 ["y"]': 14 })
})

test('time in state is divided by windows, ends with hold, and counts under the names of the state', async () => {
  const source = meters()
  const events = [
    at(0.5, { state: 'on', site: 'x' }),
    at(2.25, { state: 'off', site: 'y' }),
    at(30, { state: 'hot' }),
    at(50, { state: 'off' }),
    at(31, { state: 'on' }),
  ]
  const folded = await foldEvents(source, events)
  expect(read(source, folded, 'on', 'seconds', 'all', '15m')).toEqual({ 0: 105, 30: 660 })
  expect(read(source, folded, 'on', 'seconds', 'site', '1m')).toMatchObject({
    '0 ["x"]': 30,
    '1 ["x"]': 60,
    '2 ["x"]': 15,
  })
  expect(read(source, folded, 'on', 'changes', 'all', '1h')).toEqual({ 0: 1 })
})

describe('law L8', () => {
  const sent = fc.array(
    fc.record({
      minute: fc.integer({ min: 0, max: 170 }),
      k: fc.constantFrom('a', 'b', 'c'),
      site: fc.constantFrom('x', 'y'),
      total: fc.integer({ min: 0, max: 40 }),
      state: fc.constantFrom('on', 'off', 'hot'),
    }),
    { minLength: 1, maxLength: MOST_READINGS, size: 'max' },
  )
  const eventsOf = (some: readonly { minute: number }[]): object[] =>
    some.map(({ minute, ...more }) => at(minute, more))

  test('the increase is that of the readings in order of time, whatever the order, the batches and the restarts', async () => {
    const source = meters()
    await fc.assert(
      fc.asyncProperty(
        sent,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (some, sizes) => {
          const events = eventsOf(some)
          const one = await foldEvents(source, events, () => 1000)
          const other = await foldEvents(source, events, (batch) => sizes[batch % sizes.length]!, true)
          expect(other.keys).toEqual(one.keys)
          const expected = new Map<string, number>()
          for (const k of ['a', 'b', 'c']) {
            const its = some.filter((reading) => reading.k === k).toSorted((a, b) => a.minute - b.minute)
            for (const [n, { minute, total }] of its.entries()) {
              const before = its[n - 1]?.total
              const step = before === undefined ? 0 : total >= before ? total - before : total
              const name = `${minute} ["${k}"]`
              if (step !== 0) expected.set(name, (expected.get(name) ?? 0) + step)
            }
          }
          const increases = read(source, one, 'energy', 'increase', 'k')
          expect(increases).toEqual(Object.fromEntries(expected))
          const whole = Object.values(increases).reduce((sum, value) => sum + value, 0)
          for (const interval of ['15m', '1h'])
            for (const by of ['all', 'site']) {
              const parts = Object.values(read(source, one, 'energy', 'increase', by, interval))
              expect(parts.reduce((sum, value) => sum + value, 0)).toBe(whole)
            }
        },
      ),
      { numRuns: 20 },
    )
  })

  test('any order of the same readings comes to the same cells of a series', async () => {
    const source = meters()
    await fc.assert(
      fc.asyncProperty(sent, fc.infiniteStream(fc.nat()), async (some, order) => {
        const distinct = [...new Map(some.map((one) => [one.minute, one])).values()]
        const shuffled = distinct
          .map((one) => ({ one, key: order.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ one }) => one)
        const [a, b] = [
          await foldEvents(source, eventsOf(distinct)),
          await foldEvents(source, eventsOf(shuffled)),
        ]
        for (const [metric, stat] of [
          ['energy', 'increase'],
          ['energy', 'resets'],
          ['on', 'seconds'],
          ['on', 'changes'],
        ] as const)
          for (const by of ['all', 'k', 'site'])
            expect(read(source, b, metric, stat, by)).toEqual(read(source, a, metric, stat, by))
      }),
      { numRuns: 20 },
    )
  })
})

test('a reading before all that are remembered adds nothing and is counted', async () => {
  const source = meters()
  const readings = Array.from({ length: MOST_READINGS + 1 }, (_, n) => at(n + 1, { total: n }))
  const folded = await foldEvents(source, [...readings, at(0, { total: 5 })])
  expect(folded.state.readingsOver).toBe(1)
  expect(read(source, folded, 'energy', 'increase', 'all', '1h')).toEqual({ 0: 58, 60: 6 })
})

test('series past the budget leave no readings and are counted; one that is forgotten frees its place', async () => {
  const source = meters()
  const one = {
    ...source,
    metrics: source.metrics.map((metric) =>
      metric.series === undefined
        ? metric
        : { ...metric, series: { ...metric.series, budget: 1, forgetMs: 86_400_000 } },
    ),
  }
  const day = 24 * 60
  const events = [
    at(0, { total: 1, k: 'a' }),
    at(3 * day, { total: 1, k: 'c' }),
    at(3 * day + 1, { total: 1, k: 'd' }),
    at(3 * day + 2, { total: 5, k: 'd' }),
    at(3 * day + 3, { total: 8, k: 'd' }),
  ]
  for (const restarts of [false, true]) {
    const folded = await foldEvents(one, events, () => 1, restarts)
    expect(folded.state.seriesOver).toBe(2)
    expect(read(one, folded, 'energy', 'increase', 'k', '1h')).toEqual({ [`${3 * day} ["d"]`]: 3 })
    expect([...folded.keys.get('readings:energy')!.keys()]).toEqual(['["d"]'])
  }
})
