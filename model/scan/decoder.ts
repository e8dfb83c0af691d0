/** Record bytes to a step of a batch. */
import { EVENTS, REJECT, type DecodedBatch } from '../columns/batch.ts'
import type { RecordReject } from '../decode/decode.ts'
import type { Source } from '../definition.ts'
import { compilePlain } from './plain.ts'
import type { RecordView } from './record.ts'
import { compileScan } from './scanner.ts'

/** Adds one record to the batch it was compiled for. `tsMs`: its Kafka timestamp; NaN where it has none. */
export type DecodeRecord = (record: RecordView, tsMs: number) => void

export function compileRecordDecoder(source: Source, batch: DecodedBatch): DecodeRecord {
  const scan = compileScan(source, batch)
  const plain = compilePlain(source, batch)
  const { tables } = batch
  return (record, tsMs) => {
    tables?.moveTo(record.offset)
    const via = record.hasHeaders ? record.header('via') : null // first: a record whose headers are torn adds nothing
    const { bytes, keyAt, keyLength, valueAt, valueLength, offset } = record
    let kind = EVENTS
    let refused: RecordReject[] | null = null
    if (scan === null || valueLength <= 0 || !scan(record, tsMs)) kind = plain(record, tsMs, (refused = []))
    const step = batch.endRecord(kind, offset, tsMs, bytes, keyAt, keyLength, valueAt, valueLength)
    if (via !== null) batch.vias.set(step, via)
    if (refused !== null && refused.length > 0) batch.rejects.set(step, refused)
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
