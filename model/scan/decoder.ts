/** Record bytes to a step of a batch. */
import { REJECT, type DecodedBatch } from '../batch.ts'
import type { RecordReject } from '../decode.ts'
import type { Source } from '../definition.ts'
import { compilePlain } from './plain.ts'
import type { RecordView } from './record.ts'

/** Adds one record to the batch it was compiled for. `tsMs`: its Kafka timestamp; NaN where it has none. */
export type DecodeRecord = (record: RecordView, tsMs: number) => void

export function compileRecordDecoder(source: Source, batch: DecodedBatch): DecodeRecord {
  const plain = compilePlain(source, batch)
  return (record, tsMs) => {
    const via = record.header('via') // first: a record whose headers are torn adds nothing
    const refused: RecordReject[] = []
    const kind = plain(record, tsMs, refused)
    const step = batch.endRecord(
      kind,
      record.offset,
      tsMs,
      record.bytes,
      record.keyAt,
      record.keyLength,
      record.valueAt,
      record.valueLength,
    )
    if (refused.length > 0) batch.rejects.set(step, refused)
    if (via !== null) batch.vias.set(step, via)
  }
}

/** Adds offsets that are refused unread. */
export function addUnread(
  batch: DecodedBatch,
  reject: RecordReject,
  count: number,
  lastOffset: number,
  tsMs: number,
): void {
  const step = batch.endRecord(REJECT, lastOffset, tsMs, null, 0, -1, 0, -1)
  batch.rejects.set(step, [reject])
  if (count > 1) batch.counts.set(step, count)
}
