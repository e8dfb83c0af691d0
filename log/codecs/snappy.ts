/**
 * Snappy, in its two clothes: one raw block (librdkafka, Go), or the frames of snappy-java, which Java's producers write: a header
 * of 16 bytes that begins with `\x82SNAPPY\0`, then blocks, each behind its length as int32.
 * Every block begins with the size it becomes, so the whole is measured before anything is allocated.
 */
import { createRequire } from 'node:module'
import { within } from './limit.ts'

const JAVA_MAGIC = Buffer.from('\x82SNAPPY\0', 'latin1')
const JAVA_HEADER_BYTES = 16
/** The format's best: 3 bytes that copy 64. A block that promises more lies. */
const MOST_GROWTH = 22

type Snappy = { uncompressSync(block: Buffer): Buffer | string }
let snappy: Snappy | null = null

export function inflateSnappy(packed: Buffer, maxBytes: number): Buffer {
  snappy ??= createRequire(import.meta.url)('snappy') as Snappy
  const blocks = packed.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC) ? javaBlocks(packed) : [packed]
  let total = 0
  for (const block of blocks) total = within(total + promisedBytes(block), maxBytes)
  const out = Buffer.allocUnsafe(total)
  let at = 0
  for (const block of blocks) {
    const plain = snappy.uncompressSync(block)
    if (typeof plain === 'string') throw new Error('text came out where bytes should')
    at += plain.copy(out, at)
  }
  return out.subarray(0, at)
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
