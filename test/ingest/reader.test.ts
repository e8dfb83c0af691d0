import { describe, expect, test } from 'vitest'
import { REJECT, SKIP, type DecodedBatch } from '../../model/columns/batch.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import { createReader, type Reader } from '../../ingest/reader.ts'
import type { RawBatch } from '../../log/log.ts'
import { makeBatch, seal } from '../log/batches.ts'

const source = readDefinition(shipped)[0]!
const value = Buffer.from(JSON.stringify({ ts: 1_777_636_800, type: 'page_view', path: '/', visitor: 'v' }))

/** Offsets the batch holds; `last` where its header claims more. */
function batch(offsets: number[], more: Partial<RawBatch> & { last?: number } = {}): RawBatch {
  const base = offsets[0]!
  const last = more.last ?? offsets.at(-1)!
  const bytes = makeBatch({
    baseOffset: BigInt(base),
    lastOffsetDelta: last - base,
    baseTimestampMs: 1_777_636_800_000,
    maxTimestampMs: 1_777_636_800_000,
    records: offsets.map((offset) => ({
      offsetDelta: offset - base,
      key: null,
      value,
      headers: offset === 3 ? [['via', Buffer.from('http')]] : [],
    })),
  })
  return {
    baseOffset: base,
    lastOffset: last,
    bytes,
    control: more.control ?? false,
    aborted: more.aborted ?? false,
  }
}

function read(
  batches: RawBatch[],
  { from = 0, compacted = false, logStart = 0, most = 1000, until = Infinity } = {},
): string[] {
  const reader: Reader = createReader(source, () => compacted, until)
  reader.restart(from)
  reader.push({ topic: 't', partition: 0, batches, logStart, logEnd: 99, fetchedAtMs: 0 })
  const out: string[] = []
  while (!reader.empty) out.push(...stepsOf(reader.read(most)))
  return out
}

function stepsOf(batch: DecodedBatch): string[] {
  return Array.from({ length: batch.steps }, (_, step) => {
    const offset = batch.offsets[step]!
    const count = batch.countOf(step)
    if (batch.kinds[step] === SKIP) return `${batch.skips.get(step)!.kind} ${count} to ${offset}`
    const via = batch.vias.get(step)
    const reasons = batch.rejects.get(step)?.map(({ reason }) => reason) ?? []
    return [
      offset,
      ...(count > 1 ? [`of ${count}`] : []),
      ...(via === undefined ? [] : [via]),
      ...reasons,
    ].join(' ')
  })
}

test('records come in order, each once, however they are asked for', () => {
  for (const most of [1, 2, 1000])
    expect(read([batch([0, 1]), batch([2, 3, 4])], { most })).toEqual(['0', '1', '2', '3 http', '4'])
})

test('a timestamp that is none is none: -1, -2, 2^63 - 1; the record is read all the same', () => {
  const stamped = (timestamp: bigint, attributes = 0): unknown => {
    const bytes = makeBatch({ records: [{ offsetDelta: 0, key: null, value }], attributes })
    bytes.writeBigInt64BE(timestamp, 27)
    bytes.writeBigInt64BE(timestamp, 35)
    seal(bytes)
    const reader = createReader(source, () => false)
    reader.restart(0)
    reader.push({
      topic: 't',
      partition: 0,
      batches: [{ baseOffset: 0, lastOffset: 0, bytes, control: false, aborted: false }],
      logStart: 0,
      logEnd: 1,
      fetchedAtMs: 0,
    })
    const found = reader.read(10)
    return [found.steps, found.tsMs[0], found.kinds[0] !== REJECT]
  }
  for (const attributes of [0, 8]) {
    for (const none of [-1n, -2n, 2n ** 63n - 1n, -(2n ** 63n), 8_640_000_000_000_001n])
      expect(stamped(none, attributes)).toEqual([1, NaN, true])
    expect(stamped(1_777_636_800_123n, attributes)).toEqual([1, 1_777_636_800_123, true])
    expect(stamped(0n, attributes)).toEqual([1, 0, false]) // 1970: the event is in its future
  }
})

test('a fetch may begin below the wanted offset: what was counted is passed over', () => {
  expect(read([batch([0, 1]), batch([2, 3, 4])], { from: 3 })).toEqual(['3 http', '4'])
})

