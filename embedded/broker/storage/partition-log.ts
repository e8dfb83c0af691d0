import { mkdir, readdir } from 'node:fs/promises'
import { BrokerError } from '../protocol/errors.ts'
import { stamp, type BatchHeader } from '../protocol/record-batch.ts'
import { firstTimeIn, type TimedOffset } from './first-time.ts'
import { readLogStart, writeLogStart } from './log-start.ts'
import { Producers } from './producers.ts'
import { countExpired, isExpired, type Retention } from './retention.ts'
import { baseOffsetOf, Segment } from './segment.ts'
import { WriteQueue } from './write-queue.ts'
import { UnusableDataFolder } from '../../data-folder.ts'

/** What may change while the partition is open. */
export interface PartitionSettings {
  /** A segment that would grow past this is followed by a new one. */
  readonly segmentBytes: number
  /** True = the broker's clock is each record's time; false = the producer's. */
  readonly stampsTime: boolean
}

export interface PartitionOptions extends PartitionSettings {
  /** True = an append waits for the disk, false = it waits for the operating system. */
  readonly syncsEachAppend: boolean
  readonly log: (line: string) => void
}

/** Where a batch was written. */
export interface Appended {
  readonly baseOffset: number
  /** ms; -1 when the producer's times stand. */
  readonly appendTimeMs: number
}

interface Waiting {
  readonly batch: Buffer
  readonly header: BatchHeader
  readonly youngestMs: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** One partition on disk: appends in order, many waiting ones in one write; reads by offset and by time. */
export class PartitionLog {
  readonly name: string
  readonly #dir: string
  #options: PartitionOptions
  readonly #segments: Segment[] = []
  readonly #producers = new Producers()
  readonly #listeners = new Set<() => void>()
  readonly #queue = new WriteQueue<Waiting>((group, bytes) => this.#writeGroup(group, bytes))
  #endOffset = 0
  /** Records below this were deleted by request. */
  #deletedTo = 0
  #deleting: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(name: string, dir: string, options: PartitionOptions) {
    this.name = name
    this.#dir = dir
    this.#options = options
  }

  /** Opens or creates a partition: reads all its headers, checks the newest segment to the byte and cuts a torn tail. */
  static async open(name: string, dir: string, options: PartitionOptions): Promise<PartitionLog> {
    const log = new PartitionLog(name, dir, options)
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const bases = (await readdir(dir))
      .map(baseOffsetOf)
      .filter((base) => base !== null)
      .sort((a, b) => a - b)
    for (const [i, base] of bases.entries()) await log.#load(base, i === bases.length - 1)
    if (bases.length === 0) log.#segments.push(await Segment.open(dir, 0))
    log.#deletedTo = Math.min(await readLogStart(dir), log.#endOffset)
    await log.#dropDeleted()
    return log
  }

