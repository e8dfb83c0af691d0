/** What a scan makes of records: duplicates, records that are too wide, what operators passed over, blocks that hold nothing of the range. */
import { expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { decoderFor } from '../../../query-api/sources/decoder.ts'
import { PartPace } from '../../../query-api/scan/part-pace.ts'
import { MissingRecords } from '../../../query-api/scan/read-records.ts'
import { LogScan } from '../../../query-api/scan/log-scan.ts'
import type { HashChange } from '../../../query-api/scan/kept-cells.ts'
import { countedSource, type ScanQuestion } from '../../../query-api/scan/question.ts'
import { ScanFailure, ThreadClient, type ThreadEvents } from '../../../query-api/scan/thread-client.ts'
import { BLOCK_OFFSETS, ZoneLearner, ZoneMap, ZoneMaps } from '../../../query-api/scan/zone-map.ts'
import { MemoryLog } from './memory-log.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const definition = (more: object) =>
  readDefinition({
    sources: {
      orders: {
        topic: 'orders',
        key: 'who',
        time: 'ts',
        fields: { who: 'string?', what: 'string?' },
        breakdowns: ['what'],
        metrics: { events: 'count' },
        ...more,
      },
    },
    keep: { '1s': '45m', '1m': '2d' },
  })[0]!

function asked(more: object = {}): ScanQuestion {
  const source = definition(more)
  const interval = source.intervals[1]!
  return { source, metric: 'events', fields: [], conditions: [], interval, fromMs: T0, toMs: T0 + 600_000 }
}

const told = { progress: () => undefined, part: () => undefined, pace: new PartPace() }
const task = (next: number) => ({ partition: 0, first: 0, next, skips: [], zone: 'orders 0' })

/** Events by minute, after all of the log was read. */
async function counted(
  log: MemoryLog,
  question: ScanQuestion,
  zones = new ZoneMaps(),
  skips: [number, number][] = [],
  stretchOffsets?: number,
) {
  const scan = new LogScan(question, log.clients, zones, 1000, told, stretchOffsets)
  const until = log.end(0)
  const sized = await scan.begin({
    is: 'begin',
    scan: 1,
    question,
    cluster: 'test',
    partitions: [task(until)],
  })
  const order = { is: 'advance', scan: 1, partition: 0, until, fromMs: question.fromMs, skips } as const
  const { changes, next } = await scan.advance(order)
  expect(next).toBe(until)
  return { sized, minutes: minutesOf(changes, question) }
}

function minutesOf(changes: readonly HashChange[], question: ScanQuestion): Record<number, number> {
  const decode = decoderFor(countedSource(question))
  const minutes: Record<number, number> = {}
  for (const { suffix, fields, lengths, bytes } of changes) {
    const group = Number(suffix.split('.')[1])
    let at = 0
    for (const [n, field] of fields.entries()) {
      const cell = decode(suffix, field, Buffer.from(bytes.subarray(at, (at += lengths[n]!)))) as number[]
      minutes[group * 128 + Number(field) - T0 / 60_000] = cell[0]!
    }
  }
  return minutes
}

const record = (value: object, tsMs = T0 + 600_000) => ({ tsMs, value: JSON.stringify(value) })
const event = (minute: number, more: object = {}): object => ({ ts: T0 + minute * 60_000, ...more })

test('an event that came before does not count again, though the first was before the range', async () => {
  const log = new MemoryLog(1)
  log.append(0, [
    record(event(-3, { order: 'a' })),
    record(event(1, { order: 'a' })),
    record(event(1, { order: 'b' })),
    record(event(2, { order: 'b' })),
  ])
  const { minutes } = await counted(log, asked({ id: { from: 'order', within: '1h' } }))
  expect(minutes).toEqual({ 1: 1 })
})

test('a record that touches too many cells counts for nothing, as in the fold', async () => {
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, at) => ({ ts: T0 + at * 1000, what: `w${at}` }))
  // A second is four cells: two intervals of two breakdowns. Minutes of the total are few, those of 20 s of names are one each.
  const log = new MemoryLog(1)
  log.append(0, [record(many(1000), T0 + 3_600_000)])
  expect((await counted(log, asked())).minutes).toMatchObject({ 0: 60, 9: 60 })
  log.append(0, [record(many(1500), T0 + 3_600_000)])
  expect((await counted(log, asked())).minutes).toMatchObject({ 0: 60, 9: 60 })
})

