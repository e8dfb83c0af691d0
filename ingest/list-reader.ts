/** The same records as a list of objects, for a fold that takes them so. */
import type { Decoder } from '../model/decode.ts'
import type { PreparedRecord, Skipped } from '../model/delta.ts'
import { BatchQueue, type Reader, type RecordSink } from './reader.ts'

export interface ListReader extends Omit<Reader, 'batch' | 'read'> {
  read(most: number): (PreparedRecord | Skipped)[]
}

export function createListReader(decode: Decoder, compacted: () => boolean): ListReader {
  const queue = new BatchQueue(compacted)
  let out: (PreparedRecord | Skipped)[] = []
  let most = 0
  const orNull = (ms: number): number | null => (Number.isNaN(ms) ? null : ms)
  const sink: RecordSink = {
    get hasRoom() {
      return out.length < most
    },
    get isEmpty() {
      return out.length === 0
    },
    record(cursor, tsMs) {
      const value = cursor.value()
      out.push({
        offset: cursor.offset,
        tsMs: orNull(tsMs),
        key: cursor.key(),
        value,
        via: cursor.header('via'),
        outcome: decode(value, orNull(tsMs)),
      })
    },
    skip: (skipped, count, offset) => out.push({ skipped, count, offset }),
    unread: (reject, count, offset, tsMs) =>
      out.push({
        offset,
        ...(count > 1 && { count }),
        tsMs: orNull(tsMs),
        key: null,
        value: null,
        via: null,
        outcome: { reject },
      }),
  }
  return {
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
    read(wanted) {
      out = []
      most = wanted
      queue.read(sink)
      return out
    },
    restart: (offset) => queue.restart(offset),
  }
}
