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
  /** The next records, at most about `most`; empty when the queue is. Throws {@link Halt}. */
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
  let open: { batch: RawBatch; cursor: RecordCursor } | null = null
  /** A batch that is not opened: each of its offsets is a reject. Its header may claim any number of them, so they too come in portions. */
  let refused: { upTo: number; tsMs: number | null; detail: string } | null = null

  function gapTo(offset: number, out: (PreparedRecord | Skipped)[]): void {
    if (offset <= wanted) return
    if (logStart > wanted) throw new Halt('LOG_STARTS_LATER', `offset ${wanted} is wanted, the log begins at ${logStart}`)
    if (!compacted()) throw new Halt('UNEXPLAINED_GAP', `offset ${wanted} is wanted, ${offset} comes next`)
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
      out.push({ skipped: batch.control ? 'control' : 'aborted', count: batch.lastOffset + 1 - wanted, offset: batch.lastOffset })
      wanted = batch.lastOffset + 1
      return true
    }
    openOrRefuse(batch)
    return true
  }

  /** A bomb is a reject of its batch, one a record; whatever else cannot be read stops the partition. */
  function openOrRefuse(batch: RawBatch): void {
    try {
      open = { batch, cursor: openBatch(batch.bytes) }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      if (error.code !== 'INFLATED_TOO_LARGE') throw new Halt('UNREADABLE', error.message)
      refused = { upTo: batch.lastOffset, tsMs: kafkaTime(readInt64(batch.bytes, MAX_TIMESTAMP_AT)), detail: error.message }
    }
  }

  function readRefused({ upTo, tsMs, detail }: NonNullable<typeof refused>, most: number, out: (PreparedRecord | Skipped)[]): void {
    for (; wanted <= upTo && out.length < most; wanted++)
      out.push({ offset: wanted, tsMs, key: null, value: null, via: null, outcome: { reject: { reason: 'inflated_too_large', detail, events: 1 } } })
    if (wanted > upTo) refused = null
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
        if (cursor.offset < wanted) continue
        gapTo(cursor.offset, out)
        const value = cursor.value()
        const tsMs = kafkaTime(cursor.timestampMs)
        out.push({ offset: cursor.offset, tsMs, key: cursor.key(), value, via: cursor.header('via'), outcome: decode(value, tsMs) })
        wanted = cursor.offset + 1
      }
    } catch (error) {
      if (error instanceof LogError) throw new Halt('UNREADABLE', error.message)
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
      return open === null && refused === null && head >= queue.length
    },
    get queuedTo() {
      return Math.max(wanted, (queue.at(-1)?.lastOffset ?? -1) + 1)
    },
    read(most) {
      const out: (PreparedRecord | Skipped)[] = []
      while (out.length < most) {
        if (open) readOpen(open, most, out)
        else if (refused) readRefused(refused, most, out)
        else if (!nextBatch(out)) break
      }
      return out
    },
    restart(offset) {
      queue = []
      head = waitingBytes = 0
      open = refused = null
      wanted = offset
    },
  }
}
