/** A cell as the store keeps it: see docs/store.md, "Packed measures". */
import { packRow, unpackRow, type RowLayout } from './measures/index.ts'
import { emptyCell, numbersOf, objectsOf, type Cell } from './measures.ts'
import { ByteWriter } from './varint.ts'

const writer = new ByteWriter()

export function packCell(cell: Cell, layout: RowLayout): Buffer {
  packRow(layout, numbersOf(cell), 0, writer, objectsOf(cell), layout.slots)
  return writer.take()
}

/** Throws RangeError on bytes that are not a cell of this layout. */
export function unpackCell(bytes: Buffer, layout: RowLayout): Cell {
  const cell = emptyCell(layout)
  unpackRow(layout, bytes, numbersOf(cell), 0, objectsOf(cell), layout.slots)
  return cell
}
