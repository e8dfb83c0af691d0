/** Funnels: what the fold makes of the events of a key, in the order of the log. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { packAttempt, unpackAttempt } from '../../model/funnels/attempts.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { sourceOf } from '../decode/source.ts'
import { factSums } from './fact-sums.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const T0 = Date.UTC(2026, 10, 24, 10)
const MINUTE = 60_000

const shop = (more: object = {}): Source => ({
  ...sourceOf({
    fields: { k: 'string?', path: 'string?', country: 'string?' },
    funnels: {
      buy: {
        within: '1h',
        steps: { cart: ['path:is:/cart'], pay: ['path:is:/pay,/pay2'], paid: ['path:is:/paid'] },
        by: ['country'],
        ...more,
      },
    },
  }),
  intervals: [
    { name: '1m', ms: MINUTE, keepMs: null },
    { name: '1h', ms: 60 * MINUTE, keepMs: null },
  ],
})
const sumsOf = (source: Source, { keys }: Folded, by = 'all'): Record<string, number[]> =>
  factSums(source, 'funnel-buy', keys, by)

const at = (minute: number, k: string | null, path: string, country = 'DE'): object => ({
  ts: T0 + minute * MINUTE,
  k,
  path,
  country,
  recordKey: k,
})

test('steps count in the window of the first, under its names, each once', async () => {
  const source = shop()
  const folded = await foldEvents(source, [
    at(0, 'a', '/cart'),
    at(1, 'a', '/cart'),
    at(2, 'a', '/other', 'FR'),
    at(3, 'a', '/pay', 'FR'),
    at(4, 'a', '/pay2'),
    at(5, 'b', '/pay'),
    at(6, 'b', '/paid'),
    at(59, 'a', '/paid'),
    at(61, 'c', '/cart', 'FR'),
    at(62, null, '/cart'),
  ])
  expect(sumsOf(source, folded)).toEqual({ all: [2, 1, 1, 0, 0, 0] })
  expect(sumsOf(source, folded, 'country')).toEqual({
    '["DE"]': [1, 1, 1, 0, 0, 0],
    '["FR"]': [1, 0, 0, 0, 0, 0],
  })
})

test('after the time, or when it is done, another way begins; what lies before the last step is none', async () => {
  const source = shop()
  const first = [at(0, 'a', '/cart'), at(10, 'a', '/pay'), at(61, 'a', '/paid')]
  expect(sumsOf(source, await foldEvents(source, first))).toEqual({ all: [1, 1, 0, 0, 0, 0] })
  const again = [...first, at(62, 'a', '/cart'), at(61, 'a', '/pay'), at(63, 'a', '/pay')]
  const done = [...again, at(64, 'a', '/paid'), at(65, 'a', '/cart')]
  expect(sumsOf(source, await foldEvents(source, again))).toEqual({ all: [2, 2, 0, 0, 0, 0] })
  expect(sumsOf(source, await foldEvents(source, done))).toEqual({ all: [3, 2, 1, 0, 0, 0] })
})

test('entities past the budget have no way until others are forgotten; what comes too late begins none', async () => {
  const source = shop({ budget: 2 })
  const events = [at(0, 'a', '/cart'), at(0, 'b', '/cart'), at(1, 'c', '/cart'), at(200, 'a', '/cart')]
  const folded = await foldEvents(source, [
    ...events,
    at(200, 'b', '/cart'),
    at(201, 'c', '/cart'),
    at(2, 'd', '/cart'),
  ])
  expect(sumsOf(source, folded).all).toEqual([4, 0, 0, 1, 2, 0])
})

test('batches and restarts change no byte', async () => {
  const source = { ...shop({ budget: 2, within: '20m' }), budget: 1 }
  const step = fc.record({
    minute: fc.integer({ min: -40, max: 40 }),
    k: fc.constantFrom('a', 'b', 'c'),
    path: fc.constantFrom('/cart', '/pay', '/paid', '/'),
    country: fc.constantFrom('DE', 'FR', 'IT'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      async (steps, size) => {
        const events = steps.map(({ minute, k, path, country }, n) => at(minute + 8 * n, k, path, country))
        const plain = ({ keys }: Folded): object =>
          Object.fromEntries(
            [...keys].map(([key, held]) => [key, Object.fromEntries(held)]).filter(([key]) => key !== 'due'),
          )
        const whole = await foldEvents(source, events, () => 1000)
        expect(plain(await foldEvents(source, events, () => size, true))).toEqual(plain(whole))
      },
    ),
    { numRuns: 25 },
  )
})

test('a way is told back as it was packed', () => {
  const natural = fc.integer({ min: 0, max: 2 ** 31 })
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
      natural,
      fc.integer({ min: 1, max: 8 }),
      natural,
      (startMs, length, steps, id) => {
        const writer = new ByteWriter()
        const attempt = { startMs, lastMs: startMs + length, steps, ids: [1, id] }
        packAttempt(attempt, writer)
        const bytes = writer.take()
        expect(unpackAttempt(new ByteReader(bytes), 2)).toEqual(attempt)
        expect(() => unpackAttempt(new ByteReader(bytes.subarray(0, -1)), 2)).toThrow(RangeError)
      },
    ),
  )
})
