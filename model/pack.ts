/** A cell as the store keeps it: see docs/store.md, "Packed measures". */
import { packRow, passRow, unpackRow, type Objects, type RowLayout } from './measures/index.ts'
import type { Cell } from './measures.ts'
import { ByteReader, ByteWriter } from './numbers/varint.ts'

const writer = new ByteWriter()
const NONE: ReadonlyMap<string, Buffer> = new Map()

/** What of a cell lies beside it, by `METRIC.PIECE`; see `pieceField`. */
export type Pieces = Map<string, Buffer>

/** `pieces`: all of them are put there. */
export function packCell(cell: Cell, layout: RowLayout, pieces: Pieces = new Map()): Buffer {
  packRow(layout, cell as number[], 0, writer, cell.slice(layout.slots) as Objects, (metric) => ({
    isAll: true,
    put: (piece, { bytes, length }) =>
      void pieces.set(`${metric}.${piece}`, Buffer.from(bytes.subarray(0, length))),
    remove: (piece) => void pieces.delete(`${metric}.${piece}`),
  }))
  return writer.take()
}

/** Throws RangeError on bytes and pieces that are not a cell of this layout. */
export function unpackCell(
  bytes: Buffer,
  layout: RowLayout,
  pieces: ReadonlyMap<string, Buffer> = NONE,
): Cell {
  const row = new Array<number>(layout.slots).fill(0)
  const objects: Objects = []
  unpackRow(layout, bytes, row, 0, objects, (metric, piece) => {
    const its = pieces.get(`${metric}.${piece}`)
    return its === undefined ? null : new ByteReader(its)
  })
  return layout.objects === 0 ? row : [...row, ...objects]
}

/** As {@link unpackCell}, but the measures that need an object stay packed until {@link Parts} of their metric is asked: most readers want one metric of many. */
export function holdCell(bytes: Buffer, layout: RowLayout): Cell {
  if (layout.objects === 0) return unpackCell(bytes, layout)
  const cell = new Array<number | string>(layout.slots).fill(0)
  passRow(layout, bytes, cell as number[], (packed) => cell.push(packed))
  return cell
}
