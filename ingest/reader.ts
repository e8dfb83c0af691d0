/** Raw batches of one partition to decoded records, in log order and without a gap (law L5): what is skipped is handed on as evidence. */
import { DecodedBatch, type SkipKind } from '../model/columns/batch.ts'
import type { RecordReject } from '../model/decode/decode.ts'
import type { JoinedTables } from '../model/joins/joined-tables.ts'
import type { Source } from '../model/definition.ts'
import { addUnread, compileRecordDecoder } from '../model/scan/decoder.ts'
import { MAX_TIMESTAMP_AT } from '../log/batch.ts'
import { LogError } from '../log/errors.ts'
import { readInt64 } from '../log/int64.ts'
import type { Fetched, RawBatch } from '../log/log.ts'
import { openBatch, type RecordCursor } from '../log/walk.ts'
import { Halt } from './halt.ts'

export interface Reader {
  /** Takes a fetch into the queue. */
  push(fetched: Fetched): void
  /** Bytes waiting. */
  readonly waitingBytes: number
  readonly empty: boolean
  /** Offset behind all that was queued: where fetching goes on. */
  readonly queuedTo: number
  /** The next {@link read} throws. */
  readonly isStuck: boolean
  /** What {@link read} fills. */
  readonly batch: DecodedBatch
  /**
   * Empties the batch and fills it with the next records, until it holds `mostSteps` or about `mostEvents`; none when the queue is empty.
   * Throws {@link Halt}, but never before all that is good in front of it was handed out.
   */
  read(mostSteps: number, mostEvents?: number): DecodedBatch
  /** Nobody looks at records of earlier reads any more, only at those of the last one. */
  release(): void
  /** Forgets the queue; the next record wanted is `offset`. */
  restart(offset: number): void
}

/** Where records go. */
export interface RecordSink {
  /** Neither steps nor events are at their bound. */
  readonly hasRoom: boolean
  /** Nothing was added since the reading began. */
  readonly isEmpty: boolean
  /** `tsMs`: NaN where there is none. */
  record(cursor: RecordCursor, tsMs: number): void
  skip(kind: SkipKind, count: number, lastOffset: number): void
  unread(reject: RecordReject, count: number, lastOffset: number, tsMs: number): void
}

/** While a partition is behind, one batch of so many has its checksum tested; while it is not, every one (docs/decisions/checksums.md). */
const VERIFY_EVERY = 32

/** The greatest time that a date can hold. */
const LAST_TIME_MS = 8.64e15

/** A record's timestamp as Kafka keeps it; -1 says that there is none, and so does whatever else is no time. */
function kafkaTime(ms: number): number {
  return ms >= 0 && ms <= LAST_TIME_MS ? ms : NaN
}

/** Records of a source, decoded into a batch of its own. `until`: the first offset that is not read. */
export function createReader(
  source: Source,
  compacted: () => boolean,
  until = Infinity,
  tables: JoinedTables | null = null,
): Reader {
  const queue = new BatchQueue(compacted, until)
  const batch = new DecodedBatch(source)
  batch.tables = tables
  const decode = compileRecordDecoder(source, batch)
  let [mostSteps, mostEvents] = [0, 0]
  const sink: RecordSink = {
    get hasRoom() {
      return batch.steps < mostSteps && batch.events.count < mostEvents
    },
    get isEmpty() {
      return batch.steps === 0
    },
    record: decode,
    skip: (kind, count, lastOffset) => batch.addSkip(kind, count, lastOffset),
    unread: (reject, count, lastOffset, tsMs) => addUnread(batch, reject, count, lastOffset, tsMs),
  }
  return {
    batch,
    push: (fetched) => queue.push(fetched),
    get waitingBytes() {
      return queue.waitingBytes
    },
    get empty() {
      return queue.empty
    },
    get isStuck() {
      return queue.isStuck
    },
    get queuedTo() {
      return queue.queuedTo
    },
    read(steps, events = steps * 4) {
      batch.clear()
      queue.turn()
      ;[mostSteps, mostEvents] = [steps, events]
      queue.read(sink)
      return batch
    },
    release: () => queue.release(),
    restart(offset) {
      batch.clear()
      queue.restart(offset)
    },
  }
}

/** Fetched batches, opened one after the other. */
export class BatchQueue {
  readonly #compacted: () => boolean
  readonly #until: number
  #queue: RawBatch[] = []
  #head = 0
  #wanted = 0
  #logStart = 0
  #waitingBytes = 0
  #stuck: Halt | null = null
  #open: { batch: RawBatch; cursor: RecordCursor } | null = null
  #unverified = VERIFY_EVERY
  /** Read to their ends in earlier reads. */
  #spent: RawBatch[] = []
  /** Taken up since, or open still and then the last of these. */
  #spentNow: RawBatch[] = []

  constructor(compacted: () => boolean, until = Infinity) {
    this.#compacted = compacted
    this.#until = until
  }

