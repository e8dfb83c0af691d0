import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifyCrc } from '../../log/crc32c.ts'
import { openBatch, type RecordCursor } from '../../log/walk.ts'
import { frame, makeBatch, plainRecords, varint } from './batches.ts'
import { require, walk, hex, codeOf, optional, records } from './walk-batches.ts'

describe('walk', () => {
  test('every record of any batch is seen as it was made', () => {
    fc.assert(
      fc.property(
        records,
        fc.bigInt({ min: 0n, max: 2n ** 52n }),
        fc.integer({ min: 0, max: 2e12 }),
        fc.boolean(),
        fc.boolean(),
        (made, baseOffset, baseTimestampMs, gzip, logAppendTime) => {
          const batch = makeBatch({
            records: made,
            baseOffset,
            baseTimestampMs,
            maxTimestampMs: 77,
            gzip,
            attributes: logAppendTime ? 8 : 0,
          })
          expect(verifyCrc(batch)).toBe(true)
          expect(walk(batch)).toEqual(
            made.map(({ offsetDelta, timestampDelta = 0, key, value }) => ({
              offset: Number(baseOffset) + offsetDelta,
              timestampMs: logAppendTime ? 77 : baseTimestampMs + timestampDelta,
              key: hex(key),
              value: hex(value),
            })),
          )
          const cursor = openBatch(batch)
          for (const { headers = [], value } of made) {
            cursor.next()
            for (const [name] of headers)
              expect(cursor.header(name)).toBe(
                headers.find(([other]) => other === name)?.[1]?.toString() ?? null,
              )
            expect(cursor.header('no such name, surely, at all')).toBeNull()
            expect(cursor.valueLength).toBe(value?.length ?? -1)
          }
        },
      ),
    )
  })

  test('what kafkajs encodes is seen alike', async () => {
    const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
      RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>
    }
    const encode = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: optional, value: optional }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(0, 1),
        async (made, compression) => {
          const encoded = made.map((record, offsetDelta) =>
            encode({
              ...record,
              offsetDelta,
              timestampDelta: offsetDelta * 1000,
              headers: { constructor: 'c', n: `${offsetDelta}` },
            }),
          )
          const { buffer } = await RecordBatch({
            compression,
            firstTimestamp: 5_000,
            maxTimestamp: 9_000,
            lastOffsetDelta: made.length - 1,
            records: encoded,
          })
          expect(verifyCrc(buffer)).toBe(true)
          const cursor = openBatch(buffer)
          made.forEach(({ key, value }, index) => {
            expect(cursor.next()).toBe(true)
            expect([cursor.offset, cursor.timestampMs, hex(cursor.key()), hex(cursor.value())]).toEqual([
              index,
              5_000 + index * 1000,
              hex(key),
              hex(value),
            ])
            expect([cursor.header('constructor'), cursor.header('n'), cursor.header('toString')]).toEqual([
              'c',
              `${index}`,
              null,
            ])
          })
          expect(cursor.next()).toBe(false)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('keys and values are views, not copies', () => {
    const batch = makeBatch({ records: plainRecords(1) })
    const cursor = openBatch(batch)
    cursor.next()
    expect(cursor.value()?.buffer).toBe(batch.buffer)
  })

  test('a batch cut off at any byte is corrupt, never anything else', () => {
    for (const gzip of [false, true]) {
      const batch = makeBatch({
        records: [
          ...plainRecords(3),
          { offsetDelta: 9, key: null, value: null, headers: [['h', Buffer.from('x')]] },
        ],
        gzip,
      })
      for (let length = 0; length < batch.length; length++)
        expect(codeOf(() => walk(batch.subarray(0, length)))).toBe('CORRUPT_BATCH')
      // And where the header was made to agree with the cut:
      for (let length = 61; length < batch.length; length++) {
        const cut = Buffer.from(batch.subarray(0, length))
        cut.writeInt32BE(length - 12, 8)
        expect(codeOf(() => walk(cut))).toBe('CORRUPT_BATCH')
      }
    }
  })

  test('any damage ends in an error of ours or in records, at once', () => {
    const batch = makeBatch({
      records: plainRecords(20).map((record) => ({ ...record, headers: [['n', Buffer.from('1')]] })),
      baseOffset: 1_000n,
    })
    const readAll = (cursor: RecordCursor): void => {
      while (cursor.next()) {
        cursor.key()
        cursor.value()
        cursor.header('absent')
      }
    }
    const allowed = [
      null,
      'CORRUPT_BATCH',
      'CODEC_UNSUPPORTED',
      'MAGIC_UNSUPPORTED',
      'OFFSET_TOO_LARGE',
      'INFLATED_TOO_LARGE',
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(batch.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const damaged = Buffer.from(batch)
          for (const [at, byte] of changes) damaged[at] = byte
          expect(allowed).toContain(codeOf(() => readAll(openBatch(damaged))))
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test('the checksum sees any flipped bit behind it', () => {
    const batch = makeBatch({ records: plainRecords(5) })
    for (let at = 21; at < batch.length; at++) {
      const flipped = Buffer.from(batch)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(verifyCrc(flipped)).toBe(false)
    }
    expect(verifyCrc(Buffer.alloc(5))).toBe(false)
  })

  test('130,000 records in one batch', () => {
    const cursor = openBatch(makeBatch({ records: plainRecords(130_000) }))
    let count = 0
    while (cursor.next()) count++
    expect([count, cursor.offset]).toEqual([130_000, 129_999])
  })

  test('20,000 headers are passed by, and only the first 64 searched', () => {
    const headers = Array.from({ length: 20_000 }, (_, index): [string, Buffer] => [
      `h${index}`,
      Buffer.from('x'),
    ])
    const cursor = openBatch(
      makeBatch({ records: [{ offsetDelta: 0, key: null, value: Buffer.from('v'), headers }] }),
    )
    expect(cursor.next()).toBe(true)
    expect([cursor.header('h63'), cursor.header('h64'), cursor.header('h63')]).toEqual(['x', null, 'x'])
    expect(cursor.next()).toBe(false)
  })

  test('a header without a value is null', () => {
    const cursor = openBatch(
      makeBatch({ records: [{ offsetDelta: 0, key: null, value: null, headers: [['h', null]] }] }),
    )
    cursor.next()
    expect(cursor.header('h')).toBeNull()
  })

  test('an empty batch has no records, whatever its codec', () => {
    expect(walk(makeBatch({ records: [], lastOffsetDelta: 41 }))).toEqual([])
    expect(walk(makeBatch({ records: [], lastOffsetDelta: 41, attributes: 4 }))).toEqual([])
    expect(walk(makeBatch({ records: [], lastOffsetDelta: 41, gzip: true }))).toEqual([])
    expect(codeOf(() => walk(makeBatch({ records: plainRecords(2), count: 0, gzip: true })))).toBe(
      'CORRUPT_BATCH',
    )
  })

  test('a bomb is not inflated', () => {
    const record = { offsetDelta: 0, key: null, value: Buffer.alloc(3_000_000) }
    const bomb = makeBatch({ records: [record], gzip: true })
    expect(bomb.length).toBeLessThan(10_000)
    expect(codeOf(() => walk(bomb, 2_999_999))).toBe('INFLATED_TOO_LARGE')
    expect(walk(bomb, 3_100_000).length).toBe(1)
    expect(
      codeOf(() =>
        walk(frame({ records: plainRecords(1), attributes: 1 }, gzipSync(Buffer.alloc(80 * 1024 * 1024)))),
      ),
    ).toBe('INFLATED_TOO_LARGE')
  })

  test('what gzip cannot read is corrupt', () => {
    expect(
      codeOf(() => walk(frame({ records: plainRecords(1), attributes: 1 }, Buffer.from('no gzip at all')))),
    ).toBe('CORRUPT_BATCH')
  })

  test.each([
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
  ])('what codec %i, %s, cannot read is corrupt, and said by its name', (codec, name) => {
    const batch = makeBatch({ records: plainRecords(1), attributes: codec })
    expect(codeOf(() => walk(batch))).toBe('CORRUPT_BATCH')
    expect(() => walk(batch)).toThrow(name)
  })

  test('old message formats are refused', () => {
    expect(codeOf(() => walk(makeBatch({ records: plainRecords(1), magic: 0 })))).toBe('MAGIC_UNSUPPORTED')
    expect(codeOf(() => walk(makeBatch({ records: plainRecords(1), magic: 1 })))).toBe('MAGIC_UNSUPPORTED')
    expect(codeOf(() => walk(makeBatch({ records: plainRecords(1), magic: 3 })))).toBe('CORRUPT_BATCH')
  })

  test('lies of the header are corrupt', () => {
    const one = plainRecords(3)
    expect(codeOf(() => walk(makeBatch({ records: one, count: 2 })))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => walk(makeBatch({ records: one, count: 4 })))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => walk(makeBatch({ records: one, count: -1 })))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => walk(makeBatch({ records: one, count: 0x7fffffff })))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => walk(makeBatch({ records: one, lastOffsetDelta: 1 })))).toBe('CORRUPT_BATCH')
    expect(
      codeOf(() =>
        walk(
          makeBatch({
            records: [one[1], one[0]].filter((record) => record !== undefined),
            lastOffsetDelta: 5,
          }),
        ),
      ),
    ).toBe('CORRUPT_BATCH')
    expect(codeOf(() => walk(makeBatch({ records: one, baseOffset: 2n ** 53n })))).toBe('OFFSET_TOO_LARGE')
  })

  test('numbers that do not end are corrupt', () => {
    const endless = Buffer.alloc(60, 0xff)
    expect(codeOf(() => walk(frame({ records: plainRecords(1) }, endless)))).toBe('CORRUPT_BATCH')
    const body = Buffer.concat([
      Buffer.of(0),
      Buffer.alloc(11, 0x80),
      varint(0),
      varint(-1),
      varint(-1),
      varint(0),
    ])
    expect(
      codeOf(() => walk(frame({ records: plainRecords(1) }, Buffer.concat([varint(body.length), body])))),
    ).toBe('CORRUPT_BATCH')
  })
})
