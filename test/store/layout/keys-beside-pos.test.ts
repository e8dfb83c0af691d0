/** What stands beside the numbers: what is written comes back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HALT_FIELDS, haltPairs, readHalt } from '../../../store/layout/halt.ts'
import { byOfLastField, lastField, lastText, readLatest, timeOfLatest } from '../../../store/layout/last.ts'
import { dayOfLivingField, livingField, readLivingCount, readSeen } from '../../../store/layout/living.ts'
import { readReject, rejectFields, rejectId } from '../../../store/layout/rejects.ts'
import { readTailEntry, tailFields, tailId } from '../../../store/layout/tail.ts'
import type { StreamEntry } from '../../../store/read-feed.ts'

/** As a server gives back what a command wrote. */
const bytesOf = (value: string | number | Buffer): Buffer =>
  typeof value === 'object' ? Buffer.from(value) : Buffer.from(String(value))
const entryOf = (id: string, fields: readonly (string | number | Buffer)[]): StreamEntry => [
  Buffer.from(id),
  fields.map(bytesOf),
]

const natural = fc.maxSafeNat()
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some))

test('a dead letter', () => {
  const letter = fc.record({
    offset: fc.nat(),
    place: fc.nat(1000),
    tsMs: natural,
    reason: text,
    detail: text,
    key: bytes,
    raw: bytes,
    bytes: fc.nat(),
    events: fc.nat(),
    count: fc.integer({ min: 1 }),
  })
  fc.assert(
    fc.property(letter, (one) => {
      expect(readReject(entryOf(rejectId(one), rejectFields(one)))).toEqual(one)
    }),
  )
})

test('a dead letter: an absent key is an empty one, a long one is cut; what is not ours is told as nothing', () => {
  const letter = readReject(entryOf('1-0', ['bytes', 'x', 'count', '-4']))
  expect(letter).toEqual({
    offset: 0,
    place: 0,
    tsMs: 0,
    reason: '',
    detail: '',
    key: null,
    raw: Buffer.alloc(0),
    bytes: 0,
    events: 0,
    count: 1,
  })
  const cut = rejectFields({ ...letter, key: Buffer.alloc(1000, 'k') })
  expect(readReject(entryOf('1-0', cut)).key).toEqual(Buffer.alloc(256, 'k'))
  expect(readReject(entryOf('1-0', rejectFields(letter))).key).toEqual(Buffer.alloc(0))
})

test('an event of the tail, with the first 64 characters of its mark', () => {
  const entry = fc.record({
    offset: fc.nat(),
    index: fc.nat(1000),
    tsMs: natural,
    atMs: natural,
    raw: text,
    via: fc.option(fc.string({ maxLength: 100 })),
  })
  fc.assert(
    fc.property(entry, (one) => {
      const read = readTailEntry(entryOf(tailId(one), tailFields(one)))
      expect(read).toEqual({ ...one, via: one.via?.slice(0, 64) ?? null })
    }),
  )
})

test('latest values, by the entity and the value of another field', () => {
  const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))
  const latest = fc.record({
    timeMs: fc.maxSafeInteger(),
    offset: natural,
    index: fc.nat(),
    values: fc.array(value),
  })
  fc.assert(
    fc.property(text, fc.oneof(text, fc.integer(), fc.constant(null)), latest, (entity, by, one) => {
      const field = lastField(entity, by)
      expect([JSON.parse(field), byOfLastField(field)]).toEqual([[entity, by], by])
      const written = Buffer.from(lastText(one))
      // -0 is written as 0
      expect(readLatest(written)).toEqual({ ...one, values: one.values.map((v) => (v === 0 ? 0 : v)) })
      expect(timeOfLatest(written)).toBe(one.timeMs)
    }),
  )
  for (const foreign of ['', '{}', '[]', '["1",2,3]', '[1]', 'null', '[1,2'])
    expect(readLatest(Buffer.from(foreign)), foreign).toBeNull()
  expect(timeOfLatest(Buffer.from('{"a":1}'))).toBeNaN()
  expect(byOfLastField('no json')).toBeNull()
})

test('how many are remembered, by day; when one was seen', () => {
  fc.assert(
    fc.property(fc.constantFrom('s', 'l'), fc.integer(), natural, (kind, day, count) => {
      const field = livingField(kind, day)
      expect(dayOfLivingField(kind, field)).toBe(day)
      expect(dayOfLivingField(kind === 's' ? 'l' : 's', field)).toBeNull()
      expect(readLivingCount(bytesOf(count))).toBe(count)
      expect(readSeen(bytesOf(count))).toBe(count)
    }),
  )
  for (const foreign of ['', 'x', '-1', '1.5', '1e99']) expect(readLivingCount(bytesOf(foreign))).toBeNull()
  expect(readSeen(null)).toBe(-1)
})

test('why a partition is halted', () => {
  const note = fc.record({
    code: fc.stringMatching(/^[A-Z_]{1,20}$/),
    message: text,
    command: text,
    atMs: natural,
  })
  fc.assert(
    fc.property(note, (one) => {
      const hash = new Map<string, Buffer>()
      const pairs = haltPairs(one)
      for (let at = 0; at < pairs.length; at += 2) hash.set(String(pairs[at]), bytesOf(pairs[at + 1]!))
      expect(hash.size).toBe(HALT_FIELDS.length)
      expect(readHalt(HALT_FIELDS.map((field) => hash.get(field) ?? null))).toEqual(one)
    }),
  )
  expect(readHalt([null, null, null, null])).toBeNull()
})
