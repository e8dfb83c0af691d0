/** The small pure parts of log/, each against an independent answer. */
import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignSticky, type Claim } from '../../log/assign.ts'
import { crc32c } from '../../log/crc32c.ts'
import { readInt64, readOffset } from '../../log/int64.ts'
import { murmur2, partitionFor } from '../../log/murmur2.ts'

const require = createRequire(import.meta.url)

describe('murmur2', () => {
  test('the answers of Java (Kafka, UtilsTest)', () => {
    const known: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ]
    for (const [key, hash] of known) expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  test("as kafkajs's own partitioner", () => {
    const { DefaultPartitioner } = require('kafkajs/src/producer/partitioners') as {
      DefaultPartitioner: () => (args: object) => number
    }
    const oracle = DefaultPartitioner()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (array, partitions) => {
        const key = Buffer.from(array)
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionId,
          leader: 0,
        }))
        expect(partitionFor(key, partitions)).toBe(
          oracle({ topic: 't', partitionMetadata, message: { key } }),
        )
      }),
    )
  })
})

describe('crc32c', () => {
  test('the answers of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e)
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })

  test('any length and place, as kafkajs computes it', () => {
    const oracle = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (array, from) => {
        const bytes = Buffer.from(array)
        expect(crc32c(bytes, Math.min(from, bytes.length))).toBe(oracle(bytes.subarray(from)) >>> 0)
      }),
    )
  })
})

test('64-bit numbers are exact to 2^53, and offsets never less', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64BE(value)
      const isSafe = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n
      if (isSafe) expect([readInt64(bytes, 0), readOffset(bytes, 0)]).toEqual([Number(value), Number(value)])
      else expect(() => readOffset(bytes, 0)).toThrow('2^53')
    }),
  )
})

describe('sticky assignment', () => {
  const partition = fc.nat(30)
  const claims = fc.uniqueArray(
    fc.record({
      memberId: fc.string({ maxLength: 4 }),
      generation: fc.integer({ min: -1, max: 3 }),
      owned: fc.array(partition, { maxLength: 20 }),
    }),
    { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 8 },
  )
  const partitionCount = fc.nat(25)
  const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
  const claimsAfter = (shares: Map<string, number[]>, generation: number): Claim[] =>
    [...shares].map(([memberId, owned]) => ({ memberId, generation, owned }))

  test('each partition has one owner, and no member two more than another', () => {
    fc.assert(
      fc.property(claims, partitionCount, (given, count) => {
        const shares = assignSticky(given, all(count))
        expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(all(count))
        const sizes = [...shares.values()].map(({ length }) => length)
        expect(shares.size).toBe(given.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('the order of the claims does not matter', () => {
    fc.assert(
      fc.property(claims, partitionCount, fc.func(fc.integer()), (given, count, shuffle) => {
        const other = given.toSorted((a, b) => shuffle(a.memberId) - shuffle(b.memberId))
        expect(new Map(assignSticky(other, all(count)))).toEqual(new Map(assignSticky(given, all(count))))
      }),
    )
  })

  test('a settled group stays; one who leaves moves only what was his', () => {
    fc.assert(
      fc.property(claims, partitionCount, (given, count) => {
        const before = assignSticky(given, all(count))
        expect(assignSticky(claimsAfter(before, 4), all(count))).toEqual(before)
        const [left, ...stay] = claimsAfter(before, 4)
        if (left === undefined || stay.length === 0) return
        const after = assignSticky(stay, all(count))
        for (const { memberId, owned } of stay)
          expect(after.get(memberId)).toEqual(expect.arrayContaining([...owned]))
      }),
    )
  })

  test('one who comes takes his share, and nobody else moves', () => {
    fc.assert(
      fc.property(claims, partitionCount, (given, count) => {
        const before = assignSticky(given, all(count))
        const after = assignSticky(
          [...claimsAfter(before, 4), { memberId: 'the new one', generation: -1, owned: [] }],
          all(count),
        )
        const kept = [...before].map(
          ([memberId, owned]) => owned.filter((one) => after.get(memberId)?.includes(one)).length,
        )
        expect(kept.reduce((sum, one) => sum + one, 0)).toBe(count - (after.get('the new one')?.length ?? 0))
      }),
    )
  })

  test('a partition claimed twice belongs to the later generation', () => {
    const shares = assignSticky(
      [
        { memberId: 'a', generation: 1, owned: [0, 1] },
        { memberId: 'b', generation: 2, owned: [1] },
      ],
      [0, 1],
    )
    expect(shares).toEqual(
      new Map([
        ['a', [0]],
        ['b', [1]],
      ]),
    )
  })

  test('nobody there: nothing is shared', () => {
    expect(assignSticky([], [0, 1]).size).toBe(0)
  })
})
