/**
 * Which batches of a fetch belong to aborted transactions.
 *
 * The broker sends, with the bytes, every aborted transaction that overlaps them: producer and first offset. A producer is
 * "aborting" from that offset to its abort marker. The list comes in order of the *ends*, so it is sorted here; and only a
 * batch the broker flagged as control is a marker, whatever the keys of users' records look like. The answer depends on the
 * list and the bytes alone, so it is the same wherever the fetch began.
 */
import { ATTRIBUTES_AT, CONTROL, PRODUCER_ID_AT, TRANSACTIONAL } from '../batch.ts'
import { LogError } from '../errors.ts'
import { openBatch } from '../walk.ts'

export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

/** Answers for each batch, to be asked in offset order, whether it was aborted. */
export function abortFilter(
  list: readonly AbortedTransaction[],
): (bytes: Buffer, lastOffset: number) => boolean {
  const upcoming = list.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  let at = 0
  return (bytes, lastOffset) => {
    for (let next = upcoming[at]; next !== undefined && next.firstOffset <= lastOffset; next = upcoming[++at])
      aborting.add(next.producerId)
    if (aborting.size === 0) return false
    const attributes = bytes.readInt16BE(ATTRIBUTES_AT)
    const producerId = bytes.readBigInt64BE(PRODUCER_ID_AT)
    if ((attributes & CONTROL) !== 0) {
      if (isAbortMarker(bytes)) aborting.delete(producerId)
      return false
    }
    return (attributes & TRANSACTIONAL) !== 0 && aborting.has(producerId)
  }
}

/** Key of a marker: version int16, type int16, where type 0 = abort, 1 = commit. */
function isAbortMarker(bytes: Buffer): boolean {
  try {
    const cursor = openBatch(bytes)
    if (!cursor.next()) return false
    const key = cursor.key()
    return key !== null && key.length >= 4 && key.readInt16BE(2) === 0
  } catch (error) {
    if (error instanceof LogError) return false // damaged: whoever walks it will say so
    throw error
  }
}
