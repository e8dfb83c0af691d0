/**
 * Zstandard: by Node itself from 22.15 on, else by fzstd. Sizes that frames declare are judged before either sees them.
 * fzstd keeps a window in memory and moves it once a block, so a frame of many tiny blocks under a wide window would cost hours:
 * blocks times window has a limit too. What encoders write stays far below it.
 */
import { createRequire } from 'node:module'
import * as zlib from 'node:zlib'
import { GrowsPast, within } from './limit.ts'

const MAGIC = 0xfd2fb528
const SKIPPED_MAGIC = 0x184d2a50
const MOST_MOVED_BYTES = 16 * 1024 ** 3

type Native = (frame: Buffer, options: { maxOutputLength: number }) => Buffer
interface Fzstd {
  Decompress: new (take: (chunk: Uint8Array) => void) => { push(frame: Uint8Array, isLast: boolean): void }
}
let fzstd: Fzstd | null = null

interface Frame {
  bytes: Buffer
  /** What a reader that moves its window once a block moves in all. */
  movedBytes: number
}

export function inflateZstd(packed: Buffer, maxBytes: number): Buffer {
  const native = (zlib as { zstdDecompressSync?: Native }).zstdDecompressSync
  const frames = readFrames(packed, maxBytes)
  if (native === undefined)
    within(
      frames.reduce((sum, { movedBytes }) => sum + movedBytes, 0),
      MOST_MOVED_BYTES,
    )
  const chunks: Uint8Array[] = []
  let total = 0
  const take = (chunk: Uint8Array): void => {
    total = within(total + chunk.length, maxBytes)
    chunks.push(chunk)
  }
  // One by one: Node's own function reads the first of several frames, and leaves the others without a word.
  for (const { bytes } of frames) {
    if (native === undefined) inScript(bytes, take)
    else take(natively(native, bytes, maxBytes - total))
  }
  return Buffer.concat(chunks, total)
}

function natively(native: Native, frame: Buffer, maxBytes: number): Buffer {
  try {
    return native(frame, { maxOutputLength: Math.max(1, maxBytes) }) // 0 would not be taken for a limit
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new GrowsPast()
    throw error
  }
}

function inScript(frame: Buffer, take: (chunk: Uint8Array) => void): void {
  fzstd ??= createRequire(import.meta.url)('fzstd') as Fzstd
  new fzstd.Decompress(take).push(frame, true)
}

/** Cuts the data into frames by the lengths of their blocks; pieces to be skipped are left out. */
function readFrames(packed: Buffer, maxBytes: number): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < packed.length; ) {
    const magic = packed.readUInt32LE(at)
    const start = at
    if ((magic & ~0xf) === SKIPPED_MAGIC) at += 8 + packed.readUInt32LE(at + 4)
    else if (magic === MAGIC) {
      const { end, windowBytes, blocks } = readFrame(packed, at, maxBytes)
      at = end
      frames.push({ bytes: packed.subarray(start, end), movedBytes: windowBytes * blocks })
    } else throw new Error('no zstd frame')
    if (at > packed.length) throw new Error('a frame that is cut off')
  }
  return frames
}

/** Frame: magic, descriptor, [window], [dictionary], [content size], blocks of a 3-byte head each, [checksum]. */
function readFrame(
  packed: Buffer,
  start: number,
  maxBytes: number,
): { end: number; windowBytes: number; blocks: number } {
  const flags = packed.readUInt8(start + 4)
  const isSingle = (flags & 0x20) !== 0
  if ((flags & 0x08) !== 0 || (flags & 0x03) !== 0)
    throw new Error('a zstd frame of another version, or one that needs a dictionary')
  const sizeAt = start + (isSingle ? 5 : 6)
  const contentBytes = contentSize(packed, sizeAt, flags >> 6, isSingle)
  const windowBytes = isSingle ? (contentBytes.value ?? 0) : windowSize(packed.readUInt8(start + 5))
  within(Math.max(contentBytes.value ?? 0, windowBytes), maxBytes)
  let at = sizeAt + contentBytes.width
  for (let blocks = 1; ; blocks++) {
    const head = packed.readUIntLE(at, 3)
    const type = (head >> 1) & 0x03
    if (type === 3) throw new Error('a zstd block of no known type')
    at += 3 + (type === 1 ? 1 : head >> 3)
    if ((head & 1) === 1) return { end: at + ((flags & 0x04) !== 0 ? 4 : 0), windowBytes, blocks }
  }
}

/** Null where the frame does not say. */
function contentSize(
  packed: Buffer,
  at: number,
  code: number,
  isSingle: boolean,
): { value: number | null; width: number } {
  if (code === 0) return isSingle ? { value: packed.readUInt8(at), width: 1 } : { value: null, width: 0 }
  if (code === 1) return { value: packed.readUInt16LE(at) + 256, width: 2 }
  if (code === 2) return { value: packed.readUInt32LE(at), width: 4 }
  return { value: Number(packed.readBigUInt64LE(at)), width: 8 }
}

/** Exponent and eighths. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 0x07)
}
