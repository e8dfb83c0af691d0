/** The bins of a large histogram with a place for each, from its first piece (`bin-pieces.ts`) to its last: what comes to it is added where it belongs. */
import type { ByteWriter } from '../numbers/varint.ts'
import { BinCounts, runs } from './bin-counts.ts'
import { BINS_A_PIECE, FIRST_PIECE, pieceOf } from './bin-pieces.ts'
import type { Marks } from './marks.ts'

const NO_COUNTS = new Float64Array(0)

export class DenseBins {
  #counts = NO_COUNTS
  /** The piece where {@link #counts} begin. */
  #first = 0

  constructor({ bins, counts }: BinCounts) {
    if (bins.length > 0) this.#makeRoom(bins[0]!, bins.at(-1)!)
    for (let at = 0; at < bins.length; at++) this.#add(bins[at]!, counts[at]!)
  }

  /** What `binned` answered last; the pieces that it comes to are noted. */
  addRuns(size: number, changed: Marks): void {
    const { bins, counts } = runs
    if (size > 0) this.#makeRoom(bins[0]!, bins[size - 1]!)
    for (let at = 0; at < size; at++) {
      const bin = bins[at]!
      this.#add(bin, counts[at]!)
      changed.note(pieceOf(bin) - FIRST_PIECE)
    }
  }

  /** The first piece, and the last one. */
  get ends(): [first: number, last: number] {
    return [this.#first, this.#first + this.#counts.length / BINS_A_PIECE - 1]
  }

  /** False where it has nothing. */
  packPiece(piece: number, out: ByteWriter): boolean {
    const counts = this.#counts
    const from = (piece - this.#first) * BINS_A_PIECE
    let before = -1
    for (let bin = 0; bin < BINS_A_PIECE; bin++) {
      const count = counts[from + bin]!
      if (count === 0) continue
      out.natural(before < 0 ? bin : bin - before)
      out.natural(count)
      before = bin
    }
    return before >= 0
  }

  counts(): BinCounts {
    const all = new BinCounts()
    const from = this.#first * BINS_A_PIECE
    for (let at = 0; at < this.#counts.length; at++)
      if (this.#counts[at]! > 0) all.push(from + at, this.#counts[at]!)
    return all
  }

  get bytes(): number {
    return 200 + this.#counts.length * 8
  }

  #add(bin: number, count: number): void {
    this.#counts[bin - this.#first * BINS_A_PIECE]! += count
  }

  /** From the piece of one bin to that of another, and all that there is. Its ends have something, always. */
  #makeRoom(least: number, most: number): void {
    let [first, last] = [pieceOf(least), pieceOf(most)]
    const counts = this.#counts
    if (counts.length > 0) {
      const [ownFirst, ownLast] = this.ends
      if (first >= ownFirst && last <= ownLast) return
      first = Math.min(first, ownFirst)
      last = Math.max(last, ownLast)
    }
    const wider = new Float64Array((last - first + 1) * BINS_A_PIECE)
    if (counts.length > 0) wider.set(counts, (this.#first - first) * BINS_A_PIECE)
    this.#counts = wider
    this.#first = first
  }
}
