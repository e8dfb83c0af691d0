/**
 * A set of hashes in pieces: 2^bits of them, by the first bits of the hashes, each with about 64 to 128. The number of pieces is a function of the size
 * alone, so the same set always lies in the same pieces, and a new hash changes one of them.
 */
import { ByteWriter } from '../varint.ts'
import type { PiecesIn, PiecesOut } from './measure.ts'

const HASH_BITS = 48
const HASHES_A_PIECE = 128
/** For 10,000 hashes. */
const MOST_BITS = 7
export const MOST_PIECES = 2 ** MOST_BITS

const writer = new ByteWriter()

export function bitsFor(size: number): number {
  let bits = 0
  while (size > HASHES_A_PIECE * 2 ** bits) bits++
  return bits
}

/** Notes in `changed`, which has a place for each piece there may be, that a hash came. */
export function noteHash(changed: Uint8Array, hash: number): void {
  changed[Math.floor(hash / 2 ** (HASH_BITS - MOST_BITS))] = 1
}

/** `changed`: null is all of them. */
export function packHashes(
  sorted: readonly number[],
  bits: number,
  changed: Uint8Array | null,
  pieces: PiecesOut,
): void {
  const span = 2 ** (HASH_BITS - bits)
  const notes = 2 ** (MOST_BITS - bits)
  let at = 0
  for (let piece = 0; piece < 2 ** bits; piece++) {
    if (changed !== null && !hasNote(changed, piece * notes, (piece + 1) * notes)) continue
    at = firstFrom(sorted, piece * span, at)
    const end = (piece + 1) * span
    writer.clear()
    for (; at < sorted.length && sorted[at]! < end; at++) writer.sixBytes(sorted[at]!)
    pieces.put(piece, writer)
  }
}

function hasNote(changed: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (changed[at] === 1) return true
  return false
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

/** The first place from `low` on that holds no less than `least`. */
function firstFrom(sorted: readonly number[], least: number, low: number): number {
  let [from, to] = [low, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! < least) from = middle + 1
    else to = middle
  }
  return from
}
