/** The bins of a histogram in pieces of 64, an octave each: what comes to it changes few of them. A piece without a number is not there. */
import type { ByteReader } from '../numbers/varint.ts'
import { MOST_BIN } from './bins.ts'
import type { BinCounts } from './bin-counts.ts'
import type { PiecesIn } from './measure.ts'

export const BINS_A_PIECE = 64
export const FIRST_PIECE = -Math.ceil(MOST_BIN / BINS_A_PIECE)
export const PIECES = 1 - 2 * FIRST_PIECE

export const pieceOf = (bin: number): number => Math.floor(bin / BINS_A_PIECE)

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
