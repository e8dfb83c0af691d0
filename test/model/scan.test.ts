/** The scanner against the plain decoder: over mutated records they never disagree. SCAN_RECORDS=1000000 tries a million of each source. */
import { describe, expect, test } from 'vitest'
import { DecodedBatch } from '../../model/batch.ts'
import type { RecordReject } from '../../model/decode.ts'
import type { Source } from '../../model/definition.ts'
import { canScan } from '../../model/scan/can-scan.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'
import { compilePlain } from '../../model/scan/plain.ts'
import type { RecordView } from '../../model/scan/record.ts'
import { compileScan } from '../../model/scan/scanner.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch } from '../log/batches.ts'
import { NOW_MS, random, recordMaker, type MadeRecord } from './scan-records.ts'
import { scanned, sourceOf } from './scan-sources.ts'

const RECORDS = Number(process.env['SCAN_RECORDS'] ?? 2_000)
const A_BATCH = 500

/** All that a step says, as a value to compare. */
function stepOf(batch: DecodedBatch, step: number): object {
  const { events, dictionary, layout } = batch
  const from = batch.eventsFrom[step]!
  return {
    kind: batch.kinds[step],
    rejects: batch.rejects.get(step) ?? [],
    events: Array.from({ length: batch.eventsFrom[step + 1]! - from }, (_, n) => {
      const at = from + n
      return {
        timeMs: events.timeMs[at],
        keyHash: events.keyHashes[at],
        texts: Array.from({ length: layout.texts }, (_, t) => dictionary.textOf(events.texts[t]![at]!)),
        numbers: Array.from({ length: layout.numbers }, (_, n) => events.numbers[n]![at]),
        units: Array.from({ length: layout.units }, (_, u) => events.units[u]![at]),
        id: batch.ids.get(at),
        raw: batch.raw(step, at),
      }
    }),
  }
}

interface Both {
  readonly scan: DecodedBatch
  readonly plain: DecodedBatch
  decode(record: RecordView, tsMs: number): void
  /** Whether the scanner takes it by itself. */
  takes(record: RecordView, tsMs: number): boolean
}

function both(source: Source): Both {
  const [scan, plain, alone] = [new DecodedBatch(source), new DecodedBatch(source), new DecodedBatch(source)]
  const decodeScanned = compileRecordDecoder(source, scan)
  const decodePlain = compilePlain(source, plain)
  const scanAlone = compileScan(source, alone)
  return {
    scan,
    plain,
    decode(record, tsMs) {
      decodeScanned(record, tsMs)
      const refused: RecordReject[] = []
      const kind = decodePlain(record, tsMs, refused)
      const { bytes, offset, keyAt, keyLength, valueAt, valueLength } = record
      const step = plain.endRecord(kind, offset, tsMs, bytes, keyAt, keyLength, valueAt, valueLength)
      if (refused.length > 0) plain.rejects.set(step, refused)
    },
    takes: (record, tsMs) => record.valueLength > 0 && scanAlone?.(record, tsMs) === true,
  }
}

const batchOf = (records: readonly MadeRecord[]): Buffer =>
  makeBatch({ records: records.map((record, offsetDelta) => ({ offsetDelta, ...record })) })

describe('the scanner and the plain decoder', () => {
  for (const [seed, [name, source]] of Object.entries(scanned).entries())
    test(`agree on ${RECORDS} records of ${name}`, { timeout: 60_000 + RECORDS * 2 }, () => {
      const roll = random(seed + 11)
      const make = recordMaker(source, roll)
      const decoders = both(source)
      const { scan, plain } = decoders
      let [taken, couldTake] = [0, 0]
      for (let n = 0; n < RECORDS; n += A_BATCH) {
        const records = Array.from({ length: A_BATCH }, make)
        const cursor = openBatch(batchOf(records))
        for (const batch of [scan, plain]) {
          batch.clear()
          if (batch.dictionary.size > 5000) batch.dictionary.clear()
        }
        while (cursor.next()) {
          const tsMs = roll(50) === 0 ? NaN : NOW_MS
          decoders.decode(cursor, tsMs)
          if (decoders.takes(cursor, tsMs)) taken++
        }
        for (const [step, { value }] of records.entries()) {
          const want = stepOf(plain, step)
          if (plain.eventsFrom[step + 1]! - plain.eventsFrom[step]! === 1) couldTake++
          expect(stepOf(scan, step), value.toString()).toEqual(want)
        }
      }
      // It would prove nothing if the scanner left everything to the other.
      expect(taken).toBeGreaterThan(couldTake * 0.5)
    })
})

test('what the scanner does not know it leaves wholly to the plain decoder', () => {
  const given = {
    topic: 't',
    key: 'd',
    time: 't',
    fields: { d: 'string' },
    metrics: { n: 'count' },
    breakdowns: [],
  }
  const source = sourceOf(given)
  expect(canScan(source)).toBe(true)
  expect(canScan({ ...source, ofTomorrow: true } as Source)).toBe(false)
  expect(
    canScan({ ...source, fields: [{ ...source.fields[0]!, ofTomorrow: 1 } as (typeof source.fields)[0]] }),
  ).toBe(false)
  expect(canScan(sourceOf({ ...given, rows: { in: 'list' } }))).toBe(false)
  expect(canScan(sourceOf({ ...given, fields: { d: { type: 'string', from: '$key.id' } } }))).toBe(false)
})

test('a source is read by the scanner wherever the record is usual', () => {
  const source = scanned['accepting']!
  const { takes } = both(source)
  const usual = [
    '{"ts":"2026-05-01T11:59:59Z","code":404,"flag":true,"amount":"412,52","url":"https://a.de/x/?utm_source=n"}',
    '{"ts":"1777636799","code":"a","flag":"true","amount":"7","fee":"","url":"/"}',
    '{"meta":{"ts":1777636799000,"id":"7"},"code":true,"amount":12.5,"url":"/"}',
    '{"ts":"2026-05-01 13:59:59","code":12345678901234567890,"url":"/","note":"x"}',
    '{"code":"by the time of its record","url":"/"}',
  ]
  for (const value of usual) {
    const cursor = openBatch(batchOf([{ key: null, headers: [], value: Buffer.from(value) }]))
    cursor.next()
    expect(takes(cursor, NOW_MS), value).toBe(true)
  }
})
