/** Sessions: what the fold makes of the events of a key, in whatever order and batches they come. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { factsOf } from '../../model/facts.ts'
import { packSessions, unpackSessions, type Session } from '../../model/sessions/session.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { sourceOf } from '../decode/source.ts'
import { factSums } from './fact-sums.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const T0 = Date.UTC(2026, 10, 24, 10)
const MINUTE = 60_000
const DAY_MS = 86_400_000

const site = (more: object = {}): Source => ({
  ...sourceOf({
    fields: { k: 'string?', path: 'string?', country: 'string?', type: 'string?' },
    breakdowns: ['country'],
    sessions: {
      gap: '30m',
      page: 'path',
      where: ['type:not:ping'],
      by: ['country', ['entry', 'country']],
      ...more,
    },
  }),
  intervals: [
    { name: '1m', ms: MINUTE, keepMs: null },
    { name: '1h', ms: 60 * MINUTE, keepMs: null },
    { name: '1d', ms: DAY_MS, keepMs: null },
  ],
})

const sumsOf = (source: Source, { keys }: Folded, by = 'all'): Record<string, number[]> =>
  factSums(source, 'sessions', keys, by)

const at = (minute: number, k: string | null, path: string, more: object = {}): object => ({
  ts: T0 + minute * MINUTE,
  k,
  path,
  type: 'view',
  country: 'DE',
  ...more,
})

test('a session begins with an event, is counted at once, and ends where the next is further away than the gap', async () => {
  const events = [
    at(0, 'a', '/'),
    at(10, 'a', '/cart'),
    at(40, 'a', '/paid'),
    at(71, 'a', '/'),
    at(71, 'b', '/help', { country: 'FR' }),
    at(72, null, '/nobody'),
    at(75, 'b', '/help', { type: 'ping', country: 'DE' }),
  ]
  const source = site()
  const folded = await foldEvents(source, events)
  const ms = (minutes: number): number => minutes * MINUTE
  expect(sumsOf(source, folded)).toEqual({ all: [3, 1, 5, ms(44), 0, 0, 3] })
  expect(sumsOf(source, folded, 'entry')).toEqual({
    '["/"]': [2, 1, 4, ms(40), 0, 0, 0],
    '["/help"]': [1, 0, 1, ms(4), 0, 0, 0],
  })
  expect(sumsOf(source, folded, 'exit')).toEqual({
    '["/paid"]': [1, 0, 3, ms(40), 0, 0, 0],
    '["/"]': [1, 1, 1, 0, 0, 0, 0],
    '["/help"]': [1, 0, 1, ms(4), 0, 0, 0],
  })
  expect(sumsOf(source, folded, 'entry+country')['["/help","FR"]']).toEqual([1, 0, 1, ms(4), 0, 0, 0])
})

test('an event that comes late joins two sessions to one, which begins where the earlier began', async () => {
  const source = site()
  const events = [at(0, 'a', '/', { country: 'DE' }), at(50, 'a', '/b', { country: 'FR' })]
  expect(sumsOf(source, await foldEvents(source, events), 'country')).toMatchObject({
    '["DE"]': [1, 1, 1, 0, 0, 0, 0],
    '["FR"]': [1, 1, 1, 0, 0, 0, 0],
  })
  const folded = await foldEvents(source, [...events, at(25, 'a', '/m', { country: 'IT' })], () => 1, true)
  const one = [1, 0, 3, 50 * MINUTE, 0, 0, 0]
  // Two openings were not keyed by the entity, though they are one session now.
  expect(sumsOf(source, folded)).toEqual({ all: [...one.slice(0, 6), 2] })
  expect(sumsOf(source, folded, 'country')).toEqual({ '["DE"]': one })
  expect(sumsOf(source, folded, 'exit')).toEqual({ '["/b"]': one })
})

test('what comes further behind the clock than late allows is in no session, and is told apart', async () => {
  const source = site({ late: '30m' })
  const ahead = [at(200, 'b', '/'), at(200, 'c', '/'), at(200, 'd', '/')]
  const folded = await foldEvents(source, [at(0, 'a', '/'), ...ahead, at(20, 'a', '/late')])
  expect(sumsOf(source, folded)).toEqual({ all: [4, 4, 4, 0, 1, 0, 4] })
  expect(folded.keys.get('facts:sessions')?.has('a')).toBe(false)
})

test('entities past the budget have no sessions until others are forgotten', async () => {
  const source = site({ budget: 2 })
  const events = [at(0, 'a', '/'), at(0, 'b', '/'), at(1, 'c', '/'), at(200, 'a', '/'), at(200, 'b', '/')]
  const folded = await foldEvents(source, [...events, at(201, 'c', '/')])
  expect(sumsOf(source, folded).all).toEqual([4, 4, 4, 0, 0, 2, 4])
})

test('a record keyed by the entity is where it belongs', async () => {
  const source = {
    ...site(),
    fields: site().fields.map((one) => (one.name === 'k' ? { ...one, from: [['$', 'key']] } : one)),
  }
  expect(factsOf(source)[0]!.written.breakdowns.map(({ name }) => name)).toEqual([
    'sessions.all',
    'sessions.entry',
    'sessions.exit',
    'sessions.country',
    'sessions.entry+country',
  ])
})

const text = fc.constantFrom('/', '/a', '/b', 'x'.repeat(300), '\ud800', null)
const visit = fc.record({
  minute: fc.integer({ min: 0, max: 200 }),
  k: fc.constantFrom('a', 'b', 'c'),
  path: text,
  country: fc.constantFrom('DE', 'FR', null),
  type: fc.constantFrom('view', 'ping'),
})

describe('in whatever order and batches they come', () => {
  /** By the definition of a session, of events that lie at different times. */
  function recounted(events: readonly { minute: number; k: string; type: string }[]): number[] {
    const sums = [0, 0, 0, 0]
    for (const key of ['a', 'b', 'c']) {
      const its = events.filter(({ k }) => k === key).toSorted((x, y) => x.minute - y.minute)
      let from = 0
      for (let to = 1; to <= its.length; to++) {
        if (to < its.length && its[to]!.minute - its[to - 1]!.minute <= 30) continue
        sums[0]!++
        if (to - from === 1) sums[1]!++
        sums[2]! += its.slice(from, to).filter(({ type }) => type === 'view').length
        sums[3]! += (its[to - 1]!.minute - its[from]!.minute) * MINUTE
        from = to
      }
    }
    return sums
  }

  test('nothing that is not late depends on it', async () => {
    const source = site({ late: '4h' })
    await fc.assert(
      fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: 30 }), async (visits) => {
        const events = visits.map(({ minute, k, path, ...more }) => at(minute, k, path!, more))
        const folded = await foldEvents(source, events, () => 5)
        expect(sumsOf(source, folded).all!.slice(0, 4)).toEqual(recounted(visits))
        for (const by of ['entry', 'exit', 'country', 'entry+country']) {
          const names = Object.values(sumsOf(source, folded, by))
          expect(names.every((sums) => sums.every((sum) => sum >= 0))).toBe(true)
          for (let sum = 0; sum < 4; sum++)
            expect(names.reduce((total, sums) => total + sums[sum]!, 0)).toBe(
              sumsOf(source, folded).all![sum],
            )
        }
      }),
      { numRuns: 25 },
    )
  })

  test('batches and restarts change no byte', async () => {
    const source = { ...site({ budget: 2, late: '1m' }), budget: 1 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(visit, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        async (visits, size) => {
          const events = visits.map(({ minute, k, path, ...more }, n) => at(minute + 20 * n, k, path!, more))
          const whole = await foldEvents(source, events, () => 1000)
          const parts = await foldEvents(source, events, () => size, true)
          const plain = ({ keys }: Folded): object =>
            Object.fromEntries(
              [...keys]
                .map(([key, held]) => [key, Object.fromEntries(held)])
                .filter(([key]) => key !== 'due'),
            )
          expect(plain(parts)).toEqual(plain(whole))
        },
      ),
      { numRuns: 25 },
    )
  })
})

test('sessions are told back as they were packed', () => {
  const natural = fc.integer({ min: 0, max: 2 ** 40 })
  const name = fc.option(fc.string())
  const session = fc
    .record({
      startMs: fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
      length: natural,
      events: natural,
      pages: natural,
      entry: name,
      exit: name,
      by: fc.tuple(name, name),
      ids: fc.tuple(fc.constant(1), natural, natural),
    })
    .map(({ length, ...one }): Session => {
      const [entryMs, exitMs] = one.pages > 0 ? [one.startMs, one.startMs + length] : [0, 0]
      return { ...one, endMs: one.startMs + length, entryMs, exitMs }
    })
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 4 }), (sessions) => {
      const writer = new ByteWriter()
      packSessions(sessions, writer)
      const bytes = writer.take()
      expect(unpackSessions(new ByteReader(bytes), 2, 3)).toEqual(sessions)
      expect(() => unpackSessions(new ByteReader(bytes.subarray(0, -1)), 2, 3)).toThrow(RangeError)
    }),
  )
})
