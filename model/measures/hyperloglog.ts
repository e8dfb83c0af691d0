/**
 * HyperLogLog over 48-bit hashes: 2,048 registers, each the greatest rank (place of the first one bit, from 1) among the hashes that fall to it.
 * Flajolet et al. 2007; the estimator is Ertl's, which needs no tables and no switch of range.
 */
import type { ByteReader, ByteWriter } from '../varint.ts'

const INDEX_BITS = 11
export const REGISTERS = 2 ** INDEX_BITS
const RANK_BITS = 48 - INDEX_BITS
const PACKED_BYTES = (REGISTERS * 6) / 8

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

/** All of them, six bits each, low bits first. */
export function packRegisters(registers: Uint8Array, out: ByteWriter): void {
  const bytes = Buffer.alloc(PACKED_BYTES)
  for (let at = 0; at < REGISTERS; at += 4) {
    const [a, b, c, d] = registers.subarray(at, at + 4) as unknown as [number, number, number, number]
    bytes.writeUIntLE(a | (b << 6) | (c << 12) | (d << 18), (at / 4) * 3, 3)
  }
  out.sized(bytes)
}

export function unpackRegisters(from: ByteReader): Uint8Array {
  const bytes = packedRegisters(from)
  const registers = new Uint8Array(REGISTERS)
  for (let at = 0; at < REGISTERS; at += 4) {
    const four = bytes.readUIntLE((at / 4) * 3, 3)
    for (let n = 0; n < 4; n++) registers[at + n] = (four >>> (6 * n)) & 63
  }
  return registers
}

/** Reads past them; throws as {@link unpackRegisters} does. */
export function passRegisters(from: ByteReader): void {
  packedRegisters(from)
}

function packedRegisters(from: ByteReader): Buffer {
  const bytes = from.sized()
  if (bytes.length !== PACKED_BYTES) throw new RangeError('packed bytes are no registers')
  for (let at = 0; at < PACKED_BYTES; at += 3) {
    const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    for (let n = 0; n < 24; n += 6)
      if (((four >>> n) & 63) > RANK_BITS + 1) throw new RangeError('packed bytes are no registers')
  }
  return bytes
}
