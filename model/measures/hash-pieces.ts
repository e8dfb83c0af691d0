/**
 * A set of hashes in pieces: 2^bits of them, by the first bits of the hashes, each with about 16 to 32. The number of pieces is a function of the size
 * alone, so the same set always lies in the same pieces, and a new hash changes one of them.
 */
import { ByteWriter } from '../numbers/varint.ts'
import type { Marks } from './marks.ts'
import type { PiecesIn, PiecesOut } from './measure.ts'

const HASH_BITS = 48
const HASHES_A_PIECE = 32
/** For 10,000 hashes. */
const MOST_BITS = 9
export const MOST_PIECES = 2 ** MOST_BITS

const writer = new ByteWriter()

export function bitsFor(size: number): number {
  let bits = 0
  while (size > HASHES_A_PIECE * 2 ** bits) bits++
  return bits
}

/** Notes that a hash came; `changed` has a number for each piece there may be. */
export function noteHash(changed: Marks, hash: number): void {
  changed.note(Math.floor(hash / 2 ** (HASH_BITS - MOST_BITS)))
}

/** `changed`: null is all of them. */
export function packHashes(
  sorted: readonly number[],
  bits: number,
  changed: Marks | null,
  pieces: PiecesOut,
): void {
  if (changed === null) {
    for (let piece = 0; piece < 2 ** bits; piece++) packPiece(sorted, bits, piece, pieces)
    return
  }
  const marks = changed.list
  if (marks.length > 1) marks.sort((a, b) => a - b)
  let last = -1
  for (let at = 0; at < marks.length; at++) {
    const piece = marks[at]! >>> (MOST_BITS - bits)
    if (piece !== last) packPiece(sorted, bits, (last = piece), pieces)
  }
}

function packPiece(sorted: readonly number[], bits: number, piece: number, pieces: PiecesOut): void {
  const span = 2 ** (HASH_BITS - bits)
  const end = (piece + 1) * span
  const from = firstFrom(sorted, piece * span)
  let to = from
  while (to < sorted.length && sorted[to]! < end) to++
  writer.clear()
  writer.sixBytesEach(sorted, from, to)
  pieces.put(piece, writer)
}

/** Throws RangeError where they are not the pieces of a set of this size. */
export function unpackHashes(size: number, pieces: PiecesIn): number[] {
  const bits = bitsFor(size)
  const span = 2 ** (HASH_BITS - bits)
  const hashes: number[] = []
  for (let piece = 0; piece < 2 ** bits; piece++) {
    const from = pieces(piece)
    if (from === null) throw new RangeError(`piece ${piece} of a set of texts is missing`)
    let least = piece * span
    while (!from.done) {
      const hash = from.sixBytes()
      if (hash < least || hash >= (piece + 1) * span)
        throw new RangeError(`piece ${piece} is no part of a set of texts in order`)
      hashes.push(hash)
      least = hash + 1
    }
  }
  if (hashes.length !== size)
    throw new RangeError(`the pieces of a set of ${size} texts have ${hashes.length}`)
  return hashes
}

/** The first place that holds no less than `least`. */
function firstFrom(sorted: readonly number[], least: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! < least) from = middle + 1
    else to = middle
  }
  return from
}
