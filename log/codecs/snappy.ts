/**
 * Snappy, in its two clothes: one raw block (librdkafka, Go), or the frames of snappy-java, which Java's producers write: a header
 * of 16 bytes that begins with `\x82SNAPPY\0`, then blocks, each behind its length as int32.
 * Every block begins with the size it becomes, so the whole is measured before anything is allocated.
 */
import { snappyUncompressor } from 'hysnappy'
import { within } from './limit.ts'

const JAVA_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1')
const JAVA_HEADER_BYTES = 16
/** The format's best: 3 bytes that copy 64. A block that promises more lies. */
const MOST_GROWTH = 22

/** WebAssembly, made at the first batch: its memory grows to the widest block and stays. */
let uncompress: ReturnType<typeof snappyUncompressor> | null = null

export function inflateSnappy(packed: Buffer, maxBytes: number): Buffer {
  uncompress ??= snappyUncompressor()
  const blocks = packed.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC) ? javaBlocks(packed) : [packed]
  const sizes = blocks.map(promisedBytes)
  const total = sizes.reduce((sum, bytes) => within(sum + bytes, maxBytes), 0)
  const out = Buffer.allocUnsafe(total)
  let at = 0
  for (const [i, block] of blocks.entries()) {
    out.set(uncompress(block, sizes[i]!), at)
    at += sizes[i]!
  }
  return out
}

/** Streams written one behind the other are read as one, as Java does. */
function javaBlocks(packed: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = 0; at < packed.length; ) {
    if (packed.subarray(at, at + JAVA_MAGIC.length).equals(JAVA_MAGIC)) {
      at += JAVA_HEADER_BYTES
      if (at > packed.length) throw new Error('a header that is cut off')
      continue
    }
    const end = at + 4 + packed.readInt32BE(at)
    if (end <= at + 4 || end > packed.length) throw new Error('a block longer than its batch')
    blocks.push(packed.subarray(at + 4, end))
    at = end
  }
  return blocks
}

/** The varint at the head of a block. */
function promisedBytes(block: Buffer): number {
  let bytes = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    bytes += (byte & 0x7f) * 128 ** at
    if (byte >= 0x80) continue
    if (bytes > block.length * MOST_GROWTH) throw new Error(`${block.length} bytes that promise ${bytes}`)
    return bytes
  }
  throw new Error('no length at the head of a block')
}
