/** Records made by hand, decoded into a batch as the reader does it. */
import { DecodedBatch } from '../../model/batch.ts'
import type { Source } from '../../model/definition.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'

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
        const bytes = value ?? Buffer.alloc(0)
        const header = (name: string): string | null => (name === 'via' ? via : (headers[name] ?? null))
        const valueLength = value === null ? -1 : bytes.length
        const verify = (): void => {}
        const keyLength = key === null ? -1 : 0 // where it lies is not asked: `key()` is
        decode(
          { bytes, offset, keyAt: 0, keyLength, valueAt: 0, valueLength, key: () => key, header, verify },
          judgedMs ?? NaN,
        )
        batch.tsMs[batch.steps - 1] = tsMs ?? NaN
      }
      return batch
    },
  }
}
