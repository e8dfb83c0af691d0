import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { BATCH_HEADER_BYTES, batchSizeAt, readHeader, type BatchHeader } from '../protocol/record-batch.ts'
import { AppendFile } from './append-file.ts'
import { scanSegment, type Scan } from './scan.ts'
import { INDEX_INTERVAL_BYTES, SparseIndex } from './sparse-index.ts'

const SUFFIX = '.log'

/** `00000000000000000042.log`: the name of the segment that begins at offset 42, as Kafka names it. */
export const segmentName = (baseOffset: number): string => `${String(baseOffset).padStart(20, '0')}${SUFFIX}`

/** The base offset in a segment's name, or null when the file is something else. */
export function baseOffsetOf(name: string): number | null {
  return /^\d{20}\.log$/.test(name) ? Number(name.slice(0, -SUFFIX.length)) : null
}

/** One file of a partition: record batches of ascending offsets, one after the other, nothing else. */
export class Segment {
  readonly baseOffset: number
  readonly #file: AppendFile
  readonly #index = new SparseIndex()

  private constructor(baseOffset: number, file: AppendFile) {
    this.baseOffset = baseOffset
    this.#file = file
  }

  static async open(dir: string, baseOffset: number): Promise<Segment> {
    return new Segment(baseOffset, await AppendFile.open(join(dir, segmentName(baseOffset))))
  }

  get path(): string {
    return this.#file.path
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes
  }

  get youngestMs(): number {
    return this.#index.youngestMs
  }

  /** Fills the index from the file. Once, before anything else is asked. */
  load(verify: boolean, tell: (header: BatchHeader) => void): Promise<Scan> {
    return scanSegment(this.#file, this.baseOffset, verify, (header, position) => {
      this.#index.add(header, position)
      tell(header)
    })
  }

  /** Appends batches that are stamped with the next offsets; all or none. */
  async append(batches: readonly Buffer[]): Promise<void> {
    let position = this.#file.sizeBytes
    await this.#file.append(batches)
    for (const batch of batches) {
      this.#index.add(readHeader(batch), position)
      position += batch.length
    }
  }

  /** About how many bytes lie from `offset` to the end: exact but for one index interval. */
  bytesFrom(offset: number): number {
    return this.#file.sizeBytes - this.#index.positionForOffset(offset)
  }

  /**
   * Whole batches from the one that holds `offset`, at most `maxBytes` of them; when the first is larger it comes alone if
   * `atLeastOne`, else the answer is empty. Empty too when the offset lies past the segment.
   */
  async read(offset: number, maxBytes: number, atLeastOne: boolean): Promise<Buffer> {
    const from = this.#index.positionForOffset(offset)
    // The batch sought begins less than one interval after its index entry.
    const window = await this.#file.read(from, maxBytes + INDEX_INTERVAL_BYTES + BATCH_HEADER_BYTES)
    let at = 0
    while (at + BATCH_HEADER_BYTES <= window.length) {
      const header = readHeader(window, at)
      if (header.lastOffset < offset) at += header.sizeBytes
      else if (header.sizeBytes <= maxBytes) return wholeBatches(window.subarray(at), maxBytes)
      else return atLeastOne ? this.#file.read(from + at, header.sizeBytes) : Buffer.alloc(0)
    }
    return Buffer.alloc(0)
  }

  /** Calls `tell` for the batches at or after the first that may be as young as `timeMs`, until it returns false. */
  async walkFromTime(
    timeMs: number,
    tell: (header: BatchHeader, read: () => Promise<Buffer>) => Promise<boolean>,
  ): Promise<void> {
    let at = this.#index.positionForTime(timeMs)
    while (at < this.#file.sizeBytes) {
      const position = at
      const header = readHeader(await this.#file.read(position, BATCH_HEADER_BYTES))
      if (!(await tell(header, () => this.#file.read(position, header.sizeBytes)))) return
      at += header.sizeBytes
    }
  }

  /** The youngest time among the batches that reach `offset`, ms; -1 when there is none. */
  async youngestFrom(offset: number): Promise<number> {
    if (offset <= this.baseOffset) return this.youngestMs
    let youngestMs = -1
    for (let at = this.#index.positionForOffset(offset); at < this.#file.sizeBytes; ) {
      const header = readHeader(await this.#file.read(at, BATCH_HEADER_BYTES))
      if (header.lastOffset >= offset) youngestMs = Math.max(youngestMs, header.maxTimestampMs)
      at += header.sizeBytes
    }
    return youngestMs
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes)
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async remove(): Promise<void> {
    await this.#file.close()
    await unlink(this.path)
  }
}

/** As many whole batches as fit into `maxBytes`. */
function wholeBatches(bytes: Buffer, maxBytes: number): Buffer {
  let end = 0
  for (;;) {
    const size = batchSizeAt(bytes, end)
    if (size === 0 || end + size > bytes.length || end + size > maxBytes) return bytes.subarray(0, end)
    end += size
  }
}
