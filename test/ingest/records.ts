/** Records made by hand, decoded into a batch as the reader does it. */
import { DecodedBatch } from '../../model/columns/batch.ts'
import type { Source } from '../../model/definition.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch } from '../log/batches.ts'

export interface HandRecord {
  readonly offset: number
  /** Null: it has none. */
  readonly tsMs: number | null
  readonly value: Buffer | null
  readonly key?: Buffer | null
  readonly via?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** What the future is judged by, where that is not `tsMs`. */
  readonly judgedMs?: number | null
}

/** Fills batches of a source, one after the other; all share one dictionary. */
export function batchFiller(source: Source): {
  batch: DecodedBatch
  fill(records: readonly HandRecord[]): DecodedBatch
} {
  const batch = new DecodedBatch(source)
  const decode = compileRecordDecoder(source, batch)
  return {
    batch,
    fill(records) {
      batch.clear()
      for (const { offset, tsMs, value, key = null, via = null, headers = {}, judgedMs = tsMs } of records) {
        const all = via === null ? headers : { via, ...headers }
        const made = Object.entries(all).map(([name, text]): [string, Buffer] => [name, Buffer.from(text)])
        const records = [{ offsetDelta: 0, key, value, headers: made }]
        const cursor = openBatch(makeBatch({ baseOffset: BigInt(offset), records }))
        cursor.next()
        decode(cursor, judgedMs ?? NaN)
        batch.tsMs[batch.steps - 1] = tsMs ?? NaN
      }
      return batch
    },
  }
}