test('L5: control and aborted batches are evidence, offset by offset', () => {
  expect(
    read(
      [batch([0]), batch([1, 2], { aborted: true }), batch([4, 5]), batch([3], { control: true })].toSorted(
        (a, b) => a.baseOffset - b.baseOffset,
      ),
    ),
  ).toEqual(['0', 'aborted 2 to 2', 'control 1 to 3', '4', '5'])
})

test('L5: a gap is legal only where the topic is compacted', () => {
  const holes = [batch([0, 2], { last: 5 }), batch([8])]
  expect(read(holes, { compacted: true })).toEqual([
    '0',
    'compacted 1 to 1',
    '2',
    'compacted 3 to 5',
    'compacted 2 to 7',
    '8',
  ])
  expect(() => read(holes)).toThrow(expect.objectContaining({ code: 'UNEXPLAINED_GAP' }))
})

test('L7: a log that begins above the cursor stops the partition', () => {
  expect(() => read([batch([7])], { from: 3, logStart: 7 })).toThrow(
    expect.objectContaining({ code: 'LOG_STARTS_LATER' }),
  )
})

test('a batch that cannot be read stops the partition and says why', () => {
  const bad = batch([0])
  bad.bytes[21] = 0
  bad.bytes[22] = 3 // lz4
  seal(bad.bytes)
  expect(() => read([bad])).toThrow(/lz4/)
  const torn = batch([0, 1])
  expect(() => read([{ ...torn, bytes: torn.bytes.subarray(0, 70) }])).toThrow(
    expect.objectContaining({ code: 'UNREADABLE' }),
  )
})

test('L6: a batch that inflates past the limit is one reject of all its offsets', () => {
  const huge = makeBatch({
    baseOffset: 0n,
    gzip: true,
    records: [0, 1].map((offsetDelta) => ({ offsetDelta, key: null, value: Buffer.alloc(40 * 2 ** 20) })),
  })
  expect(huge.length).toBeLessThan(2 ** 20)
  expect(read([{ baseOffset: 0, lastOffset: 1, bytes: huge, control: false, aborted: false }])).toEqual([
    '1 of 2 inflated_too_large',
  ])
})

test('the queue knows its bytes and where fetching goes on', () => {
  const reader = createReader(source, () => false)
  reader.restart(0)
  const one = batch([0, 1])
  reader.push({
    topic: 't',
    partition: 0,
    batches: [one, batch([2])],
    logStart: 0,
    logEnd: 3,
    fetchedAtMs: 0,
  })
  expect(reader.queuedTo).toBe(3)
  expect(reader.waitingBytes).toBeGreaterThan(one.bytes.length)
  reader.read(2)
  expect(reader.waitingBytes).toBeLessThan(one.bytes.length)
  reader.restart(1)
  expect([reader.queuedTo, reader.waitingBytes, reader.empty]).toEqual([1, 0, true])
})

test('a record whose headers are torn adds nothing: what is good before it is counted, then the partition stops', () => {
  const torn = batch([0, 1])
  torn.bytes[torn.bytes.length - 1] = 9 // five headers that are not there
  seal(torn.bytes)
  const reader = createReader(source, () => false)
  reader.restart(0)
  reader.push({ topic: 't', partition: 0, batches: [torn], logStart: 0, logEnd: 2, fetchedAtMs: 0 })
  expect(stepsOf(reader.read(10))).toEqual(['0'])
  expect(reader.batch.events.count).toBe(1)
  expect(reader.isStuck).toBe(true)
  expect(() => reader.read(10)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }))
})

