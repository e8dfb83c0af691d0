/** What reads the records of a partition: at once, or once its tables are known. */
import type { PartitionOptions } from './partition-options.ts'
import { createReader, type Reader } from './reader.ts'
import { gated } from './tables/gated-reader.ts'

export function readerOf(
  options: Pick<PartitionOptions, 'source' | 'compacted' | 'until' | 'tables'>,
  wake: () => void,
): Reader {
  const { source, until, tables } = options
  const reader = createReader(source, () => options.compacted, until, tables?.joined)
  return tables === undefined ? reader : gated(reader, tables, wake)
}
