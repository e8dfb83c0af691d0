/** Raw batches of one partition to prepared records, in log order and without a gap (law L5): what is skipped is handed on as evidence. */
import type { Decoder } from '../model/decode.ts'
import type { PreparedRecord, Skipped } from '../model/delta.ts'
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
  /** The next records, at most about `most`; empty when the queue is. Throws {@link Halt}, but never before all that is good in front of it was handed out. */
  read(most: number): (PreparedRecord | Skipped)[]
  /** Forgets the queue; the next record wanted is `offset`. */
  restart(offset: number): void
}

/** The greatest time that a date can hold. */
const LAST_TIME_MS = 8.64e15

/** A record's timestamp as Kafka keeps it; -1 says that there is none, and so does whatever else is no time. */
function kafkaTime(ms: number): number | null {
  return ms >= 0 && ms <= LAST_TIME_MS ? ms : null
}

export function createReader(decode: Decoder, compacted: () => boolean): Reader {
  let queue: RawBatch[] = []
  let head = 0
  let wanted = 0
  let logStart = 0
  let waitingBytes = 0
  let stuck: Halt | null = null
  let open: { batch: RawBatch; cursor: RecordCursor } | null = null

  function gapTo(offset: number, out: (PreparedRecord | Skipped)[]): void {
    if (offset <= wanted) return
    if (logStart > wanted)
      throw new Halt(
        'LOG_STARTS_LATER',
        `offset ${wanted} is wanted, the log begins at ${logStart}`,
        logStart,
      )
    // law L5: only compaction explains a gap
    if (!compacted())
      throw new Halt('UNEXPLAINED_GAP', `offset ${wanted} is wanted, ${offset} comes next`, offset)
    out.push({ skipped: 'compacted', count: offset - wanted, offset: offset - 1 })
    wanted = offset
  }

  function nextBatch(out: (PreparedRecord | Skipped)[]): boolean {
    const batch = queue[head]
    if (!batch) return false
    head++
    waitingBytes -= batch.bytes.length
    if (head > 64) {
      queue = queue.slice(head)
      head = 0
    }
    if (batch.lastOffset < wanted) return true
    gapTo(batch.baseOffset, out)
    if (batch.control || batch.aborted) {
      // law L5: markers and aborted records are counted
      out.push({
        skipped: batch.control ? 'control' : 'aborted',
        count: batch.lastOffset + 1 - wanted,
        offset: batch.lastOffset,
      })
      wanted = batch.lastOffset + 1
      return true
    }
    openOrRefuse(batch, out)
    return true
  }

  /** A bomb is one reject of all its offsets: its header may claim two thousand million of them. Whatever else cannot be read stops the partition. */
  function openOrRefuse(batch: RawBatch, out: (PreparedRecord | Skipped)[]): void {
    try {
      open = { batch, cursor: openBatch(batch.bytes) }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      if (error.code !== 'INFLATED_TOO_LARGE') throw unreadable(batch, error)
      const count = batch.lastOffset + 1 - wanted
      const detail =
        count === 1 ? error.message : `offsets ${wanted} to ${batch.lastOffset}: ${error.message}`
      const tsMs = kafkaTime(readInt64(batch.bytes, MAX_TIMESTAMP_AT))
      out.push({
        offset: batch.lastOffset,
        ...(count > 1 && { count }),
        tsMs,
        key: null,
        value: null,
        via: null,
        outcome: { reject: { reason: 'inflated_too_large', detail, events: 1 } },
      })
      wanted = batch.lastOffset + 1
    }
  }

  /** The way past a batch is the offset behind it: what of it was read already is counted. */
  function unreadable(batch: RawBatch, error: LogError): Halt {
    return new Halt('UNREADABLE', error.message, batch.lastOffset + 1)
  }

  function readOpen(from: NonNullable<typeof open>, most: number, out: (PreparedRecord | Skipped)[]): void {
    const { cursor, batch } = from
    try {
      while (out.length < most) {
        if (!cursor.next()) {
          open = null
          gapTo(batch.lastOffset + 1, out) // compaction may take the last records of a batch and leave its header
          return
        }
        // law L5: a fetch may begin below
        if (cursor.offset < wanted) continue
        gapTo(cursor.offset, out)
        const value = cursor.value()
        const tsMs = kafkaTime(cursor.timestampMs)
        out.push({
          offset: cursor.offset,
          tsMs,
          key: cursor.key(),
          value,
          via: cursor.header('via'),
          outcome: decode(value, tsMs),
        })
        wanted = cursor.offset + 1
      }
    } catch (error) {
      if (error instanceof LogError) throw unreadable(batch, error)
      throw error
    }
  }

  return {
    push(fetched) {
      logStart = fetched.logStart
      for (const batch of fetched.batches) {
        queue.push(batch)
        waitingBytes += batch.bytes.length
      }
    },
    get waitingBytes() {
      return waitingBytes
    },
    get empty() {
      return stuck === null && open === null && head >= queue.length
    },
    get isStuck() {
      return stuck !== null
    },
    get queuedTo() {
      return Math.max(wanted, (queue.at(-1)?.lastOffset ?? -1) + 1)
    },
    read(most) {
      const out: (PreparedRecord | Skipped)[] = []
      if (stuck) throw stuck
      try {
        while (out.length < most) {
          if (open) readOpen(open, most, out)
          else if (!nextBatch(out)) break
        }
      } catch (error) {
        if (!(error instanceof Halt) || out.length === 0) throw error
        stuck = error
      }
      return out
    },
    restart(offset) {
      queue = []
      head = waitingBytes = 0
      open = stuck = null
      wanted = offset
    },
  }
}
