/**
 * How many different texts a field has. Exact up to 256 a cell: their hashes are kept. Beyond that HyperLogLog of 2,048 registers, read with Ertl's
 * improved estimator (arXiv:1702.01284, algorithm 6), standard deviation 2.3 %. The state is a function of the set of texts alone, so that parts
 * of any size, in any order, come to the same bytes. Never more than the events that had the field.
 */
import { TEXT_HASH_BITS } from '../text-hash.ts'
import { addHash, estimate, packRegisters, REGISTERS, unpackRegisters } from './hyperloglog.ts'
import { NUMBER, type StateMeasure } from './measure.ts'

/** Hashes a packed cell keeps. */
export const EXACT_IN_STORE = 256
/** Hashes that a reader keeps of cells that are exact themselves, so that their union is. */
export const EXACT_IN_MEMORY = 16_384
const HASH_BYTES = TEXT_HASH_BITS / 8
const DEVIATION = 1.04 / Math.sqrt(REGISTERS)
const [EXACT, ESTIMATED] = [0, 1]

export interface Uniques {
  /** That had the field. */
  events: number
  /** Null once there are too many; then registers. */
  hashes: Set<number> | null
  registers: Uint8Array | null
}

function toRegisters(state: Uniques): Uint8Array {
  if (state.registers === null) {
    state.registers = new Uint8Array(REGISTERS)
    for (const hash of state.hashes!) addHash(state.registers, hash)
    state.hashes = null
  }
  return state.registers
}

function addOne(state: Uniques, hash: number): void {
  if (state.hashes === null) return addHash(state.registers!, hash)
  state.hashes.add(hash)
  if (state.hashes.size > EXACT_IN_MEMORY) toRegisters(state)
}

function read(state: Uniques): number {
  if (state.hashes !== null) return state.hashes.size
  const about = Math.round(estimate(state.registers!))
  return Math.min(state.events, Math.max(EXACT_IN_STORE + 1, about))
}

export const uniques: StateMeasure<Uniques> = {
  kind: 'uniques',
  says: `how many different values a text field has: exact to ${EXACT_IN_STORE} a cell, beyond that within ${(100 * DEVIATION).toFixed(1)} % (standard deviation)`,
  statistics: { uniques: { ...NUMBER, addsUp: false } },
  input: 'text',
  slots: 0,
  packedBytes: 200,
  isRankable: false,
  create: () => ({ events: 0, hashes: new Set(), registers: null }),
  add(state, hash) {
    state.events++
    addOne(state, hash)
  },
  merge(into, from) {
    into.events += from.events
    if (from.hashes !== null) for (const hash of from.hashes) addOne(into, hash)
    else {
      const registers = toRegisters(into)
      for (let at = 0; at < REGISTERS; at++)
        if (from.registers![at]! > registers[at]!) registers[at] = from.registers![at]!
    }
  },
  isEmpty: ({ events }) => events === 0,
  pack(state, out) {
    out.natural(state.events)
    if (state.events === 0) return
    if (state.hashes !== null && state.hashes.size <= EXACT_IN_STORE) {
      const sorted = Float64Array.from(state.hashes).sort()
      const bytes = Buffer.allocUnsafe(sorted.length * HASH_BYTES)
      for (const [at, hash] of sorted.entries()) bytes.writeUIntBE(hash, at * HASH_BYTES, HASH_BYTES)
      out.natural(EXACT)
      out.sized(bytes)
    } else {
      out.natural(ESTIMATED)
      packRegisters(toRegisters(state), out)
    }
  },
  unpack(from) {
    const state: Uniques = { events: Number(from.natural()), hashes: new Set(), registers: null }
    if (state.events === 0) return state
    const form = from.natural()
    if (form === ESTIMATED) return { ...state, hashes: null, registers: unpackRegisters(from) }
    const bytes = from.sized()
    if (form !== EXACT || bytes.length % HASH_BYTES !== 0)
      throw new RangeError('packed bytes are no set of texts')
    for (let at = 0; at < bytes.length; at += HASH_BYTES) state.hashes!.add(bytes.readUIntBE(at, HASH_BYTES))
    return state
  },
  read,
  exact: read,
  weight: read,
  error: ({ hashes }) => (hashes === null ? { relative: DEVIATION, is: 'deviation' } : null),
}
