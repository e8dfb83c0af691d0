/** What a fetch answer is cut into, which of it was aborted, and what of it is delivered. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LogError } from '../../log/errors.ts'
import { type AbortedTransaction, abortFilter } from '../../log/kafka/aborts.ts'
import { decodeFetch, type FetchAnswer, splitBatches } from '../../log/kafka/response.ts'
import { WireReader } from '../../log/kafka/wire.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch, plainRecords } from './batches.ts'
import { type Encoder, encoder, batchAt, spans, type Step, step, layLog } from './laid-log.ts'

describe('cutting', () => {
  const two = Buffer.concat([batchAt(10), batchAt(13)])

  test('a cut at any byte keeps the whole batches and drops the part', () => {
    const first = batchAt(10).length
    for (let length = 0; length <= two.length; length++) {
      const cut = splitBatches(two.subarray(0, length), [])
      expect(spans(cut)).toEqual(
        length === two.length
          ? [
              [10, 12],
              [13, 15],
            ]
          : length >= first
            ? [[10, 12]]
            : [],
      )
      expect(cut.damaged).toBe(false)
      // Where nothing is whole, the next fetch must ask for more, and at most twice needs to.
      if (length > 0 && length < first) expect(cut.needBytes).toBeGreaterThan(length)
      else expect(cut.needBytes).toBe(0)
      if (length >= 12 && length < first) expect(cut.needBytes).toBe(first)
    }
  })

  test('a batch passes what compaction took from its end, and one may be empty', () => {
    const gaps = Buffer.concat([
      batchAt(100, 2, { lastOffsetDelta: 49 }),
      batchAt(500, 0, { lastOffsetDelta: 9 }),
    ])
    expect(spans(splitBatches(gaps, []))).toEqual([
      [100, 149],
      [500, 509],
    ])
  })

  test('offsets past 2^31 and past 2^52', () => {
    expect(spans(splitBatches(batchAt(3_000_000_000), []))).toEqual([[3_000_000_000, 3_000_000_002]])
    expect(spans(splitBatches(batchAt(2 ** 52), []))).toEqual([[2 ** 52, 2 ** 52 + 2]])
    expect(() => splitBatches(makeBatch({ baseOffset: 2n ** 53n, records: plainRecords(1) }), [])).toThrow(
      LogError,
    )
  })

  test('broken framing is handed out as one batch that cannot be opened', () => {
    const broken = batchAt(13)
    for (const length of [-1, 0, 5, 48]) {
      broken.writeInt32BE(length, 8)
      const cut = splitBatches(Buffer.concat([batchAt(10), broken, batchAt(16)]), [])
      expect(cut.damaged).toBe(true)
      expect(spans(cut)).toEqual([
        [10, 12],
        [13, 13],
      ])
      expect(() => openBatch(cut.batches[1]?.bytes ?? Buffer.alloc(0))).toThrow(LogError)
    }
  })

  test('old message formats are handed out, for the walk to refuse', () => {
    const cut = splitBatches(batchAt(13, 1, { magic: 1 }), [])
    expect([cut.damaged, spans(cut)]).toEqual([false, [[13, 13]]])
    expect(() => openBatch(cut.batches[0]?.bytes ?? Buffer.alloc(0))).toThrow('message format 1')
  })
})

describe('an answer to Fetch', () => {
  const partition = (id: number, records: Buffer, error = 0): Encoder =>
    encoder()
      .writeInt32(id)
      .writeInt16(error)
      .writeInt64(900)
      .writeInt64(800)
      .writeInt64(7)
      .writeInt32(1)
      .writeInt64(55)
      .writeInt64(12)
      .writeInt32(-1)
      .writeBytes(records)
  const answer = (...partitions: Encoder[]): Buffer => {
    const head = encoder()
      .writeInt32(0)
      .writeInt16(0)
      .writeInt32(0)
      .writeInt32(1)
      .writeString('topic')
      .writeInt32(partitions.length)
    return partitions.reduce((all, one) => all.writeEncoder(one), head).buffer
  }

  const read = (bytes: Buffer, nowMs = 99): FetchAnswer =>
    decodeFetch(new WireReader(bytes, false), false, nowMs)

  test('is read whole, also where nothing came', () => {
    const answered = read(
      Buffer.from(
        answer(
          partition(0, batchAt(12, 3, { producerId: 55n, attributes: 0x10 })),
          partition(4, Buffer.alloc(0), 6),
        ),
      ),
    )
    expect(answered).toMatchObject({
      errorCode: 0,
      partitions: [
        { partition: 0, errorCode: 0 },
        { partition: 4, errorCode: 6 },
      ],
    })
    const [first, second] = answered.partitions
    expect(first?.fetched).toMatchObject({
      logStart: 7,
      logEnd: 900,
      stableEnd: 800,
      fetchedAtMs: 99,
      batches: [{ baseOffset: 12, lastOffset: 14, aborted: true, control: false }],
    })
    expect(second?.fetched).toMatchObject({ batches: [], needBytes: 0 })
  })

  test('that ends too early is an error', () => {
    const whole = Buffer.from(answer(partition(0, batchAt(12))))
    for (let length = 0; length < whole.length; length++)
      expect(() => read(whole.subarray(0, length))).toThrow(RangeError)
  })

  test.each([
    [
      'a high watermark below the last stable offset, and a record between them',
      30160,
      30161,
      batchAt(30158, 3),
      30161,
      30161,
    ],
    ['a new leader, whose high watermark is behind what it gives', 12, 12, batchAt(10, 5), 15, 15],
    ['an open transaction', 20, 15, batchAt(10, 5), 20, 15],
    ['nothing new', 20, 20, Buffer.alloc(0), 20, 20],
  ])(
    'that contradicts itself says how far the log reaches at least: %s',
    (_, highWatermark, lastStable, records, logEnd, stableEnd) => {
      const odd = encoder()
        .writeInt32(0)
        .writeInt16(0)
        .writeInt64(highWatermark)
        .writeInt64(lastStable)
        .writeInt64(0)
        .writeInt32(0)
        .writeInt32(-1)
        .writeBytes(records)
      expect(read(Buffer.from(answer(odd))).partitions[0]?.fetched).toMatchObject({ logEnd, stableEnd })
    },
  )

  test('by topic id, in the compact forms', () => {
    const records = batchAt(5, 2)
    const int = (value: number): Buffer => encoder().writeInt32(value).buffer
    const long = (value: number): Buffer => encoder().writeInt64(value).buffer
    const bytes = Buffer.concat([
      Buffer.from([1, 9, 2, 0, 0]), // tags of the header: one, number 9, two bytes
      int(0),
      Buffer.from([0, 0]),
      int(0),
      Buffer.from([2]),
      Buffer.alloc(16, 7),
      Buffer.from([2]),
      int(3),
      Buffer.from([0, 0]),
      long(9),
      long(8),
      long(1),
      Buffer.from([2]),
      long(55),
      long(5),
      Buffer.from([0]),
      int(-1),
      Buffer.from([((records.length + 1) & 0x7f) | 0x80, (records.length + 1) >> 7]),
      records,
      Buffer.from([0, 0, 0]),
    ])
    const { partitions } = decodeFetch(new WireReader(bytes, true), true, 1)
    expect(partitions).toMatchObject([
      {
        partition: 3,
        errorCode: 0,
        fetched: { logStart: 1, logEnd: 9, stableEnd: 8, batches: [{ baseOffset: 5, lastOffset: 6 }] },
      },
    ])
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeFetch(new WireReader(bytes.subarray(0, length), true), true, 1)).toThrow(RangeError)
  })
})

test('the abort filter is right wherever the fetch starts and ends', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      fc.nat(99),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      (steps, place, count, closed) => {
        const all = closed
          ? [...steps, ...[0, 1, 2, 3].map((producer): Step => ({ kind: 'abort', producer }))]
          : steps
        const { log, transactions } = layLog(all)
        const from = Math.floor((((log.at(-1)?.last ?? 0) + 1) * place) / 100)
        const fetched = log.filter(({ last }) => last >= from).slice(0, count)
        const start = from
        const end = fetched.at(-1)?.last ?? from
        const list: AbortedTransaction[] = transactions
          .filter(({ first, last }) => last >= start && first <= end)
          .map(({ producer, first }) => ({ producerId: BigInt(producer), firstOffset: first }))
        const isAborted = abortFilter(list)
        expect(fetched.map(({ bytes, last }) => isAborted(bytes, last))).toEqual(
          fetched.map(({ aborted }) => aborted),
        )
      },
    ),
    { numRuns: 2_000 },
  )
})
