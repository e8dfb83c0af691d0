/** The recount folds sessions and funnels to the same bytes as the worker, whatever order events come in and whatever is forgotten. */
import fc from 'fast-check'
import type { Source } from '../../model/definition.ts'
import { sourceOf } from '../decode/source.ts'
import { needs } from '../harness/needs.ts'
import { expectTwins } from './twin-facts.ts'

const T0 = Date.UTC(2026, 10, 24, 22)
const MINUTE = 60_000

const source: Source = {
  ...sourceOf({
    fields: { k: 'string?', path: 'string?', country: 'string?', type: 'string?' },
    breakdowns: ['country'],
    budget: 2,
    sessions: {
      gap: '10m',
      late: '25m',
      page: 'path',
      where: ['type:not:ping'],
      by: ['country', ['exit', 'country']],
      budget: 3,
    },
    funnels: {
      way: {
        within: '20m',
        steps: { one: ['path:is:/'], two: ['type:is:view'], three: ['path:is:/a,/ü', 'country:not:FR'] },
        by: ['country', ['path', 'type']],
        budget: 3,
      },
    },
  }),
  intervals: [
    { name: '1m', ms: MINUTE, keepMs: 30 * MINUTE },
    { name: '8m', ms: 8 * MINUTE, keepMs: 2 * 60 * MINUTE },
    { name: '1d', ms: 1440 * MINUTE, keepMs: null },
  ],
}

const event = (span: number): fc.Arbitrary<object & { ts: number }> =>
  fc
    .record(
      {
        ms: fc.integer({ min: 0, max: span * MINUTE }),
        k: fc.constantFrom('a', 'b', 'ü"', 'd', '\ud800', null),
        path: fc.constantFrom('/', '/a', '/ü', 'x'.repeat(100), 'ü'.repeat(120), '\udfff', null),
        country: fc.constantFrom('DE', 'FR', 'IT', null),
        type: fc.constantFrom('view', 'ping'),
        recordKey: fc.constantFrom('a', 'b', 'ü"'),
      },
      { requiredKeys: ['ms', 'k', 'path', 'country', 'type'] },
    )
    .map(({ ms, ...more }) => ({ ts: T0 + ms, ...more }))

const logs = fc.oneof(
  fc.array(event(60), { maxLength: 60, size: 'max' }),
  fc.array(event(400), { maxLength: 80, size: 'max' }),
  // Mostly in order, over days.
  fc.array(event(4000), { minLength: 100, maxLength: 200, size: 'max' }).map((all) => {
    const sorted = all.toSorted((a, b) => a.ts - b.ts)
    return sorted.flatMap((one, n) => (n % 9 === 5 ? [sorted[n + 2] ?? one, one] : [one]))
  }),
)

needs('python3').test('the recount comes to the same facts', { timeout: 120_000 }, async () => {
  const sent = fc.sample(logs, { numRuns: 12, seed: 8 })
  await expectTwins(sent.map((events) => [source, events]))
})