  push(fetched: Fetched): void {
    this.#logStart = fetched.logStart
    for (const batch of fetched.batches) {
      if (this.queuedTo >= this.#until) return
      this.#queue.push(batch)
      this.#waitingBytes += batch.bytes.length
    }
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get empty(): boolean {
    return this.#stuck === null && this.#open === null && this.#head >= this.#queue.length
  }

  get isStuck(): boolean {
    return this.#stuck !== null
  }

  get queuedTo(): number {
    return Math.max(this.#wanted, (this.#queue.at(-1)?.lastOffset ?? -1) + 1)
  }

  restart(offset: number): void {
    this.#queue = []
    this.#head = this.#waitingBytes = 0
    this.#open = this.#stuck = null
    this.#spent = []
    this.#spentNow = []
    this.#wanted = offset
    this.#unverified = VERIFY_EVERY // the first one is tested
  }

  /** Another read begins. */
  turn(): void {
    const open = this.#open === null ? undefined : this.#spentNow.pop()
    for (const batch of this.#spentNow) this.#spent.push(batch)
    this.#spentNow.length = 0
    if (open !== undefined) this.#spentNow.push(open)
  }

  /** Memory of what earlier reads have read is used again. */
  release(): void {
    for (const { lease } of this.#spent) lease?.done()
    this.#spent.length = 0
  }

  /** Hands on records until the sink has no room or the queue is empty. */
  read(sink: RecordSink): void {
    if (this.#stuck) throw this.#stuck
    try {
      while (sink.hasRoom) {
        if (this.#open) this.#readOpen(this.#open, sink)
        else if (!this.#nextBatch(sink)) break
      }
    } catch (error) {
      if (!(error instanceof Halt) || sink.isEmpty) throw error
      this.#stuck = error
    }
  }

  #gapTo(found: number, sink: RecordSink): void {
    const offset = Math.min(found, this.#until)
    const wanted = this.#wanted
    if (offset <= wanted) return
    if (this.#logStart > wanted)
      throw new Halt(
        'LOG_STARTS_LATER',
        `offset ${wanted} is wanted, the log begins at ${this.#logStart}`,
        this.#logStart,
      )
    // law L5: only compaction explains a gap
    if (!this.#compacted())
      throw new Halt('UNEXPLAINED_GAP', `offset ${wanted} is wanted, ${offset} comes next`, offset)
    sink.skip('compacted', offset - wanted, offset - 1)
    this.#wanted = offset
  }

  #nextBatch(sink: RecordSink): boolean {
    const batch = this.#queue[this.#head]
    if (!batch) return false
    this.#head++
    this.#spentNow.push(batch)
    this.#waitingBytes -= batch.bytes.length
    if (this.#head > 64) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    if (batch.lastOffset < this.#wanted) return true
    this.#gapTo(batch.baseOffset, sink)
    if (this.#wanted >= this.#until) return true
    if (batch.control || batch.aborted) {
      const next = Math.min(batch.lastOffset + 1, this.#until)
      // law L5: markers and aborted records are counted
      sink.skip(batch.control ? 'control' : 'aborted', next - this.#wanted, next - 1)
      this.#wanted = next
      return true
    }
    this.#openOrRefuse(batch, sink)
    return true
  }

  /** A bomb is one reject of all its offsets: its header may claim two thousand million of them. Whatever else cannot be read stops the partition. */
  #openOrRefuse(batch: RawBatch, sink: RecordSink): void {
    try {
      const verify = ++this.#unverified > VERIFY_EVERY || this.#head >= this.#queue.length
      this.#open = { batch, cursor: openBatch(batch.bytes, { verify }) }
      if (verify) this.#unverified = 0
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      if (error.code !== 'INFLATED_TOO_LARGE') throw unreadable(batch, error)
      const wanted = this.#wanted
      const count = batch.lastOffset + 1 - wanted
      const detail =
        count === 1 ? error.message : `offsets ${wanted} to ${batch.lastOffset}: ${error.message}`
      const tsMs = kafkaTime(readInt64(batch.bytes, MAX_TIMESTAMP_AT))
      sink.unread({ reason: 'inflated_too_large', detail, events: 1 }, count, batch.lastOffset, tsMs)
      this.#wanted = batch.lastOffset + 1
    }
  }

  #readOpen({ cursor, batch }: { batch: RawBatch; cursor: RecordCursor }, sink: RecordSink): void {
    try {
      while (sink.hasRoom) {
        if (!cursor.next()) {
          this.#open = null
          this.#gapTo(batch.lastOffset + 1, sink) // compaction may take the last records of a batch and leave its header
          return
        }
        // law L5: a fetch may begin below
        if (cursor.offset < this.#wanted) continue
        if (cursor.offset > this.#wanted) this.#gapTo(cursor.offset, sink)
        if (cursor.offset >= this.#until) {
          this.#open = null
          return
        }
        sink.record(cursor, kafkaTime(cursor.timestampMs))
        this.#wanted = cursor.offset + 1
      }
    } catch (error) {
      if (error instanceof LogError) throw unreadable(batch, error)
      throw error
    }
  }
}

/** The way past a batch is the offset behind it: what of it was read already is counted. */
function unreadable(batch: RawBatch, error: LogError): Halt {
  return new Halt('UNREADABLE', error.message, batch.lastOffset + 1)
}
