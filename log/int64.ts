import { LogError } from './errors.ts'

/** The number in 8 bytes, big endian, signed. Past 2^53 it is rounded: good for times, not for offsets. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 4294967296 + bytes.readUInt32BE(at + 4)
}

/** An offset. Errors: OFFSET_TOO_LARGE. */
export function readOffset(bytes: Buffer, at: number): number {
  const offset = readInt64(bytes, at)
  if (!Number.isSafeInteger(offset))
    throw new LogError('OFFSET_TOO_LARGE', `${bytes.readBigInt64BE(at)} cannot be held exactly`)
  return offset
}
