/** Retention: what the fold makes of the events of a key, by the dates of a zone. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAt } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { packMember, unpackMember } from '../../model/retention/members.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { sourceOf } from '../decode/source.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const site = (more: object = {}): Source => ({
  ...sourceOf({
    fields: { k: 'string?', country: 'string?', type: 'string?' },
    retention: {
      r: { joins: ['type:is:join'], returns: ['type:is:view'], days: 3, by: ['country'], ...more },
    },
  }),
  intervals: [{ name: '1h', ms: HOUR, keepMs: null }],
})
/** By date of the cohort: joined, back by day, late, over, elsewhere. */
function cohorts({ keys }: Folded, unit = 'day'): Record<string, number[]> {
  const prefix = `c:retention-r-${unit}.all:1d:0.`
  const found = [...keys].filter(([suffix]) => suffix.startsWith(prefix))
  return Object.fromEntries(
    found.flatMap(([suffix, fields]) =>
      [...fields].flatMap(([slot, bytes]) => {
        const { windowNumber } = cellAt(0, Number(suffix.slice(prefix.length)), Number(slot), true)
        const reader = new ByteReader(Buffer.from(bytes, 'latin1'))
        const sums: number[] = []
        while (!reader.done) sums.push(Number(reader.integer()))
        const date = new Date(windowNumber * DAY).toISOString().slice(0, 10)
        return sums.every((sum) => sum === 0) ? [] : [[date, sums]]
      }),
    ),
  )
}
const at = (time: string, k: string | null, type = 'view', country = 'DE'): object => ({
  ts: Date.parse(`2026-${time}Z`),
  k,
  type,
  country,
  recordKey: k,
})
const folded = async (events: object[], more: object = {}, size = 7): Promise<Record<string, number[]>> =>
  cohorts(await foldEvents(site(more), events, () => size))

test('a member is in the cohort of the day it joined, and comes back once a day', async () => {
  const events = [
    at('03-02T08:00', 'a'), // nobody knows it yet
    at('03-02T09:00', 'a', 'join'),
    at('03-02T10:00', 'a'),
    at('03-02T11:00', 'b', 'join'),
    at('03-03T01:00', 'a'),
    at('03-03T02:00', 'a'),
    at('03-03T02:00', 'a', 'join'),
    at('03-05T23:59', 'b'),
    at('03-06T00:00', 'a'), // a day too many
    at('03-06T00:00', null, 'join'),
  ]
  expect(await folded(events)).toEqual({ '2026-03-02': [2, 1, 0, 1, 0, 0, 0] })
})

test('days of 23 and 25 hours, of half an hour, and weeks from sunday on', async () => {
  const berlin = [
    at('03-28T22:59', 'a', 'join'), // the last minute of Saturday
    at('03-28T23:00', 'b', 'join'),
    at('03-29T21:59', 'b'), // Sunday still
    at('03-29T22:00', 'a'), // Monday, 23 hours after Sunday began
    at('03-29T22:00', 'b'),
  ]
  const zone = 'Europe/Berlin'
  expect(await folded(berlin, { zone })).toEqual({
    '2026-03-28': [1, 0, 1, 0, 0, 0, 0],
    '2026-03-29': [1, 1, 0, 0, 0, 0, 0],
  })
  const autumn = [at('10-24T22:00', 'a', 'join'), at('10-25T22:59', 'a'), at('10-25T23:00', 'a')]
  expect(await folded(autumn, { zone })).toEqual({ '2026-10-25': [1, 1, 0, 0, 0, 0, 0] })
  const kolkata = [at('03-02T18:29', 'a', 'join'), at('03-02T18:30', 'a')]
  expect(await folded(kolkata, { zone: 'Asia/Kolkata' })).toEqual({ '2026-03-02': [1, 1, 0, 0, 0, 0, 0] })
  const weeks = { days: undefined, weeks: 1, zone, week_start: 'sunday' }
  expect(cohorts(await foldEvents(site(weeks), berlin), 'week')).toEqual({
    '2026-03-22': [1, 1, 0, 0, 0],
    '2026-03-29': [1, 0, 0, 0, 0],
  })
})

test('who joined earlier than was known moves, with the days on which it came back', async () => {
  const events = [
    at('03-04T09:00', 'a', 'join', 'FR'),
    at('03-04T10:00', 'a'),
    at('03-05T09:00', 'a'),
    at('03-03T10:00', 'a', 'join'),
  ]
  expect(await folded(events)).toEqual({ '2026-03-03': [1, 1, 1, 0, 0, 0, 0] })
  expect(await folded(events, {}, 1)).toEqual({ '2026-03-03': [1, 1, 1, 0, 0, 0, 0] })
})

