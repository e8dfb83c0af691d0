/** The bins of a large histogram with a place for each: what comes to it is added where it belongs. An array a piece (`bin-pieces.ts`), where it has any. */
import type { ByteWriter } from '../varint.ts'
import { BinCounts } from './bin-counts.ts'
import { BINS_A_PIECE, FIRST_PIECE, pieceOf, PIECES } from './bin-pieces.ts'
import { binOf } from './bins.ts'
import type { Marks } from './marks.ts'

export class DenseBins {
  readonly #pieces = new Array<Float64Array | null>(PIECES).fill(null)

  constructor({ bins, counts }: BinCounts) {
    for (let at = 0; at < bins.length; at++) this.#add(bins[at]!, counts[at]!)
  }

  /** The first `count` of numbers; the pieces that they come to are noted. */
  add(units: Float64Array, count: number, changed: Marks): void {
    for (let at = 0; at < count; at++) changed.note(this.#add(binOf(units[at]!), 1))
  }

  /** The first piece, and the last one. */
  get ends(): [first: number, last: number] {
    const isThere = (piece: Float64Array | null): boolean => piece !== null
    return [this.#pieces.findIndex(isThere) + FIRST_PIECE, this.#pieces.findLastIndex(isThere) + FIRST_PIECE]
  }

  /** False where it has nothing. */
  packPiece(piece: number, out: ByteWriter): boolean {
    const counts = this.#pieces[piece - FIRST_PIECE]!
    if (counts === null) return false
    let before = 0
    for (let bin = 0; bin < BINS_A_PIECE; bin++) {
      if (counts[bin] === 0) continue
      out.natural(bin - before)
      out.natural(counts[bin]!)
      before = bin
    }
    return true
  }

  counts(): BinCounts {
    const all = new BinCounts()
    for (let piece = 0; piece < PIECES; piece++)
      for (let bin = 0; bin < BINS_A_PIECE; bin++) {
        const count = this.#pieces[piece]?.[bin] ?? 0
        if (count > 0) all.push((piece + FIRST_PIECE) * BINS_A_PIECE + bin, count)
      }
    return all
  }

  get bytes(): number {
    return this.#pieces.reduce((sum, piece) => sum + (piece === null ? 8 : 600), 0)
  }

  /** Answers the number of its piece, from 0. */
  #add(bin: number, count: number): number {
    const piece = pieceOf(bin)
    const number = piece - FIRST_PIECE
    const counts = (this.#pieces[number] ??= new Float64Array(BINS_A_PIECE))
    counts[bin - piece * BINS_A_PIECE]! += count
    return number
  }
}
