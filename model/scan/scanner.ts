/**
 * A decoder compiled from a definition, for the usual record: one JSON object. It reads the asked fields straight from the bytes into columns,
 * checks all the rest, and makes no object and no text. What is unusual, and all that would be rejected, it leaves to the plain decoder, whose
 * verdict counts: the two never disagree (test/model/scan.test.ts tries a million records).
 */
import type { DecodedBatch } from '../batch.ts'
import { keyHash } from '../clock.ts'
import { toUnits } from '../decimal.ts'
import type { Source } from '../definition.ts'
import { parseEventTime } from '../event-time.ts'
import { numberInput, textInput } from '../measures/index.ts'
import { textHash } from '../text-hash.ts'
import { isoTimeMs } from './iso.ts'
import { JsonWalk } from './json.ts'
import { newNode, nodeAt, readName, type Known, type Node } from './names.ts'

const ABSENT = 0
const NULL = 1
const TEXT = 2
const NUMBER = 3
const OTHER = 4

const POWERS = Array.from({ length: 23 }, (_, n) => 10 ** n)
const MOST_UNITS = 2 ** 53
/** As many as a path may have names. */
const DEEPEST = 16
/** Numbers of records begin anew here; they stay small integers. */
const MOST_RECORDS = 2 ** 30

/** `scan(bytes, from, end, kafkaTsMs)`: true where it added one event to the columns; false where the plain decoder must judge. NaN: nothing is in the future. */
export type Scan = (bytes: Buffer, from: number, end: number, kafkaTsMs: number) => boolean

