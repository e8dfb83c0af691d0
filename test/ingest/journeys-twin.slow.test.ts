/** The recount folds journeys to the same bytes as the worker: late views, more of them than are remembered, visits that end together, names past the budget. */
import fc from 'fast-check'
import type { Source } from '../../model/definition.ts'
import { sourceOf } from '../decode/source.ts'
import { needs } from '../harness/needs.ts'
import { expectTwins } from './twin-facts.ts'

const T0 = Date.UTC(2026, 10, 24, 23)
const MINUTE = 60_000

const sourceWith = (journeys: object): Source => ({
  ...sourceOf({
    fields: { k: 'string?', path: 'string?', type: 'string?' },
    journeys: { page: 'path', where: ['type:is:view'], gap: '10m', late: '15m', budget: 5, ...journeys },
  }),
  intervals: [
    { name: '1m', ms: MINUTE, keepMs: 30 * MINUTE },
    { name: '1h', ms: 60 * MINUTE, keepMs: null },
  ],
})

const pages = fc.oneof(
  fc.integer({ min: 0, max: 11 }).map((n) => `/p${n}`),
  fc.constantFrom('(start)', '((end))', '(end)x', 'ü"'.repeat(70), '\udfff', null),
)
const view = (span: number, keys: readonly (string | null)[]) =>
  fc
    .record({
      ms: fc.integer({ min: 0, max: span * MINUTE }),
      k: fc.constantFrom(...keys),
      path: pages,
      type: fc.constantFrom('view', 'view', 'view', 'ping'),
      recordKey: fc.constantFrom('a', 'b'),
    })
    .map(({ ms, ...more }) => ({ ts: T0 + ms, ...more }))
const KEYS = ['a', 'b', 'ü"', 'd', '\ud800', 'f', null]

const someLogs = fc.oneof(
  fc.array(view(40, KEYS), { maxLength: 80, size: 'max' }),
  // More of one key than is remembered of it, and visits apart among them.
  fc.array(view(14, ['a', 'a', 'b']), { minLength: 60, maxLength: 90, size: 'max' }),
  fc
    .array(view(100, ['a', 'a', 'b']), { minLength: 50, maxLength: 80, size: 'max' })
    .map((all) =>
      all.map((one) => ({
        ...one,
        ts: one.ts - ((one.ts - T0) % (20 * MINUTE)) + ((one.ts - T0) % (6 * MINUTE)),
      })),
    ),
)

const at = (minute: number, k: string, page: number): object => ({
  ts: T0 + minute * MINUTE,
  k,
  path: `/h${page}`,
  type: 'view',
})
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
/** Visits of all keys that are remembered end with the first events after a while. */
const heap = [
  ...upTo(5).map((n) => at(n / 60, `k${n}`, n)),
  ...upTo(60).map((n) => at(50 + n / 60, `k${5 + (n % 20)}`, n)),
]
/** Visits of three views, of more than are remembered; then one before those that are, and some between them. */
const visits = [
  ...upTo(31).map((n) => at(20 * Math.floor(n / 3) + (n % 3), 'a', n)),
  at(99, 'a', 3),
  ...upTo(100).map((n) => at(190 - 2 * n, 'a', n % 7)),
]

needs('python3').test('the recount comes to the same journeys', { timeout: 120_000 }, async () => {
  for (const [source, numRuns] of [
    [sourceWith({ transitions: 3 }), 14],
    [sourceWith({ steps: 1 }), 5],
  ] as const) {
    const logs = [heap, visits, ...fc.sample(someLogs, { numRuns, seed: 3 })]
    await expectTwins(logs.map((events) => [source, events]))
  }
})
