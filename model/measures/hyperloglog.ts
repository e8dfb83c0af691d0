/**
 * HyperLogLog over 48-bit hashes: 2,048 registers, each the greatest rank (place of the first one bit, from 1) among the hashes that fall to it.
 * Flajolet et al. 2007; the estimator is Ertl's, which needs no tables and no switch of range.
 */
import { ByteWriter } from '../numbers/varint.ts'
import type { Marks } from './marks.ts'
import type { PiecesIn, PiecesOut } from './measure.ts'

const INDEX_BITS = 11
export const REGISTERS = 2 ** INDEX_BITS
const RANK_BITS = 48 - INDEX_BITS

/** The low bits choose the register, the others are ranked. Answers whether that changed anything. */
export function addHash(registers: Uint8Array, hash: number): boolean {
  const at = hash % REGISTERS
  const rest = (hash - at) / REGISTERS
  const high = Math.floor(rest / 2 ** 32)
  const rank = (high > 0 ? Math.clz32(high) - (64 - RANK_BITS) : RANK_BITS - 32 + Math.clz32(rest)) + 1
  if (rank <= registers[at]!) return false
  registers[at] = rank
  return true
}

export function estimate(registers: Uint8Array): number {
  const counts = new Array<number>(RANK_BITS + 2).fill(0)
  for (const rank of registers) counts[rank]!++
  let z = REGISTERS * tau(1 - counts[RANK_BITS + 1]! / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!)
  z += REGISTERS * sigma(counts[0]! / REGISTERS)
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z)
}

function sigma(x: number): number {
  if (x === 1) return Infinity
  let [power, factor, sum, before] = [x, 1, x, -1]
  while (sum !== before) {
    before = sum
    power *= power
    sum += power * factor
    factor += factor
  }
  return sum
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let [root, factor, sum, before] = [x, 1, 1 - x, -1]
  while (sum !== before) {
    before = sum
    root = Math.sqrt(root)
    factor *= 0.5
    sum -= (1 - root) ** 2 * factor
  }
  return sum / 3
}

/** Packed, a piece holds so many registers, six bits each, low bits first. */
const IN_A_PIECE = 128
export const REGISTER_PIECES = REGISTERS / IN_A_PIECE
const PIECE_BYTES = (IN_A_PIECE * 6) / 8
const piece = new ByteWriter()

/** Notes the piece that a hash falls to. */
export function noteRegister(changed: Marks, hash: number): void {
  changed.note(Math.floor((hash % REGISTERS) / IN_A_PIECE))
}

/** `changed`: null is all of them. */
export function packRegisters(registers: Uint8Array, changed: Marks | null, pieces: PiecesOut): void {
  if (changed?.list.length === 0) return
  for (let number = 0; number < REGISTER_PIECES; number++) {
    if (changed?.has(number) === false) continue
    piece.clear()
    for (let at = number * IN_A_PIECE; at < (number + 1) * IN_A_PIECE; at += 4) {
      const four =
        registers[at]! | (registers[at + 1]! << 6) | (registers[at + 2]! << 12) | (registers[at + 3]! << 18)
      piece.byte(four & 255)
      piece.byte((four >>> 8) & 255)
      piece.byte(four >>> 16)
    }
    pieces.put(number, piece)
  }
}

export function unpackRegisters(pieces: PiecesIn): Uint8Array {
  const registers = new Uint8Array(REGISTERS)
  for (let number = 0; number < REGISTER_PIECES; number++) {
    const from = pieces(number)
    if (from === null) throw new RangeError(`piece ${number} of the registers is missing`)
    const bytes = from.rest()
    if (bytes.length !== PIECE_BYTES) throw new RangeError(`piece ${number} is no registers`)
    for (let at = 0; at < IN_A_PIECE; at += 4) {
      const four = bytes.readUIntLE((at / 4) * 3, 3)
      for (let n = 0; n < 4; n++) {
        const rank = (four >>> (6 * n)) & 63
        if (rank > RANK_BITS + 1) throw new RangeError(`piece ${number} is no registers`)
        registers[number * IN_A_PIECE + at + n] = rank
      }
    }
  }
  return registers
}
