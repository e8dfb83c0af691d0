/**
 * LZ4 frames. The library reads a whole frame without a limit, or one block into as much room as it is told: so the frame is cut
 * into its blocks here, and each is given the least of what it can become and what is left.
 * Frame: magic, flags, block size, [content size int64], header checksum; blocks, each behind its length; 0; [checksum].
 * Checksums inside are passed over: the checksum of the batch covers all of it.
 */
import { createRequire } from 'node:module'
import { GrowsPast, within } from './limit.ts'

const MAGIC = 0x184d2204
const SKIPPED_MAGIC = 0x184d2a50
const VERSION_1 = 1
/** By the number in the block size byte; the first four are not in use. */
const BLOCK_BYTES = [0, 0, 0, 0, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024]
const STORED = 0x80000000
/** The format's best: a byte more for 255 bytes more, and a little to begin with. */
const MOST_GROWTH = 255
const HEAD_START_BYTES = 64
/** How far back a block may reach into those before it. */
const HISTORY_BYTES = 64 * 1024

type Lz4 = { uncompressSync(sized: Buffer, history?: Buffer): Buffer }
let lz4: Lz4 | null = null

interface Block {
  bytes: Buffer
  stored: boolean
  /** The block may copy from what lies before it in its frame. */
  linked: boolean
  mostBytes: number
}

export function inflateLz4(packed: Buffer, maxBytes: number): Buffer {
  lz4 ??= createRequire(import.meta.url)('lz4-napi') as Lz4
  const blocks = readFrames(packed, maxBytes)
  const room = blocks.reduce((sum, { mostBytes }) => sum + mostBytes, 0)
  const out = Buffer.allocUnsafe(Math.min(room, maxBytes))
  let at = 0
  for (const { bytes, stored, linked, mostBytes } of blocks) {
    const plain = stored
      ? bytes
      : lz4.uncompressSync(
          sized(bytes, mostBytes),
          linked ? out.subarray(Math.max(0, at - HISTORY_BYTES), at) : undefined,
        )
    if (at + plain.length > maxBytes) throw new GrowsPast()
    at += plain.copy(out, at)
  }
  return out.subarray(0, at)
}

/** Frames may follow each other; so may pieces to be skipped. */
function readFrames(packed: Buffer, maxBytes: number): Block[] {
  const blocks: Block[] = []
  for (let at = 0; at < packed.length; ) {
    const magic = packed.readUInt32LE(at)
    if ((magic & ~0xf) === SKIPPED_MAGIC) at += 8 + packed.readUInt32LE(at + 4)
    else if (magic === MAGIC) at = readFrame(packed, at + 4, maxBytes, blocks)
    else throw new Error('no LZ4 frame')
    if (at > packed.length) throw new Error('a frame that is cut off')
  }
  return blocks
}

/** Answers where the frame ends. A read past the data throws RangeError. */
function readFrame(packed: Buffer, start: number, maxBytes: number, blocks: Block[]): number {
  const flags = packed.readUInt8(start)
  if (flags >> 6 !== VERSION_1 || (flags & 0x01) !== 0)
    throw new Error('an LZ4 frame of another version, or one that needs a dictionary')
  const blockBytes = BLOCK_BYTES[(packed.readUInt8(start + 1) >> 4) & 0x07] ?? 0
  if (blockBytes === 0) throw new Error('an LZ4 frame with a block size that is none')
  const has = (bit: number): boolean => (flags & bit) !== 0
  if (has(0x08)) within(Number(packed.readBigUInt64LE(start + 2)), maxBytes)
  const linked = !has(0x20)
  let at = start + 2 + (has(0x08) ? 8 : 0) + 1
  for (let isFirst = true; ; isFirst = false) {
    const length = packed.readUInt32LE(at)
    at += 4
    if (length === 0) return at + (has(0x04) ? 4 : 0)
    const stored = length >= STORED
    const bytes = packed.subarray(at, (at += stored ? length - STORED : length))
    if (at > packed.length || bytes.length > blockBytes) throw new Error('a block longer than it may be')
    const mostBytes = stored
      ? bytes.length
      : Math.min(blockBytes, bytes.length * MOST_GROWTH + HEAD_START_BYTES)
    blocks.push({ bytes, stored, linked: linked && !isFirst, mostBytes })
    if (has(0x10)) at += 4
  }
}

/** The form the library takes a block in: behind the room it may fill, int32. */
function sized(block: Buffer, roomBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(4 + block.length)
  bytes.writeUInt32LE(roomBytes, 0)
  block.copy(bytes, 4)
  return bytes
}