export function compileScan(source: Source, batch: DecodedBatch): Scan {
  const { layout, dictionary, events: columns } = batch
  const root = newNode(Buffer.alloc(0))
  let slots = 0
  const slotAt = (path: readonly string[]): number => {
    const node = nodeAt(root, path)
    return node.slot >= 0 ? node.slot : (node.slot = slots++)
  }
  const timeSlot = slotAt(source.timePath)
  const fields = source.fields.map((field, at) => ({
    slots: field.from.map(slotAt),
    isText: field.type === 'string',
    isOptional: field.optional,
    isKey: field.name === source.key,
    text: layout.textOf[at]!,
    number: layout.numberOf[at]!,
    metrics: source.metrics.flatMap((metric, m) => {
      const input = numberInput(metric)
      return input?.field === field.name ? [{ column: layout.unitsOf[m]!, decimals: input.decimals }] : []
    }),
    hashed: source.metrics.flatMap((metric, m) =>
      textInput(metric) === field.name ? [layout.unitsOf[m]!] : [],
    ),
  }))
  /** What the record at hand holds where something is asked for. */
  const kinds = new Uint8Array(slots)
  const [from, to, scales] = [new Int32Array(slots), new Int32Array(slots), new Int32Array(slots)]
  const digits = new Float64Array(slots)
  /** Of some texts only their type matters; they may hold escapes. */
  const isTypeOnly = new Uint8Array(slots).fill(1)
  isTypeOnly[timeSlot] = 0
  for (const field of fields)
    if (field.text >= 0 || field.isKey || field.hashed.length > 0)
      for (const slot of field.slots) isTypeOnly[slot] = 0
  const walk = new JsonWalk()
  const { futureMs } = source
  let record = 0

  function readSlot(slot: number, first: number): boolean {
    if (first === 34) {
      kinds[slot] = TEXT
      if (isTypeOnly[slot] === 1) return walk.skipText()
      if (!walk.text()) return false
      from[slot] = walk.from
      to[slot] = walk.to
      return true
    }
    if (first === 45 || (first >= 48 && first <= 57)) {
      if (!walk.number(first)) return false
      kinds[slot] = NUMBER
      digits[slot] = walk.isNegative ? -walk.digits : walk.digits
      scales[slot] = walk.scale
      return true
    }
    kinds[slot] = first === 110 ? NULL : OTHER
    return walk.skip(first, 1)
  }

  /** The rest of an object whose brace is passed. */
  function readObject(node: Node, depth: number): boolean {
    let byte = walk.next()
    if (byte === 125) return true
    let before: Known | null = null
    for (;;) {
      if (byte !== 34) return false
      const guess: Known | null = before === null ? node.first : before.next
      let known: Known
      if (guess !== null && walk.isName(guess.written)) known = guess
      else {
        const found = readName(walk, node, guess)
        if (found === null) return false
        known = found
        if (before === null) node.first = known
        else before.next = known
      }
      before = known
      byte = walk.next()
      const child = known.node
      if (child === null) {
        if (!walk.skip(byte, depth)) return false
      } else {
        if (child.seenIn === record) return false
        child.seenIn = record
        if (byte === 123 && child.children.length > 0) {
          if (child.slot >= 0) kinds[child.slot] = OTHER
          if (depth > DEEPEST || !readObject(child, depth + 1)) return false
        } else if (child.slot >= 0) {
          if (!readSlot(child.slot, byte)) return false
        } else if (!walk.skip(byte, depth)) return false
      }
      byte = walk.next()
      if (byte === 125) return true
      if (byte !== 44) return false
      byte = walk.next()
    }
  }

  function timeOf(slot: number): number {
    if (kinds[slot] === TEXT) return isoTimeMs(walk.bytes, from[slot]!, to[slot]!)
    if (kinds[slot] !== NUMBER) return -1
    return parseEventTime(digits[slot]! / POWERS[scales[slot]!]!) ?? -1
  }

  /** The first of several places that holds something; -1 where none does. */
  function slotOf(places: readonly number[]): number {
    for (let i = 0; i < places.length; i++) if (kinds[places[i]!]! > NULL) return places[i]!
    return -1
  }

  return (bytes, start, end, kafkaTsMs) => {
    record = (record + 1) % MOST_RECORDS
    walk.begin(bytes, start, end)
    for (let slot = 0; slot < slots; slot++) kinds[slot] = ABSENT
    if (walk.next() !== 123 || !readObject(root, 1) || walk.next() !== -1) return false
    const timeMs = timeOf(timeSlot)
    if (timeMs < 0 || timeMs > kafkaTsMs + futureMs) return false
    columns.makeRoom()
    const at = columns.count
    columns.timeMs[at] = timeMs
    for (let f = 0; f < fields.length; f++) {
      const field = fields[f]!
      const slot = slotOf(field.slots)
      if (slot < 0) {
        if (!field.isOptional) return false
        if (field.isKey) columns.keyHashes[at] = 0
        if (field.text >= 0) columns.texts[field.text]![at] = 0
        if (field.number >= 0) columns.numbers[field.number]![at] = NaN
        for (let m = 0; m < field.metrics.length; m++) columns.units[field.metrics[m]!.column]![at] = NaN
        for (let m = 0; m < field.hashed.length; m++) columns.units[field.hashed[m]!]![at] = NaN
      } else if (field.isText) {
        if (kinds[slot] !== TEXT) return false
        if (field.isKey) columns.keyHashes[at] = hashOfKey(bytes, from[slot]!, to[slot]!)
        if (field.text >= 0) columns.texts[field.text]![at] = dictionary.codeOf(bytes, from[slot]!, to[slot]!)
        if (field.hashed.length > 0) {
          const hash = textHash(bytes, from[slot]!, to[slot]!)
          for (let m = 0; m < field.hashed.length; m++) columns.units[field.hashed[m]!]![at] = hash
        }
      } else {
        if (kinds[slot] !== NUMBER) return false
        if (field.number >= 0) columns.numbers[field.number]![at] = digits[slot]! / POWERS[scales[slot]!]!
        for (let m = 0; m < field.metrics.length; m++) {
          const { column, decimals } = field.metrics[m]!
          const units = unitsOf(digits[slot]!, scales[slot]!, decimals)
          if (!(units < MOST_UNITS && units > -MOST_UNITS)) return false
          columns.units[column]![at] = units
        }
      }
    }
    columns.count = at + 1
    return true
  }
}

/** `keyHash` of a text in UTF-8: of ASCII, its bytes are its UTF-16 code units. */
function hashOfKey(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte > 127) return keyHash(bytes.toString('utf8', from, to))
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash
}

/** `digits / 10^scale` in units of `10^-decimals`, half to even; at most 15 digits, so no step before the last is rounded. */
function unitsOf(digits: number, scale: number, decimals: number): number {
  if (decimals >= scale) {
    const units = digits * POWERS[decimals - scale]!
    return units + 0 // never minus zero
  }
  return toUnits(digits / POWERS[scale]!, decimals) ?? NaN
}