  async #load(base: number, isLast: boolean): Promise<void> {
    const segment = await Segment.open(this.#dir, base)
    if (this.#segments.length > 0 && base !== this.#endOffset) {
      throw new UnusableDataFolder(
        `${segment.path} begins at offset ${base}, but the segment before it ends at ${this.#endOffset}: a segment is missing or damaged`,
      )
    }
    const scan = await segment.load(isLast, (h) =>
      this.#producers.note(h, h.baseOffset, h.isLogAppendTime ? h.maxTimestampMs : -1),
    )
    if (scan.damage !== null) {
      const lost = segment.sizeBytes - scan.endBytes
      // Damage with newer segments behind it is no torn tail. Cutting there would throw away good records: a person decides.
      if (!isLast)
        throw new UnusableDataFolder(
          `${segment.path} is damaged at byte ${scan.endBytes} (${scan.damage}) and newer segments follow it; restore it or move the partition away`,
        )
      await segment.truncate(scan.endBytes)
      this.#options.log(
        `${this.name}: cut ${lost} bytes off the end of ${segment.path}, the log now ends at offset ${scan.nextOffset} (${scan.damage})`,
      )
    }
    this.#segments.push(segment)
    this.#endOffset = scan.nextOffset
  }

  get startOffset(): number {
    return Math.max(this.#segments[0]!.baseOffset, this.#deletedTo)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  configure(settings: PartitionSettings): void {
    this.#options = { ...this.#options, ...settings }
  }

  /** The offset the next record will get. */
  get endOffset(): number {
    return this.#endOffset
  }

  get #active(): Segment {
    return this.#segments.at(-1)!
  }

  /**
   * Appends one checked batch whose youngest record is of `youngestMs`; resolves when the operating system (or the disk, if so
   * configured) has it. Rejects with `BrokerError`.
   */
  append(batch: Buffer, header: BatchHeader, youngestMs = header.maxTimestampMs): Promise<Appended> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `${this.name} is closed`))
      this.#queue.push({ batch, header, youngestMs, resolve, reject })
    })
  }

  /** Gives each batch its offset in order of arrival and writes them together. All of the group lands, or none of it. */
  async #writeGroup(group: readonly Waiting[], bytes: number): Promise<void> {
    const nowMs = Date.now()
    const { stampsTime } = this.#options
    const appendTimeMs = stampsTime ? nowMs : -1
    const batches: Buffer[] = []
    const done: (() => void)[] = []
    const undo: (() => void)[] = []
    let next = this.#endOffset
    for (const { batch, header, youngestMs, resolve, reject } of group) {
      const verdict = this.#producers.judge(header)
      if (verdict.kind === 'refused') {
        reject(new BrokerError(verdict.error))
        continue
      }
      // A duplicate answers with the rest: its original may be part of this very write.
      const placed = verdict.kind === 'duplicate' ? verdict : { baseOffset: next, appendTimeMs }
      done.push(() => resolve({ baseOffset: placed.baseOffset, appendTimeMs: placed.appendTimeMs }))
      if (verdict.kind === 'duplicate') continue
      stamp(batch, next, stampsTime ? nowMs : null, youngestMs)
      undo.push(this.#producers.note(header, next, appendTimeMs))
      batches.push(batch)
      next += header.count
    }
    try {
      if (batches.length > 0) {
        if (this.#active.sizeBytes > 0 && this.#active.sizeBytes + bytes > this.#options.segmentBytes)
          await this.#roll()
        await this.#active.append(batches)
        this.#endOffset = next
        if (this.#options.syncsEachAppend) await this.#active.sync()
      }
    } catch (error) {
      if (this.#endOffset !== next) for (const takeBack of undo.toReversed()) takeBack()
      this.#options.log(`${this.name}: a write of ${bytes} bytes failed: ${String(error)}`)
      for (const { reject } of group) reject(new BrokerError('KAFKA_STORAGE_ERROR', String(error)))
      return
    }
    for (const settle of done) settle()
    for (const listener of this.#listeners) listener()
  }

  async #roll(): Promise<void> {
    // A segment that has a successor is never checked again, so it must be on the disk before it gets one.
    await this.#active.sync()
    this.#segments.push(await Segment.open(this.#dir, this.#endOffset))
  }

  /** Calls back after each write, and when the log is closed. Answers how to stop that. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** About how many bytes a reader at `offset` has before it: exact but for one index interval. */
  bytesFrom(offset: number): number {
    if (offset >= this.#endOffset) return 0
    const first = this.#segmentOf(offset)
    return this.#segments
      .slice(first + 1)
      .reduce((sum, segment) => sum + segment.sizeBytes, this.#segments[first]!.bytesFrom(offset))
  }

  /** Whole batches from the one holding `offset`. Throws OFFSET_OUT_OF_RANGE. See `Segment.read` for the limits. */
  async read(offset: number, maxBytes: number, atLeastOne: boolean): Promise<Buffer> {
    const check = (): void => {
      if (this.#closed) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `${this.name} is closed`)
      if (offset < this.startOffset || offset > this.#endOffset) throw new BrokerError('OFFSET_OUT_OF_RANGE')
    }
    check()
    if (offset === this.#endOffset) return Buffer.alloc(0)
    return this.#segments[this.#segmentOf(offset)]!.read(offset, maxBytes, atLeastOne).catch(
      (error: unknown) => {
        check() // the file went away under the read
        throw error
      },
    )
  }

  #segmentOf(offset: number): number {
    return Math.max(
      0,
      this.#segments.findLastIndex((segment) => segment.baseOffset <= offset),
    )
  }

  /** The first record at or after a time, or null when every record is older. */
  async firstAtOrAfter(timeMs: number): Promise<TimedOffset | null> {
    for (const segment of this.#segments.slice()) {
      const found = segment.youngestMs < timeMs ? null : await firstTimeIn(segment, timeMs, this.startOffset)
      if (found !== null) return found
    }
    return null
  }

  /** The first record of the youngest time, or null when there is none. */
  async youngest(): Promise<TimedOffset | null> {
    const times: number[] = []
    for (const segment of this.#segments.slice()) times.push(await segment.youngestFrom(this.startOffset))
    const youngestMs = Math.max(-1, ...times)
    return youngestMs < 0 ? null : this.firstAtOrAfter(youngestMs)
  }

  /**
   * Makes the log begin at `offset` (-1 = at its end) and answers where it begins now; records below it are given to nobody any
   * more, and files that hold no others go. Resolves when that is on the disk. Throws OFFSET_OUT_OF_RANGE.
   */
  deleteBefore(offset: number): Promise<number> {
    const work = this.#deleting
      .catch(() => {})
      .then(async () => {
        const target = offset === -1 ? this.#endOffset : offset
        if (target < 0 || target > this.#endOffset)
          throw new BrokerError('OFFSET_OUT_OF_RANGE', `${this.name} ends at ${this.#endOffset}`)
        if (target <= this.startOffset) return this.startOffset
        await this.#active.sync() // a log that begins past its end after a crash would give offsets twice
        await writeLogStart(this.#dir, target)
        this.#deletedTo = target
        this.#options.log(`${this.name}: records below ${target} are deleted by request`)
        await this.#dropDeleted()
        return target
      })
    this.#deleting = work
    return work
  }

  async #dropDeleted(): Promise<void> {
    const firstKept = this.#segments.findLastIndex((segment) => segment.baseOffset <= this.#deletedTo)
    for (const segment of this.#segments.splice(0, Math.max(0, firstKept))) await segment.remove()
  }

  /** Removes segments that are wholly past the retention, oldest first; an active one that is too old is closed first. */
  async retire(retention: Retention, nowMs: number): Promise<void> {
    await this.#queue.written.catch(() => {})
    if (this.#closed) return
    // Who writes again already makes the active segment young.
    if (isExpired(this.#active, retention, nowMs) && !this.#queue.isWriting) {
      this.#queue.begin(() => this.#roll())
      await this.#queue.written
    }
    for (const segment of this.#segments.splice(0, countExpired(this.#segments, retention, nowMs))) {
      this.#options.log(`${this.name}: retention removes ${segment.path} (${segment.sizeBytes} bytes)`)
      await segment.remove()
    }
  }

  sync(): Promise<void> {
    return this.#active.sync()
  }

  /** Finishes what is waiting, brings it to the disk and closes the files. */
  async close(): Promise<void> {
    this.#closed = true
    for (const listener of this.#listeners) listener()
    await this.#deleting.catch(() => {})
    await this.#queue.written.catch(() => {}) // whoever waited for it has been told
    await this.#active.sync()
    for (const segment of this.#segments) await segment.close()
  }
}