describe('bytes that changed on their way', () => {
  const altered = (offsets: number[], from: string, to: string): RawBatch => {
    const one = batch(offsets)
    one.bytes.write(to, one.bytes.lastIndexOf(from), 'latin1')
    return one
  }
  const tooMany = 33
  const behind = (first: RawBatch): RawBatch[] => [
    first,
    ...Array.from({ length: tooMany }, (_, n) => batch([n + 2])),
  ]

  test('a partition that keeps up tests every batch; nothing of a wrong one is counted', () => {
    expect(read([batch([0])])).toEqual(['0'])
    expect(() => read([altered([0, 1], 'page_view', 'page_vieu')])).toThrow(/offset 0.*CRC-32C/)
  })

  test('one that is behind tests the first batch, then one in 33', () => {
    expect(() => read(behind(altered([0, 1], 'page_view', 'page_vieu')))).toThrow(/CRC-32C/)
    const found = [0, 1, 2, 3].map((n) => {
      const batches = Array.from({ length: 100 }, (_, at) =>
        at === 33 * n ? altered([at], 'page_view', 'page_vieu') : batch([at]),
      )
      try {
        return read(batches).length
      } catch (error) {
        return (error as Error).message
      }
    })
    for (const message of found) expect(message).toMatch(/CRC-32C/)
    const between = Array.from({ length: 100 }, (_, at) =>
      at === 34 ? altered([at], 'page_view', 'page_vieu') : batch([at]),
    )
    expect(read(between)).toHaveLength(100)
  })

  test('a record that is no text or no JSON has its batch tested, whenever it comes: it is not the producer that is blamed', () => {
    for (const damage of ['\xff', '\x00', '}'])
      expect(() => read([batch([0]), altered([1], '"visitor"', damage), batch([2]), batch([3])])).toThrow(
        expect.objectContaining({ code: 'UNREADABLE' }),
      )
    const sent = altered([1], '"visitor"', '}')
    seal(sent.bytes)
    expect(read([batch([0]), sent, batch([2])])).toEqual(['0', '1 not_json', '2'])
  })

  test('a compressed batch is always tested', () => {
    const packed = (first: number): RawBatch => {
      const bytes = makeBatch({
        baseOffset: BigInt(first),
        gzip: true,
        records: [{ offsetDelta: 0, key: null, value }],
      })
      return { baseOffset: first, lastOffset: first, bytes, control: false, aborted: false }
    }
    const wrong = packed(1)
    wrong.bytes[17] = wrong.bytes[17]! ^ 1
    expect(() => read([batch([0]), wrong, batch([2])])).toThrow(/offset 1.*CRC-32C/)
    expect(read([batch([0]), packed(1), batch([2])])).toHaveLength(3)
  })
})

/** A copy of the store as of a time stops there, whatever the offset falls on. */
describe('no record from `until` on is read', () => {
  const log = [
    batch([0, 1, 2]),
    batch([3, 4], { aborted: true, last: 6 }),
    batch([7], { control: true }),
    batch([8, 10, 12], { last: 13 }),
    batch([14, 15]),
  ]
  const all = read(log, { compacted: true })
  /** The first offset behind a step, and how many offsets the steps stand for. */
  const reach = (steps: readonly string[]): number => Number(/(\d+)\D*$/.exec(steps.at(-1) ?? '-1')![1]) + 1

  test.each(Array.from({ length: 17 }, (_, until) => until))('until %i', (until) => {
    const steps = read(log, { compacted: true, until })
    expect(until === 0 ? 0 : reach(steps)).toBe(until)
    // Up to there it is what a reader without a bound finds; only a run that the bound cuts is shorter.
    expect(all.slice(0, Math.max(0, steps.length - 1))).toEqual(steps.slice(0, -1))
  })

  test('where nothing explains a gap before it, it stops the partition all the same', () => {
    expect(() => read([batch([0, 1]), batch([5])], { until: 4 })).toThrow(/offset 2 is wanted/)
    expect(read([batch([0, 1]), batch([5])], { until: 2 })).toEqual(read([batch([0, 1])]))
  })
})

test('memory is given back once a later read began, and never that of a batch that is open', () => {
  const given: number[] = []
  const lease = (offset: number): Partial<RawBatch> => ({ lease: { done: () => void given.push(offset) } })
  const reader = createReader(source, () => false)
  reader.restart(0)
  const batches = [[0, 1], [2, 3], [4]].map((offsets) => ({ ...batch(offsets), ...lease(offsets[0]!) }))
  reader.push({ topic: 't', partition: 0, batches, logStart: 0, logEnd: 5, fetchedAtMs: 0 })
  const readAndRelease = (most: number): number[] => {
    reader.read(most)
    reader.release()
    return given.splice(0)
  }
  expect(readAndRelease(1)).toEqual([])
  expect(readAndRelease(2)).toEqual([]) // the first was open still as this read began, and its last record is in it
  expect(readAndRelease(1)).toEqual([0])
  for (let n = 0; n < 3; n++) reader.read(1)
  reader.release()
  reader.release()
  expect(given.splice(0)).toEqual([2, 4])
})
