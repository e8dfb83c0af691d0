/** The bins of a histogram in pieces of 64, an octave each: what comes to it changes few of them. A piece without a number is not there. */
import { type ByteReader, ByteWriter } from '../varint.ts'
import { MOST_BIN } from './bins.ts'
import type { BinCounts } from './bin-counts.ts'
import type { Marks } from './marks.ts'
import type { PiecesIn, PiecesOut } from './measure.ts'

const BINS_A_PIECE = 64
const FIRST_PIECE = -Math.ceil(MOST_BIN / BINS_A_PIECE)
export const PIECES = 1 - 2 * FIRST_PIECE

const writer = new ByteWriter()

export const pieceOf = (bin: number): number => Math.floor(bin / BINS_A_PIECE)

/** Notes that numbers came to the first `count` of `bins`; `changed` has a number for each piece there may be. */
export function noteBins(changed: Marks, bins: readonly number[], count: number): void {
  for (let at = 0; at < count; at++) changed.note(pieceOf(bins[at]!) - FIRST_PIECE)
}

/** `changed`: null is all of them. */
export function packPieces({ bins, counts }: BinCounts, changed: Marks | null, pieces: PiecesOut): void {
  if (changed?.list.length === 0) return
  for (let at = 0; at < bins.length; ) {
    const piece = pieceOf(bins[at]!)
    const end = (piece + 1) * BINS_A_PIECE
    const isAsked = changed === null || changed.has(piece - FIRST_PIECE)
    writer.clear()
    for (let before = piece * BINS_A_PIECE; at < bins.length && bins[at]! < end; at++) {
      if (!isAsked) continue
      writer.natural(bins[at]! - before)
      writer.natural(counts[at]!)
      before = bins[at]!
    }
    if (isAsked) pieces.put(piece, writer)
  }
}

/** The first piece, and how far from it the last one is. */
export function piecesIn(from: ByteReader): [first: number, more: number] {
  const [first, more] = [Number(from.integer()), Number(from.natural())]
  if (!(first >= FIRST_PIECE && first + more <= -FIRST_PIECE))
    throw new RangeError('packed bytes are no histogram')
  return [first, more]
}

/** Throws RangeError where they are not the pieces of so many numbers. */
export function unpackPieces(into: BinCounts, count: number, from: ByteReader, pieces: PiecesIn): void {
  const [first, more] = piecesIn(from)
  let found = 0
  for (let piece = first; piece <= first + more; piece++) {
    const bytes = pieces(piece)
    if (bytes === null) continue
    for (let bin = piece * BINS_A_PIECE, isFirst = true; !bytes.done; isFirst = false) {
      const step = Number(bytes.natural())
      if ((step === 0 && !isFirst) || pieceOf((bin += step)) !== piece)
        throw new RangeError(`piece ${piece} is no part of a histogram in order`)
      const its = Number(bytes.natural())
      into.push(bin, its)
      found += its
    }
  }
  if (found !== count) throw new RangeError(`the pieces of a histogram of ${count} numbers have ${found}`)
}
