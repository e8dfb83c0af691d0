/**
 * A decoder compiled from a definition, for the usual record: one JSON object, or rows of them. It reads the asked fields straight from the bytes into columns,
 * checks all the rest, and makes no object and no text. What is unusual, and all that would be rejected, it leaves to the plain decoder, whose
 * verdict counts: the two never disagree (test/model/scan.test.ts tries a million records).
 */
import type { DecodedBatch } from '../columns/batch.ts'
import type { Path, Source } from '../definition.ts'
import { EARLIEST_MS, parseEventTime } from '../time/event-time.ts'
import { compileComputed } from '../fields/computed.ts'
import { frameOf } from '../decode/payload.ts'
import { compileZone } from '../time/time-zone.ts'
import { canScan } from './can-scan.ts'
import { compileField, compileTexts, isPlainText } from './fields.ts'
import { compileId } from './ids.ts'
import { isoTimeMs } from './iso.ts'
import { compileObjects } from './objects.ts'
import { Places } from './places.ts'
import type { RecordView } from './record.ts'
import { compileRows } from './rows.ts'
import { LONG_NUMBER, NUMBER, Slots, TEXT } from './slots.ts'

/** Numbers of objects begin anew here; they stay small integers. */
const MOST_OBJECTS = 2 ** 30

/** True where it added the events to the columns; false where the plain decoder must judge. `tsMs` NaN: nothing is in the future. */
export type Scan = (record: RecordView, tsMs: number) => boolean

/** Null where the definition asks for what only the plain decoder does. */
export function compileScan(source: Source, batch: DecodedBatch): Scan | null {
  if (!canScan(source)) return null
  const { events } = batch
  const slots = new Slots()
  const { walk } = slots
  let number = 0
  const numberOfObject = (): number => (number = (number + 1) % MOST_OBJECTS)
  const read = compileObjects(slots)
  const all = new Places(source, slots, read, numberOfObject)
  const slotAt = (path: Path): number => all.slotAt(path)
  const timePlaces = [source.timePath, ...(source.timeElse ?? [])].map(slotAt)
  const places = source.fields.map(({ from }) => from.map(slotAt))
  const idOf = source.id === undefined ? null : compileId(source.id, slots, all, source.rows?.pairs != null)
  for (const slot of timePlaces) slots.isTypeOnly[slot] = 0
  const writeTexts = compileTexts(source, slots, places, batch)
  const fields = source.fields.flatMap((field, place) =>
    isPlainText(field) ? [] : [compileField(source, place, slots, places[place]!, batch)],
  )
  const compute = compileComputed(source, batch)
  const zone = source.zone === undefined ? undefined : compileZone(source.zone)
  const frame = source.framed === undefined ? null : frameOf(source.framed)
  const { futureMs } = source
  const { outside, item } = all
  const isOne = source.rows === undefined
  const readRows = compileRows(source.rows, slots, all, read, numberOfObject, batch.dictionary, add)
  /** Of the record that is read: its first event, and the greatest time that is not in the future. */
  let [first, mostMs] = [0, NaN]

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

  /** Adds the event that stands in the slots. `to`: where its bytes end, if it is a part of the record's value; else 0. */
  function add(from: number, to: number): boolean {
    const eventMs = timeMs()
    if (eventMs < EARLIEST_MS || eventMs > mostMs) return false
    events.makeRoom()
    const at = events.count
    events.timeMs[at] = eventMs
    events.partFrom[at] = from
    events.partTo[at] = to
    if (!writeTexts(at)) return false
    for (let f = 0; f < fields.length; f++) if (!fields[f]!(at)) return false
    if (idOf !== null) {
      const id = idOf(at - first)
      if (id === undefined) return false
      if (id !== null) batch.ids.set(at, id)
    }
    if (compute !== null) compute(at)
    events.count = at + 1
    return true
  }

  return (record, tsMs) => {
    const { bytes, valueAt } = record
    let from = valueAt
    const end = from + record.valueLength
    if (frame !== null && bytes[from] === frame.magic && end - from >= frame.bytes) from += frame.bytes
    first = events.count
    mostMs = tsMs + futureMs
    slots.begin(bytes)
    for (let i = 0; i < outside.length; i++) if (!outside[i]!(record, tsMs)) return false
    walk.begin(bytes, from, end)
    if (isOne && walk.next() === 123)
      return read(item, 1, numberOfObject()) && walk.next() === -1 && add(from, from === valueAt ? 0 : end)
    walk.at = from
    if (readRows() && events.count > first) return true
    batch.dropEvents(first)
    return false
  }
}
