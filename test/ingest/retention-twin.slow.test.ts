/** The recount folds retention to the same bytes as the worker: in zones of every kind, whatever order events come in and whatever is forgotten. */
import fc from 'fast-check'
import type { Source } from '../../model/definition.ts'
import { sourceOf } from '../decode/source.ts'
import { needs } from '../harness/needs.ts'
import { expectTwins } from './twin-facts.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Where clocks change by an hour, by half of one, at midnight; offsets of half and quarter hours; a date that never was. */
const zones: readonly (readonly [zone: string, around: string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/London', '2026-10-25'],
  ['America/Los_Angeles', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Asia/Kolkata', '2026-11-24'],
  ['Asia/Kathmandu', '2026-11-24'],
  ['Pacific/Chatham', '2026-09-27'],
  ['Africa/Cairo', '2026-04-24'],
  ['America/Havana', '2026-11-01'],
  ['Asia/Beirut', '2026-10-25'],
  ['America/St_Johns', '2010-11-07'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Kiritimati', '2026-11-24'],
  ['UTC', '1970-01-03'],
]

const sourceIn = (zone: string, budget: number): Source => ({
  ...sourceOf({
    fields: { k: 'string?', country: 'string?', type: 'string?' },
    breakdowns: ['country'],
    budget: 2,
    retention: {
      all: { days: 3, weeks: 2, zone, late: '1d', by: ['country'], budget, keep: '60d' },
      signups: {
        joins: ['type:is:signup'],
        returns: ['type:in:view,order', 'country:not:FR'],
        days: 5,
        zone,
        week_start: 'sunday',
        late: '3d',
        by: [['country', 'type']],
        budget,
      },
      weeks: { weeks: 1, zone, week_start: 'sunday', late: '1s', keep: 'forever', budget },
    },
  }),
  intervals: [
    { name: '1h', ms: HOUR, keepMs: 6 * DAY },
    { name: '1d', ms: DAY, keepMs: 30 * DAY },
  ],
})

const event = (fromMs: number, spanMs: number): fc.Arbitrary<object & { ts: number }> =>
  fc
    .record(
      {
        ms: fc.oneof(
          fc.integer({ min: 0, max: spanMs }),
          fc.integer({ min: 0, max: Math.floor(spanMs / (HOUR / 4)) }).map((n) => n * (HOUR / 4)),
        ),
        k: fc.constantFrom('a', 'b', 'ü"', 'd', '\ud800', null, 'x'.repeat(300)),
        country: fc.constantFrom('DE', 'FR', 'IT', 'ü'.repeat(200), null),
        type: fc.constantFrom('view', 'signup', 'order', 'ping'),
        recordKey: fc.constantFrom('a', 'b', 'ü"'),
      },
      { requiredKeys: ['ms', 'k', 'country', 'type'] },
    )
    .map(({ ms, ...more }) => ({ ts: fromMs + ms, ...more }))

const nearlyInOrder = (all: readonly (object & { ts: number })[]): (object & { ts: number })[] => {
  const sorted = all.toSorted((a, b) => a.ts - b.ts)
  return sorted.flatMap((one, n) => (n % 7 === 5 ? [sorted[n + 9] ?? one, one] : [one]))
}

const logsAround = (aroundMs: number): fc.Arbitrary<(object & { ts: number })[]> => {
  const from = Math.max(aroundMs - 3 * DAY, 3 * HOUR)
  return fc.oneof(
    fc.array(event(from, 6 * DAY), { maxLength: 60, size: 'max' }),
    fc.array(event(from, 30 * DAY), { minLength: 80, maxLength: 160, size: 'max' }).map(nearlyInOrder),
    fc.array(event(from, 120 * DAY), { minLength: 150, maxLength: 250, size: 'max' }).map(nearlyInOrder),
  )
}

needs('python3').test('the recount comes to the same cohorts', { timeout: 120_000 }, async () => {
  await expectTwins(
    zones.flatMap(([zone, around], n) =>
      fc
        .sample(logsAround(Date.parse(around)), { numRuns: 2, seed: n + 3 })
        .map((events, nth) => [sourceIn(zone, nth % 2 === 0 ? 3 : 100), events] as const),
    ),
  )
})
