/** The scanner against the plain decoder: over mutated records they never disagree. SCAN_RECORDS=1000000 tries a million of each source. */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { DecodedBatch } from '../../model/columns/batch.ts'
import type { RecordReject } from '../../model/decode/decode.ts'
import type { Source } from '../../model/definition.ts'
import { canScan } from '../../model/scan/can-scan.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'
import { compilePlain } from '../../model/scan/plain.ts'
import type { RecordView } from '../../model/scan/record.ts'
import { compileScan } from '../../model/scan/scanner.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch } from '../log/batches.ts'
import { oddRecords, random, recordMaker, type MadeRecord } from './scan-records.ts'
import { NOW_MS } from './scan-values.ts'
import { scanned, sourceOf } from './scan-sources.ts'

const FEW = 2_000
const RECORDS = Number(process.env['SCAN_RECORDS'] ?? FEW)
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
        raw: JSON.stringify(batch.partOf(step, at) ?? JSON.parse(batch.value(step)!.toString())),
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
    takes(record, tsMs) {
      alone.clear()
      return record.valueLength > 0 && scanAlone?.(record, tsMs) === true
    },
  }
}

const batchOf = (records: readonly MadeRecord[]): Buffer =>
  makeBatch({ records: records.map((record, offsetDelta) => ({ offsetDelta, ...record })) })

/** Decodes records both ways and holds the steps against each other; answers how many the scanner took, and could. */
function compare(
  { scan, plain, ...decoders }: Both,
  records: readonly MadeRecord[],
  tsMsOf: () => number,
): [number, number] {
  const cursor = openBatch(batchOf(records))
  let [taken, couldTake] = [0, 0]
  for (const batch of [scan, plain]) {
    batch.clear()
    if (batch.dictionary.size > 5000) batch.dictionary.clear()
  }
  while (cursor.next()) {
    const tsMs = tsMsOf()
    decoders.decode(cursor, tsMs)
    if (decoders.takes(cursor, tsMs)) taken++
  }
  for (const [step, { value }] of records.entries()) {
    const want = stepOf(plain, step)
    if (plain.eventsFrom[step + 1]! > plain.eventsFrom[step]! && !plain.rejects.has(step)) couldTake++
    const found = stepOf(scan, step)
    if (!isDeepStrictEqual(found, want)) expect(found, value.toString()).toEqual(want)
  }
  return [taken, couldTake]
}

describe('the scanner and the plain decoder agree', () => {
  const timeout = 60_000 + RECORDS * 2
  for (const [seed, [name, source]] of Object.entries(scanned).entries()) {
    const isLike = ['clicks', 'readings', 'orders', 'listed', 'lines', 'telemetry'].includes(name) // what they ask for, the others ask for too
    if (!isLike || RECORDS > FEW)
      test(`on every odd value in every place of ${name}`, { timeout }, () => {
        const decoders = both(source)
        for (const tsMs of [NOW_MS, NaN]) compare(decoders, [...oddRecords(source)], () => tsMs)
      })
    test(`on ${RECORDS} records of ${name}`, { timeout }, () => {
      const roll = random(seed + 11)
      const make = recordMaker(source, roll)
      const decoders = both(source)
      let [taken, couldTake] = [0, 0]
      for (let n = 0; n < RECORDS; n += A_BATCH) {
        const [took, could] = compare(decoders, Array.from({ length: A_BATCH }, make), () =>
          roll(10) === 0 ? NaN : NOW_MS,
        )
        taken += took
        couldTake += could
      }
      // It would prove nothing if the scanner left everything to the other.
      expect(taken).toBeGreaterThan(couldTake * (source.rows === undefined ? 0.5 : 0.35)) // many rows, more faults a record
    })
  }
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
  expect(canScan(sourceOf({ ...given, fields: { d: 'string', tags: 'string[]' } }))).toBe(false)
  // What holds the pairs, read as a value too.
  const isHolder = { ...given.fields, all: { type: 'string?', from: 'v.all' } }
  expect(canScan(sourceOf({ ...given, rows: { pairs: 'v' } }))).toBe(true)
  expect(canScan(sourceOf({ ...given, rows: { pairs: 'v' }, fields: isHolder }))).toBe(false)
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