test('what an operator passed over is not counted, and any other gap is no zero', async () => {
  const log = new MemoryLog(1)
  for (let minute = 0; minute < 3; minute++) log.append(0, [record(event(minute)), record(event(minute))])
  expect((await counted(log, asked(), new ZoneMaps(), [[1, 4]])).minutes).toEqual({ 0: 1, 2: 2 })
  log.drop(0, 1)
  await expect(counted(log, asked())).rejects.toThrow(MissingRecords)
  expect((await counted(log, asked(), new ZoneMaps(), [[2, 4]])).minutes).toEqual({ 0: 2, 2: 2 })
})

test('a block that was read once and holds nothing of the range is not read again', async () => {
  const log = new MemoryLog(1)
  for (let at = 0; at < 64; at += 16)
    log.append(
      0,
      Array.from({ length: 16 }, () => record(event(-500))),
    )
  log.append(0, [record(event(1)), record(event(1))])
  const zones = new ZoneMaps(64)
  const first = await counted(log, asked(), zones)
  expect(first.sized.records).toBe(66)
  log.reads.length = 0
  const second = await counted(log, asked(), zones)
  expect(second).toMatchObject({ sized: { records: 2 }, minutes: { 1: 2 } })
  expect(log.reads).toEqual([{ partition: 0, offset: 64 }])
})

test('newest first: the same numbers, every record once, and every block is learned', async () => {
  const log = new MemoryLog(1)
  for (let at = 0; at < 150; at += 10)
    log.append(
      0,
      Array.from({ length: 10 }, (_, n) => record(event((at + n) % 10))),
    )
  const zones = new ZoneMaps(32)
  const found = await counted(log, asked(), zones, [], 64)
  expect(found.minutes).toEqual((await counted(log, asked())).minutes)
  const stretches = log.reads.map(({ offset }) => Math.floor(offset / 64))
  expect(stretches.slice(0, 3)).toEqual([2, 2, 1])
  log.reads.length = 0
  // Of the five blocks the last one is not full: it is all that another range has to read.
  const other = { ...asked(), fromMs: T0 - 72_000_000, toMs: T0 - 36_000_000 }
  expect((await counted(log, other, zones, [], 64)).sized.records).toBe(150 - 4 * 32)
})

test('only blocks that were read from their first offset to their last are learned', () => {
  const map = new ZoneMap()
  const learner = new ZoneLearner(map)
  learner.seek(5)
  for (const offset of [5, BLOCK_OFFSETS - 1, BLOCK_OFFSETS, 2 * BLOCK_OFFSETS - 1])
    learner.read(offset, 10, 20)
  learner.read(2 * BLOCK_OFFSETS, Infinity, -Infinity)
  expect([0, BLOCK_OFFSETS, 2 * BLOCK_OFFSETS].map((at) => map.skipTo(at, 1e9, 30, 40))).toEqual([
    0,
    2 * BLOCK_OFFSETS,
    2 * BLOCK_OFFSETS,
  ])
  expect(map.skipTo(BLOCK_OFFSETS, 1e9, 20, 40)).toBe(BLOCK_OFFSETS)
  expect(map.sizeOf(0, 3 * BLOCK_OFFSETS, 30, 40)).toBe(2 * BLOCK_OFFSETS)
})

test('a thread that dies fails what it was asked, and the next question has another one', async () => {
  const started: ThreadEvents[] = []
  const client = new ThreadClient((events) => {
    started.push(events)
    return { post: () => undefined, close: async () => {} }
  })
  const order = {
    scan: client.name({ progress: () => undefined, part: () => undefined }),
    question: asked(),
    cluster: '',
    partitions: [],
  }
  const asking = client.begin(order)
  started[0]!.died('out of memory')
  await expect(asking).rejects.toMatchObject({ failed: { kind: 'other', retry: true, why: 'out of memory' } })
  await expect(asking).rejects.toThrow(ScanFailure)
  void client.begin(order).catch(() => undefined)
  expect(started).toHaveLength(2)
})
