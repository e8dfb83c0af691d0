/**
 * How many different texts a field has. Exact up to 10,000 a cell: their hashes are kept. Beyond that HyperLogLog of 2,048 registers, read with Ertl's
 * improved estimator (arXiv:1702.01284, algorithm 6), standard deviation 2.3 %. The state is a function of the set of texts alone, so that parts
 * of any size, in any order, come to the same bytes. Never more than the events that had the field.
 */
import { distinct, HashSet } from './hash-set.ts'
import { bitsFor, MOST_PIECES, noteHash, packHashes, unpackHashes } from './hash-pieces.ts'
import {
  addHash,
  estimate,
  noteRegister,
  packRegisters,
  REGISTER_PIECES,
  REGISTERS,
  unpackRegisters,
} from './hyperloglog.ts'
import { Marks } from './marks.ts'
import { NUMBER, type StateMeasure } from './measure.ts'
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'

/** Hashes a packed cell keeps: 60 kB. */
export const EXACT_IN_STORE = 10_000
/** Hashes that a reader keeps of cells that are exact themselves, so that their union is. */
export const EXACT_IN_MEMORY = 16_384
const DEVIATION = 1.04 / Math.sqrt(REGISTERS)
/** How it is packed: hashes, registers in pieces, hashes in pieces. */
const [EXACT, ESTIMATED, SPLIT] = [0, 1, 2]
const HASH_BYTES = 6
/** Up to so many hashes are not in pieces. */
const FEW = 64
const NO_BITS = -1

export interface Uniques {
  /** That had the field. */
  events: number
  /** Null once there are too many; then registers. */
  hashes: HashSet | null
  registers: Uint8Array | null
  /** Pieces that the store has: in how many bits, and which changed since; null where it has none. */
  written: { bits: number; readonly changed: Marks } | null
}

const NO_SET = 'packed bytes are no set of texts'

function sizeIn(from: ByteReader): number {
  const size = Number(from.natural())
  if (!(size > FEW && size <= EXACT_IN_STORE)) throw new RangeError(NO_SET)
  return size
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
  if (known + size > FEW && known + freshIn(hashes, size, known) > FEW) return -1
  let [fresh, total, own] = [0, 0, 0]
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
  out.sixBytesEach(all, 0, total)
  return fresh
}

/** How many of the first `size`, which ascend, are not among those known. */
function freshIn(hashes: Float64Array, size: number, known: number): number {
  let [fresh, own] = [0, 0]
  for (let at = 0; at < size; at++) {
    while (own < known && few[own]! < hashes[at]!) own++
    if (own === known || few[own] !== hashes[at]) fresh++
  }
  return fresh
}

export const uniques: StateMeasure<Uniques> = {
  kind: 'uniques',
  says: `how many different values a text field has: exact to ${EXACT_IN_STORE.toLocaleString('en')} a cell, beyond that within ${(100 * DEVIATION).toFixed(1)} % (standard deviation)`,
  statistics: { uniques: { ...NUMBER, addsUp: false } },
  input: 'text',
  slots: 0,
  packedBytes: 400,
  isRankable: false,
  create: () => ({ events: 0, hashes: new HashSet(), registers: null, written: null }),
  addAll(state, hashes, count, events) {
    state.events += events
    const { written } = state
    if (state.hashes !== null) {
      const fresh = state.hashes.addAll(hashes, count)
      if (written !== null) for (let at = 0; at < fresh; at++) noteHash(written.changed, hashes[at]!)
      return fresh
    }
    let fresh = 0
    for (let at = 0; at < count; at++) {
      const hash = hashes[at]!
      if (!addHash(state.registers!, hash)) continue
      hashes[fresh++] = hash
      if (written !== null) noteRegister(written.changed, hash)
    }
    return fresh
  },
  addPacked,
  merge(into, from) {
    into.events += from.events
    into.written = null
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
  pack(state, out, pieces) {
    out.natural(state.events)
    if (state.events === 0) return
    const hashes = exactly(state, EXACT_IN_STORE)
    if (hashes !== null && hashes.size <= FEW) {
      out.natural(EXACT)
      return hashes.pack(out)
    }
    const bits = hashes === null ? NO_BITS : bitsFor(hashes.size)
    const { written } = state
    const changed = pieces.isAll || written?.bits !== bits ? null : written.changed
    if (hashes === null) {
      out.natural(ESTIMATED)
      packRegisters(state.registers!, changed, pieces)
      const heldPieces = written === null ? 0 : 2 ** written.bits
      for (let piece = REGISTER_PIECES; piece < heldPieces; piece++) pieces.remove(piece)
    } else {
      out.natural(SPLIT)
      out.natural(hashes.size)
      packHashes(hashes.sorted, bits, changed, pieces)
    }
    if (written === null) state.written = { bits, changed: new Marks(MOST_PIECES) }
    else {
      written.bits = bits
      written.changed.clear()
    }
  },
  unpack(from, pieces) {
    const state = uniques.create()
    state.events = Number(from.natural())
    if (state.events === 0) return state
    const form = Number(from.natural())
    if (form === EXACT) return { ...state, hashes: HashSet.unpack(from, FEW) }
    const size = form === SPLIT ? sizeIn(from) : 0
    const written = { bits: size > 0 ? bitsFor(size) : NO_BITS, changed: new Marks(MOST_PIECES) }
    if (form === SPLIT) return { ...state, hashes: HashSet.of(unpackHashes(size, pieces)), written }
    if (form !== ESTIMATED) throw new RangeError(NO_SET)
    return { ...state, hashes: null, registers: unpackRegisters(pieces), written }
  },
  pass(from) {
    if (Number(from.natural()) === 0) return true
    const form = Number(from.natural())
    if (form === EXACT) HashSet.pass(from, FEW)
    else if (form === SPLIT) sizeIn(from)
    else if (form !== ESTIMATED) throw new RangeError(NO_SET)
    return form === EXACT
  },
  bytes: ({ hashes }) => 200 + (hashes === null ? REGISTERS : hashes.size * 8),
  read,
  exact: read,
  weight: read,
  error: (state) =>
    exactly(state, EXACT_IN_MEMORY) === null ? { relative: DEVIATION, is: 'deviation' } : null,
}
