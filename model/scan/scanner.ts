/**
 * A decoder compiled from a definition, for the usual record: one JSON object. It reads the asked fields straight from the bytes into columns,
 * checks all the rest, and makes no object and no text. What is unusual, and all that would be rejected, it leaves to the plain decoder, whose
 * verdict counts: the two never disagree (test/model/scan.test.ts tries a million records).
 */
import type { DecodedBatch } from '../batch.ts'
import type { Path, Source } from '../definition.ts'
import { EARLIEST_MS, parseEventTime } from '../event-time.ts'
import { compileComputed } from '../fields/computed.ts'
import { frameOf } from '../payload.ts'
import { compileZone } from '../time-zone.ts'
import { canScan, isHeader, isInEvent, isKey, isTimestamp } from './can-scan.ts'
import { compileField, compileTexts, isPlainText } from './fields.ts'
import { compileId } from './ids.ts'
import { isoTimeMs } from './iso.ts'
import { newNode, nodeAt, readName, type Known, type Node } from './names.ts'
import type { RecordView } from './record.ts'
import { LONG_NUMBER, NUMBER, OTHER, Slots, TEXT } from './slots.ts'

/** As many as a path may have names. */
const DEEPEST = 16
/** Numbers of records begin anew here; they stay small integers. */
const MOST_RECORDS = 2 ** 30

/** True where it added one event to the columns; false where the plain decoder must judge. `tsMs` NaN: nothing is in the future. */
export type Scan = (record: RecordView, tsMs: number) => boolean

/** Null where the definition asks for what only the plain decoder does. */
export function compileScan(source: Source, batch: DecodedBatch): Scan | null {
  if (!canScan(source)) return null
  const { events } = batch
  const slots = new Slots()
  const { walk } = slots
  const root = newNode(Buffer.alloc(0))
  const outside: ((record: RecordView, tsMs: number) => boolean)[] = []
  const slotAt = (path: Path): number => {
    if (!isInEvent(path)) return addOutside(path, slots, outside)
    const node = nodeAt(root, path)
    return node.slot >= 0 ? node.slot : (node.slot = slots.add())
  }
  const timePlaces = [source.timePath, ...(source.timeElse ?? [])].map(slotAt)
  const places = source.fields.map(({ from }) => from.map(slotAt))
  const idPlaces = source.id?.from.map(slotAt) ?? null
  for (const slot of [...timePlaces, ...(idPlaces ?? [])]) slots.isTypeOnly[slot] = 0
  const writeTexts = compileTexts(source, slots, places, batch)
  const fields = source.fields.flatMap((field, place) =>
    isPlainText(field) ? [] : [compileField(source, place, slots, places[place]!, batch)],
  )
  const compute = compileComputed(source, batch)
  const idOf = idPlaces === null ? null : compileId(slots, idPlaces)
  const zone = source.zone === undefined ? undefined : compileZone(source.zone)
  const frame = source.framed === undefined ? null : frameOf(source.framed)
  const { futureMs } = source
  let number = 0

  /** The rest of an object whose brace is passed. */
  function readObject(node: Node, depth: number): boolean {
    let byte = walk.next()
    if (byte === 125) return true
    if (byte !== 34) return false
    let known = node.first
    if (known === null || !walk.isName(known.written)) {
      known = node.first = readName(walk, node, known)
      if (known === null) return false
    }
    for (;;) {
      byte = walk.next()
      const child = known.node
      if (child === null) {
        if (!walk.skip(byte, depth)) return false
      } else {
        if (child.seenIn === number) return false
        child.seenIn = number
        if (byte === 123 && child.children.length > 0) {
          if (child.slot >= 0) slots.kinds[child.slot] = OTHER
          if (depth > DEEPEST || !readObject(child, depth + 1)) return false
        } else if (child.slot >= 0) {
          if (!slots.read(child.slot, byte)) return false
        } else if (!walk.skip(byte, depth)) return false
      }
      const guess: Known | null = known.next
      if (guess !== null && walk.isName(guess.joined)) {
        known = guess
        continue
      }
      byte = walk.next()
      if (byte === 125) return true
      if (byte !== 44 || walk.next() !== 34) return false
      let next: Known | null = guess
      if (next === null || !walk.isName(next.written)) {
        next = readName(walk, node, guess)
        if (next === null) return false
        known.next = next
      }
      known = next
    }
  }

  /** -1: for the plain decoder. */
  function timeMs(): number {
    const slot = slots.firstOf(timePlaces)
    if (slot < 0) return -1
    const kind = slots.kinds[slot]!
    if (kind === NUMBER) return parseEventTime(slots.number(slot)) ?? -1
    if (kind === TEXT) {
      const ms = isoTimeMs(slots.bytes, slots.from[slot]!, slots.to[slot]!)
      if (ms >= 0) return ms
      if (slots.parseText(slot, -1)) return parseEventTime(slots.number(slot)) ?? -1
      return parseEventTime(slots.text(slot), undefined, zone) ?? -1
    }
    if (kind !== LONG_NUMBER || !slots.isWhole(slot)) return -1
    const text = slots.text(slot)
    return parseEventTime(Number(text), text) ?? -1
  }

  return (record, tsMs) => {
    const { bytes } = record
    let from = record.valueAt
    const end = from + record.valueLength
    if (frame !== null && bytes[from] === frame.magic && end - from >= frame.bytes) from += frame.bytes
    number = (number + 1) % MOST_RECORDS
    slots.begin(bytes)
    walk.begin(bytes, from, end)
    if (walk.next() !== 123 || !readObject(root, 1) || walk.next() !== -1) return false
    for (let i = 0; i < outside.length; i++) if (!outside[i]!(record, tsMs)) return false
    const eventMs = timeMs()
    if (eventMs < EARLIEST_MS || eventMs > tsMs + futureMs) return false
    events.makeRoom()
    const at = events.count
    events.timeMs[at] = eventMs
    if (!writeTexts(at)) return false
    for (let f = 0; f < fields.length; f++) if (!fields[f]!(at)) return false
    if (idOf !== null) {
      const id = idOf()
      if (id === undefined) return false
      if (id !== null) batch.ids.set(at, id)
    }
    if (compute !== null) compute(at)
    if (from !== record.valueAt) batch.raws.set(at, new Framed(bytes.subarray(from, end)))
    events.count = at + 1
    return true
  }
}

/** An event behind a frame, as it came; read where somebody wants to see it. */
class Framed {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  toJSON(): unknown {
    return JSON.parse(this.#bytes.toString())
  }
}

/** A slot that is filled from the record around the value. */
function addOutside(
  path: Path,
  slots: Slots,
  outside: ((record: RecordView, tsMs: number) => boolean)[],
): number {
  const slot = slots.add()
  if (isKey(path)) outside.push((record) => slots.setOutside(slot, record.keyAt, record.keyLength))
  if (isTimestamp(path)) outside.push((_, tsMs) => (slots.setTime(slot, tsMs), true))
  if (isHeader(path)) {
    const name = path[2]!
    outside.push((record) => {
      record.findHeader(name)
      return slots.setOutside(slot, record.headerAt, record.headerLength)
    })
  }
  return slot
}
