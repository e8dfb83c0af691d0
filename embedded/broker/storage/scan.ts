import {
  BATCH_HEADER_BYTES,
  batchSizeAt,
  checksumHolds,
  formatAt,
  readHeader,
  type BatchHeader,
} from '../protocol/record-batch.ts'
import type { AppendFile } from './append-file.ts'

/** Bytes read at once while only headers are wanted; a batch larger than this is stepped over. */
const WINDOW_BYTES = 64 * 1024

export interface Scan {
  /** Where the good bytes end. */
  readonly endBytes: number
  readonly nextOffset: number
  /** Why the scan stopped before the end of the file, or null when it did not. */
  readonly damage: string | null
}

/**
 * Walks the batches of a segment in order, telling each header, and stops at the first thing that is not the next batch of
 * this log: a torn tail, a failed checksum (when `verify`), a hole in the offsets.
 */
export async function scanSegment(
  file: AppendFile,
  baseOffset: number,
  verify: boolean,
  tell: (header: BatchHeader, position: number) => void,
): Promise<Scan> {
  let at = 0
  let expected = baseOffset
  let window: Buffer = Buffer.alloc(0)
  let windowAt = 0
  const need = async (bytes: number): Promise<boolean> => {
    if (at >= windowAt && at + bytes <= windowAt + window.length) return true
    window = await file.read(at, Math.max(bytes, WINDOW_BYTES))
    windowAt = at
    return window.length >= bytes
  }
  const stop = (damage: string | null): Scan => ({ endBytes: at, nextOffset: expected, damage })
  while (at < file.sizeBytes) {
    if (!(await need(BATCH_HEADER_BYTES))) return stop('the last batch is cut inside its header')
    const size = batchSizeAt(window, at - windowAt)
    if (size < BATCH_HEADER_BYTES) return stop(`a batch claims ${size} bytes`)
    if (size > file.sizeBytes - at) return stop('the last batch is cut short')
    if (formatAt(window, at - windowAt) !== 2) return stop('there are bytes that are no record batch')
    if (verify) {
      await need(size)
      if (!checksumHolds(window.subarray(at - windowAt, at - windowAt + size)))
        return stop('a batch fails its checksum')
    }
    const header = readHeader(window, at - windowAt)
    if (header.baseOffset !== expected)
      return stop(`offset ${expected} was expected, ${header.baseOffset} found`)
    if (header.lastOffset < header.baseOffset) return stop('a batch ends before it begins')
    tell(header, at)
    at += size
    expected = header.lastOffset + 1
  }
  return stop(null)
}
