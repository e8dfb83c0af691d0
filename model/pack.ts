/** A cell as the store keeps it: see docs/store.md, "Packed measures". */
import type { Metric } from './definition.ts'
import { emptyCell, layout, width, type Cell } from './measures.ts'
import { ByteReader, ByteWriter } from './varint.ts'

const writer = new ByteWriter()

export function packCell(cell: Cell, metrics: readonly Metric[]): Buffer {
  let at = 0
  for (const metric of metrics) {
    if (metric.kind === 'sum') writer.integer(cell[at]!)
    else writer.natural(cell[at]!)
    if (metric.kind === 'stats' && cell[at] !== 0) {
      writer.integer(cell[at + 1]!)
      writer.natural(cell[at + 2]!)
      writer.integer(cell[at + 3]!)
      writer.integer(cell[at + 4]!)
    }
    at += width(metric)
  }
  return writer.take()
}

/** Throws RangeError on bytes that are not a cell of these metrics. */
export function unpackCell(bytes: Buffer, metrics: readonly Metric[]): Cell {
  const reader = new ByteReader(bytes)
  const cell = emptyCell(layout(metrics).slots)
  let at = 0
  for (const metric of metrics) {
    cell[at] = metric.kind === 'sum' ? reader.integer() : reader.natural()
    if (metric.kind === 'stats' && cell[at] !== 0) {
      cell[at + 1] = reader.integer()
      cell[at + 2] = reader.natural()
      cell[at + 3] = reader.integer()
      cell[at + 4] = reader.integer()
    }
    at += width(metric)
  }
  if (!reader.done) throw new RangeError('packed bytes go on after the last metric')
  return cell
}
