/** What the codecs of a batch give back, and what bombs and damage come to. What real producers pack is in test/kafka/. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { snappyCompress } from 'hysnappy'
import { compressFrameSync } from 'lz4-napi'
import { describe, expect, test } from 'vitest'
import { inflate } from '../../log/codec.ts'
import { LogError } from '../../log/errors.ts'
import fixtures from '../fixtures/packed.json' with { type: 'json' }

const GZIP = 1
const SNAPPY = 2
const LZ4 = 3
const ZSTD = 4
const MB = 1024 * 1024
const unpack = (codec: number, packed: Buffer, maxBytes = 8 * MB): Buffer =>
  inflate(codec, packed, maxBytes, 42)

function codeOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof LogError) return error.code
    throw error
  }
}

/** The frames of snappy-java. */
function javaSnappy(plain: Buffer, chunkBytes: number): Buffer {
  const parts: Uint8Array[] = [Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')]
  for (let at = 0; at < plain.length; at += chunkBytes) {
    const block = snappyCompress(plain.subarray(at, at + chunkBytes))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** Blocks as they are, or one byte many times; that much of the format is written in a few lines. */
function zstdBlock(content: Buffer | { byte: number; times: number }, isLast: boolean): Buffer {
  const [type, size, body] =
    'byte' in content ? [1, content.times, Buffer.of(content.byte)] : [0, content.length, content]
  const head = Buffer.alloc(3)
  head.writeUIntLE((isLast ? 1 : 0) | (type << 1) | (size << 3), 0, 3)
  return Buffer.concat([head, body])
}
const zstdFrame = (blocks: Parameters<typeof zstdBlock>[0][], windowByte = 0x38): Buffer =>
  Buffer.concat([
    ZSTD_MAGIC,
    Buffer.of(0, windowByte),
    ...blocks.map((block, at) => zstdBlock(block, at === blocks.length - 1)),
  ])

// Runs and noise by turns: what compresses well, what does not.
const plain = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.tuple(fc.nat(255), fc.nat(90_000)).map(([byte, times]) => new Uint8Array(times).fill(byte)),
      fc.nat(70_000).map((size) => randomBytes(size)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts))

const packers: [string, number, (plain: Buffer, chunkBytes: number) => Buffer][] = [
  ['gzip', GZIP, (bytes) => gzipSync(bytes)],
  ['snappy', SNAPPY, (bytes) => Buffer.from(snappyCompress(bytes))],
  ['snappy of java', SNAPPY, javaSnappy],
  ['lz4', LZ4, (bytes) => compressFrameSync(bytes)],
  [
    'lz4 with checksums',
    LZ4,
    (bytes) => compressFrameSync(bytes, { blockChecksums: true, contentChecksum: true }),
  ],
  [
    'lz4, frames in a row',
    LZ4,
    (bytes, chunk) =>
      Buffer.concat([compressFrameSync(bytes.subarray(0, chunk)), compressFrameSync(bytes.subarray(chunk))]),
  ],
]

describe('round trips', () => {
  test.each(packers)('%s', (_, codec, pack) => {
    fc.assert(
      fc.property(plain, fc.integer({ min: 1, max: 100_000 }), (bytes, chunkBytes) => {
        const chunk = Math.max(chunkBytes, Math.ceil(bytes.length / 500))
        expect(unpack(codec, pack(bytes, chunk)).equals(bytes)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('zstd, stored and repeated blocks, frames in a row, a piece to skip between them', () => {
    const blocks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
        fc.record({ byte: fc.nat(255), times: fc.nat(131_072) }),
      ),
      { minLength: 1, maxLength: 8 },
    )
    const content = (block: Buffer | { byte: number; times: number }): Buffer =>
      'byte' in block ? Buffer.alloc(block.times, block.byte) : block
    fc.assert(
      fc.property(blocks, blocks, (one, two) => {
        const packed = Buffer.concat([
          zstdFrame(one),
          Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]),
          zstdFrame(two),
        ])
        expect(unpack(ZSTD, packed).equals(Buffer.concat([...one, ...two].map(content)))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('what the tools of lz4 and zstd wrote: linked blocks, declared sizes, checksums', () => {
    const lines = (count: number): string =>
      Array.from(
        { length: count },
        (_, i) => `{"n":${i},"path":"/a/${(i * 7) % 23}","ok":${i % 3 === 0}}\n`,
      ).join('')
    const from = (name: keyof typeof fixtures): Buffer => Buffer.from(fixtures[name], 'base64')
    expect(unpack(ZSTD, from('zstd')).toString()).toBe(lines(120))
    expect(unpack(ZSTD, from('zstdStream')).toString()).toBe(lines(40).repeat(60))
    expect(unpack(LZ4, from('lz4Linked')).toString()).toBe(lines(40).repeat(60))
    expect(unpack(LZ4, from('lz4Sized')).toString()).toBe(lines(40))
  })
})

describe('bombs', () => {
  const zeros = Buffer.alloc(80 * MB)
  const bombs: [string, number, Buffer][] = [
    ...packers.map(([name, codec, pack]): [string, number, Buffer] => [name, codec, pack(zeros, 32_768)]),
    ['zstd', ZSTD, zstdFrame(Array.from({ length: 640 }, () => ({ byte: 0, times: 131_072 })))],
  ]
  test.each(bombs)('%s: stopped at the limit, and read below it', (_, codec, packed) => {
    expect(codeOf(() => unpack(codec, packed, 64 * MB))).toBe('INFLATED_TOO_LARGE')
    expect(codeOf(() => unpack(codec, packed, 80 * MB - 1))).toBe('INFLATED_TOO_LARGE')
    expect(unpack(codec, packed, 80 * MB).length).toBe(80 * MB)
  })

  test('a size that is only promised is not believed, and nothing is allocated for it', () => {
    const before = process.memoryUsage().arrayBuffers
    const long = (bytes: number[]): Buffer => Buffer.concat([Buffer.from(bytes), Buffer.alloc(64)])
    // 2^32 - 1 in the head of a block of snappy; as much as fits the limit is still more than 66 bytes can become.
    expect(codeOf(() => unpack(SNAPPY, long([0xff, 0xff, 0xff, 0xff, 0x0f])))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => unpack(SNAPPY, long([0x80, 0x80, 0x80, 0x01])))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => unpack(LZ4, long([0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 0, 0, 0, 0, 1])))).toBe(
      'INFLATED_TOO_LARGE',
    )
    expect(codeOf(() => unpack(ZSTD, long([...ZSTD_MAGIC, 0xa0, 0, 0, 0, 0x7f, 1, 0, 0])))).toBe(
      'INFLATED_TOO_LARGE',
    ) // content of 2 GB
    expect(codeOf(() => unpack(ZSTD, zstdFrame([Buffer.from('x')], 0xa8)))).toBe('INFLATED_TOO_LARGE') // window of 2 GB
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MB)
  })

  test('blocks of nothing are bounded work', () => {
    const tiny = Array.from({ length: 100_000 }, () => Buffer.of(1))
    const startedMs = performance.now()
    const code = codeOf(() => unpack(ZSTD, zstdFrame(tiny, 0x68), 64 * MB)) // under a window of 8 MB
    expect([null, 'INFLATED_TOO_LARGE']).toContain(code) // Node's own decoder takes it in its stride
    const frames = Buffer.concat(Array.from({ length: 20_000 }, () => zstdFrame([Buffer.of(1)], 0x68)))
    expect([null, 'INFLATED_TOO_LARGE', 'CORRUPT_BATCH']).toContain(
      codeOf(() => unpack(ZSTD, frames, 64 * MB)),
    )
    const blocks = Array.from({ length: 100_000 }, () => Buffer.from([2, 0, 0, 0, 0x10, 65]))
    const lz4 = Buffer.concat([
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]),
      ...blocks,
      Buffer.alloc(4),
    ]) // linked, 4 MB each
    expect(unpack(LZ4, lz4, 64 * MB).length).toBe(100_000)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })
})

describe('damage', () => {
  const text = Buffer.from('the quick brown fox '.repeat(400))
  const samples: [string, number, Buffer][] = [
    ...packers.map(([name, codec, pack]): [string, number, Buffer] => [name, codec, pack(text, 3_000)]),
    ['zstd', ZSTD, Buffer.from(fixtures.zstd, 'base64')],
    ['zstd without a checksum', ZSTD, Buffer.from(fixtures.zstdStream, 'base64')],
    ['lz4, linked', LZ4, Buffer.from(fixtures.lz4Linked, 'base64')],
  ]

  test.each(samples)('%s cut off at any byte is corrupt', (name, codec, packed) => {
    const whole = unpack(codec, packed)
    const places =
      packed.length < 700
        ? packed.keys()
        : Array.from({ length: 500 }, (_, at) => Math.floor((at * packed.length) / 500))
    for (const length of places) {
      let out: Buffer | null = null
      const code = codeOf(() => (out = unpack(codec, packed.subarray(0, length))))
      // Formats that are a row of wholes may be cut between two: then it is the beginning, which the walk finds too short.
      if (code === null)
        expect([name, out!.length < whole.length && whole.subarray(0, out!.length).equals(out!)]).toEqual([
          name,
          true,
        ])
      else expect([name, code]).toEqual([name, 'CORRUPT_BATCH'])
    }
  })

  test.each(samples)(
    '%s with bytes changed: an error of ours or other bytes, at once',
    (_, codec, packed) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
          (changes) => {
            const damaged = Buffer.from(packed)
            for (const [at, byte] of changes) damaged[at] = byte
            expect([null, 'CORRUPT_BATCH', 'INFLATED_TOO_LARGE']).toContain(
              codeOf(() => unpack(codec, damaged)),
            )
          },
        ),
        { numRuns: 300 },
      )
    },
  )

  test('noise is corrupt in every codec', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 300 }),
        fc.constantFrom(GZIP, LZ4, ZSTD),
        (noise, codec) => {
          expect(codeOf(() => unpack(codec, Buffer.from(noise)))).toBe('CORRUPT_BATCH')
        },
      ),
    )
    expect(codeOf(() => unpack(7, Buffer.alloc(9)))).toBe('CORRUPT_BATCH')
  })
})
