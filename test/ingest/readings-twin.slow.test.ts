/** The recount folds readings of series to the same bytes as the worker, whatever order they come in and whatever is forgotten. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { sourceOf } from '../decode/source.ts'
import { needs } from '../harness/needs.ts'
import { foldEvents } from './fold-events.ts'

const T0 = Date.UTC(2026, 10, 24, 22)
const MINUTE = 60_000
const DAY = 1440

const source = ((): Source => {
  const made = sourceOf({
    fields: { k: 'string?', site: 'string?', sensor: 'string?', total: 'number?', state: 'string?' },
    breakdowns: ['k', 'site', ['site', 'state']],
    budget: 2,
    metrics: {
      events: 'count',
      energy: { counter: 'total', decimals: 1, by: ['sensor'], where: ['site:not:q'] },
      on: { time_in_state: 'state', is: ['on', 'hot'], hold: '10m' },
    },
  })
  const series = (forgetMs: number, budget: number) => (metric: Source['metrics'][number]) =>
    metric.series === undefined ? metric : { ...metric, series: { ...metric.series, forgetMs, budget } }
  return {
    ...made,
    metrics: made.metrics.map(series(DAY * MINUTE, 4)),
    intervals: [
      { name: '1m', ms: MINUTE, keepMs: 30 * MINUTE },
      { name: '8m', ms: 8 * MINUTE, keepMs: 2 * 60 * MINUTE },
      { name: '1d', ms: DAY * MINUTE, keepMs: null },
    ],
  }
})()

const event = (span: number): fc.Arbitrary<object> =>
  fc
    .record({
      ms: fc.integer({ min: 0, max: span * MINUTE }),
      k: fc.constantFrom('a', 'b', 'ü"', null),
      site: fc.constantFrom('x', 'y', 'z', 'q', null),
      sensor: fc.constantFrom('s', null),
      total: fc.oneof(
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom(null, -5, 900_719_925_474_099, -900_719_925_474_099, 0.1),
      ),
      state: fc.constantFrom('on', 'off', 'hot', null),
    })
    .map(({ ms, ...more }) => ({ ts: T0 + ms, ...more }))

/** Readings that come about in order, out of all order, of many days, and more than are remembered. */
const logs = fc.oneof(
  fc.array(event(90), { maxLength: 60, size: 'max' }),
  fc.array(event(4 * DAY), { maxLength: 60, size: 'max' }),
  fc
    .array(event(400), { minLength: 150, maxLength: 250, size: 'max' })
    .map((all) => all.toSorted((a, b) => (a as { ts: number }).ts - (b as { ts: number }).ts))
    .map((all) => [...all, ...all.slice(0, 20)].map((one) => ({ ...one, k: 'a', sensor: 's' }))),
)

needs('python3').test('the recount comes to the same cells and readings', { timeout: 120_000 }, async () => {
  const sent = fc.sample(logs, { numRuns: 24, seed: 8 })
  const { status, stdout, stderr } = spawnSync(
    'python3',
    ['-B', join(import.meta.dirname, 'readings-twin.py')],
    {
      input: JSON.stringify(sent.map((events) => [source, events])),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: 100_000,
    },
  )
  expect(status, stderr).toBe(0)
  const twins = JSON.parse(stdout) as { keys: object; over: number[] }[]
  const over = [0, 0]
  for (const [n, events] of sent.entries()) {
    const { keys, state } = await foldEvents(source, events, (batch) => 1 + ((n + batch) % 13), n % 3 === 0)
    const ours = Object.fromEntries(
      [...keys]
        .filter(([suffix, fields]) => /^(c|readings):/.test(suffix) && fields.size > 0)
        .map(([suffix, fields]) => [
          suffix,
          Object.fromEntries(
            [...fields].map(([field, value]) => [field, Buffer.from(value, 'latin1').toString('hex')]),
          ),
        ]),
    )
    over[0]! += state.seriesOver
    over[1]! += state.readingsOver
    expect({ keys: ours, over: [state.seriesOver, state.readingsOver] }).toEqual(twins[n])
  }
  expect(over.map((count) => count > 0)).toEqual([true, true])
})