test('who was not seen for as many days joins anew; what comes too late is in none', async () => {
  const events = [
    at('03-02T09:00', 'a', 'join'),
    at('03-04T09:00', 'a'),
    at('03-08T09:00', 'a'), // four days later it is a stranger
    at('03-08T10:00', 'a', 'join'),
    at('03-09T09:00', 'b', 'join'),
    at('03-05T09:00', 'c', 'join'), // the clock, which is on the 8th, less two days is on the 6th
    at('03-06T09:00', 'c', 'join'),
  ]
  expect(await folded(events)).toEqual({
    '2026-03-02': [1, 0, 1, 0, 0, 0, 0],
    '2026-03-05': [0, 0, 0, 0, 1, 0, 0],
    '2026-03-06': [1, 0, 0, 0, 0, 0, 0],
    '2026-03-08': [1, 0, 0, 0, 0, 0, 0],
    '2026-03-09': [1, 0, 0, 0, 0, 0, 0],
  })
})

test('members past the budget are in no cohort until others are forgotten', async () => {
  const events = [
    at('03-02T09:00', 'a', 'join'),
    at('03-02T10:00', 'b', 'join'),
    ...['w', 'x', 'y', 'z'].map((k) => at('03-20T09:00', k)),
    at('03-20T10:00', 'b', 'join'),
  ]
  expect(await folded(events, { budget: 1 })).toEqual({
    '2026-03-02': [1, 0, 0, 0, 0, 1, 0],
    '2026-03-20': [1, 0, 0, 0, 0, 0, 0],
  })
})

const stored = ({ keys }: Folded): object =>
  Object.fromEntries(
    [...keys].map(([key, held]) => [key, Object.fromEntries(held)]).filter(([key]) => key !== 'due'),
  )

test('what lies on a date ahead of UTC is found again by a new worker', async () => {
  // The first window of its chunk in the total, and where clocks are furthest ahead.
  const first = Math.ceil(Date.parse('2026-01-01') / DAY / 128) * 128 * DAY
  const source = site({ zone: 'Pacific/Kiritimati' })
  const joined = (hours: number, k: string, country: string): object => ({
    ts: first + hours * HOUR,
    k,
    type: 'join',
    country,
  })
  const events = [joined(-13, 'a', 'DE'), joined(-13, 'b', 'FR'), joined(-12, 'c', 'IT')]
  const again = await foldEvents(source, events, () => 1, true)
  expect(Object.values(cohorts(again))).toEqual([[3, 0, 0, 0, 0, 0, 3]])
  expect(stored(again)).toEqual(stored(await foldEvents(source, events)))
})

test('batches and restarts change no byte', async () => {
  const source = { ...site({ budget: 3, weeks: 1, zone: 'Europe/Berlin', late: '1d' }), budget: 1 }
  const step = fc.record({
    hours: fc.integer({ min: -50, max: 20 }),
    k: fc.constantFrom('a', 'b', 'c', 'd'),
    type: fc.constantFrom('join', 'view'),
    country: fc.constantFrom('DE', 'FR', 'IT'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      async (steps, size) => {
        const events = steps.map(({ hours, ...one }, n) => ({
          ...one,
          ts: Date.parse('2026-03-26T10:00Z') + (hours + 8 * n) * HOUR,
        }))
        const whole = await foldEvents(source, events, () => 1000)
        expect(stored(await foldEvents(source, events, () => size, true))).toEqual(stored(whole))
      },
    ),
    { numRuns: 15 },
  )
})

test('a member is told back as it was packed', () => {
  const natural = fc.integer({ min: 0, max: 2 ** 31 })
  fc.assert(
    fc.property(natural, natural, fc.bigInt(0n, 2n ** 61n - 1n), natural, (cohort, seen, back, id) => {
      const writer = new ByteWriter()
      const member = { cohort, last: cohort + seen, back, ids: [1, id] }
      packMember(member, writer)
      const bytes = writer.take()
      expect(unpackMember(new ByteReader(bytes), 2, 60)).toEqual(member)
      expect(() => unpackMember(new ByteReader(bytes.subarray(0, -1)), 2, 60)).toThrow(RangeError)
    }),
  )
})
