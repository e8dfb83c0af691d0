/**
 * How many different texts a field has. Exact up to 10,000 a cell: their hashes are kept. Beyond that HyperLogLog of 2,048 registers, read with Ertl's
 * improved estimator (arXiv:1702.01284, algorithm 6), standard deviation 2.3 %. The state is a function of the set of texts alone, so that parts
 * of any size, in any order, come to the same bytes. Never more than the events that had the field.
 */
import { distinct, HashSet } from './hash-set.ts'
import { addHash, estimate, packRegisters, passRegisters, REGISTERS, unpackRegisters } from './hyperloglog.ts'
import { NUMBER, type StateMeasure } from './measure.ts'
import type { ByteReader, ByteWriter } from '../varint.ts'

/** Hashes a packed cell keeps: 60 kB. */
export const EXACT_IN_STORE = 10_000
/** Hashes that a reader keeps of cells that are exact themselves, so that their union is. */
export const EXACT_IN_MEMORY = 16_384
const DEVIATION = 1.04 / Math.sqrt(REGISTERS)
const [EXACT, ESTIMATED] = [0, 1]
const HASH_BYTES = 6
/** Up to so many hashes a cell is added to as it is packed. */
const FEW = 32

export interface Uniques {
  /** That had the field. */
  events: number
  /** Null once there are too many; then registers. */
  hashes: HashSet | null
  registers: Uint8Array | null
}

function toRegisters(state: Uniques): Uint8Array {
  if (state.registers === null) {
    state.registers = new Uint8Array(REGISTERS)
    for (const hash of state.hashes!.sorted) addHash(state.registers, hash)
    state.hashes = null
  }
  return state.registers
}

/** The hashes, where there are no more than `most`. */
function exactly(state: Uniques, most: number): HashSet | null {
  const { hashes } = state
  if (hashes !== null && hashes.size > most) toRegisters(state)
  return state.hashes
}

function read(state: Uniques): number {
  const hashes = exactly(state, EXACT_IN_MEMORY)
  if (hashes !== null) return hashes.size
  const about = Math.round(estimate(state.registers!))
  return Math.min(state.events, Math.max(EXACT_IN_STORE + 1, about))
}

/** Known ones, then all together. */
const few = new Float64Array(FEW)
const all = new Float64Array(FEW)

function addPacked(
  from: ByteReader | null,
  hashes: Float64Array,
  count: number,
  events: number,
  out: ByteWriter,
): number {
  const size = distinct(hashes, count)
  const eventsBefore = from === null ? 0 : Number(from.natural())
  let known = 0
  if (eventsBefore > 0) {
    from!.natural() // exact: whoever is not is no longer small
    known = Number(from!.natural()) / HASH_BYTES
    for (let at = 0; at < known; at++) few[at] = from!.sixBytes()
  }
  let [fresh, total, own] = [0, 0, 0]
  for (let at = 0; at < size; at++) if (!isAmong(hashes[at]!, known)) fresh++
  if (known + fresh > FEW) return -1
  fresh = 0
  for (let at = 0; at < size; at++) {
    const hash = hashes[at]!
    while (own < known && few[own]! < hash) all[total++] = few[own++]!
    if (own < known && few[own] === hash) continue
    all[total++] = hash
    hashes[fresh++] = hash
  }
  while (own < known) all[total++] = few[own++]!
  out.natural(eventsBefore + events)
  if (eventsBefore + events === 0) return 0
  out.natural(EXACT)
  out.natural(total * HASH_BYTES)
  for (let at = 0; at < total; at++) out.sixBytes(all[at]!)
  return fresh
}

function isAmong(hash: number, known: number): boolean {
  for (let at = 0; at < known; at++) if (few[at] === hash) return true
  return false
}

export const uniques: StateMeasure<Uniques> = {
  kind: 'uniques',
  says: `how many different values a text field has: exact to ${EXACT_IN_STORE.toLocaleString('en')} a cell, beyond that within ${(100 * DEVIATION).toFixed(1)} % (standard deviation)`,
  statistics: { uniques: { ...NUMBER, addsUp: false } },
  input: 'text',
  slots: 0,
  packedBytes: 600,
  isRankable: false,
  create: () => ({ events: 0, hashes: new HashSet(), registers: null }),
  addAll(state, hashes, count, events) {
    state.events += events
    if (state.hashes !== null) return state.hashes.addAll(hashes, count)
    let fresh = 0
    for (let at = 0; at < count; at++) {
      const hash = hashes[at]!
      if (addHash(state.registers!, hash)) hashes[fresh++] = hash
    }
    return fresh
  },
  addPacked,
  merge(into, from) {
    into.events += from.events
    if (into.hashes !== null && from.hashes !== null) {
      into.hashes.unite(from.hashes)
      exactly(into, EXACT_IN_MEMORY)
      return
    }
    const registers = toRegisters(into)
    if (from.hashes !== null) for (const hash of from.hashes.sorted) addHash(registers, hash)
    else
      for (let at = 0; at < REGISTERS; at++)
        if (from.registers![at]! > registers[at]!) registers[at] = from.registers![at]!
  },
  isEmpty: ({ events }) => events === 0,
  pack(state, out) {
    out.natural(state.events)
    if (state.events === 0) return
    const hashes = exactly(state, EXACT_IN_STORE)
    out.natural(hashes === null ? ESTIMATED : EXACT)
    if (hashes === null) packRegisters(state.registers!, out)
    else hashes.pack(out)
  },
  unpack(from) {
    const state: Uniques = { events: Number(from.natural()), hashes: null, registers: null }
    if (state.events === 0) return { ...state, hashes: new HashSet() }
    const form = from.natural()
    if (form === ESTIMATED) return { ...state, registers: unpackRegisters(from) }
    if (form !== EXACT) throw new RangeError('packed bytes are no set of texts')
    return { ...state, hashes: HashSet.unpack(from) }
  },
  pass(from) {
    if (Number(from.natural()) === 0) return
    const form = from.natural()
    if (form === ESTIMATED) passRegisters(from)
    else if (form === EXACT) HashSet.pass(from)
    else throw new RangeError('packed bytes are no set of texts')
  },
  read,
  exact: read,
  weight: read,
  error: (state) =>
    exactly(state, EXACT_IN_MEMORY) === null ? { relative: DEVIATION, is: 'deviation' } : null,
}
