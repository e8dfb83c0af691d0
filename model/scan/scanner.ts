/**
 * A decoder compiled from a definition, for the usual record: one JSON object. It reads the asked fields straight from the bytes into columns,
 * checks all the rest, and makes no object and no text. What is unusual, and all that would be rejected, it leaves to the plain decoder, whose
 * verdict counts: the two never disagree (test/model/scan.test.ts tries a million records).
 */
import type { EventColumns } from '../columns.ts'
import { toUnits } from '../decimal.ts'
import type { Path, Source } from '../definition.ts'
import { parseEventTime } from '../event-time.ts'
import { numberInput } from '../measures/index.ts'
import type { TextDictionary } from '../text-dictionary.ts'
import { isoTimeMs } from './iso.ts'
import { JsonWalk } from './json.ts'
import type { ColumnLayout } from './layout.ts'

/** A name that some path goes through. */
interface Node {
  readonly bytes: Uint8Array
  /** Index of the value that stands here; -1 where none is asked for. */
  readonly slot: number
  readonly children: Node[]
  /** The names the last object here had, in their order: producers write the same ones again and again. */
  readonly habit: { bytes: Uint8Array; child: Node | null }[]
  /** The record it was last met in: twice in one is unusual. */
  seenIn: number
}

const ABSENT = 0
const NULL = 1
const TEXT = 2
const NUMBER = 3
const OTHER = 4

const LONGEST_HABIT = 64

const newNode = (bytes: Uint8Array): Node => ({ bytes, slot: -1, children: [], habit: [], seenIn: 0 })

const POWERS = Array.from({ length: 23 }, (_, n) => 10 ** n)
const MOST_UNITS = 2 ** 53

/** `scan(bytes, from, end, kafkaTsMs)`: true where it added one event to the columns; false where the plain decoder must judge. */
export type Scan = (bytes: Uint8Array, from: number, end: number, kafkaTsMs: number) => boolean

export function compileScan(
  source: Source,
  layout: ColumnLayout,
  dictionary: TextDictionary,
  columns: EventColumns,
): Scan {
  const root: Node = newNode(new Uint8Array(0))
  let slots = 0
  const slotAt = (path: Path): number => {
    let node = root
    for (const name of path) {
      const bytes = Buffer.from(name)
      let child = node.children.find((one) => Buffer.compare(one.bytes, bytes) === 0)
      if (!child) node.children.push((child = newNode(bytes)))
      node = child
    }
    if (node.slot < 0) (node as { slot: number }).slot = slots++
    return node.slot
  }
  const timeSlot = slotAt(source.timePath)
  const fields = source.fields.map((field, at) => ({
    slots: field.from.map(slotAt),
    isText: field.type === 'string',
    optional: field.optional,
    text: layout.textOf[at]!,
    number: layout.numberOf[at]!,
    metrics: source.metrics.flatMap((metric, m) => {
      const input = numberInput(metric)
      return input?.field === field.name ? [{ column: layout.unitsOf[m]!, decimals: input.decimals }] : []
    }),
  }))
  const [kinds, from, to, hashes, scales] = [
    new Uint8Array(slots),
    new Int32Array(slots),
    new Int32Array(slots),
    new Int32Array(slots),
    new Int32Array(slots),
  ]
  const digits = new Float64Array(slots)
  const walk = new JsonWalk()
  const { futureMs } = source
  let record = 0

  function readSlot(slot: number, first: number): boolean {
    if (first === 34) {
      if (!walk.text()) return false
      kinds[slot] = TEXT
      from[slot] = walk.textFrom
      to[slot] = walk.textTo
      hashes[slot] = walk.hash
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
    for (let nth = 0; ; nth++) {
      if (byte !== 34) return false
      const usual = node.habit[nth]
      let child: Node | null
      if (usual !== undefined && walk.isText(usual.bytes)) child = usual.child
      else {
        if (!walk.text()) return false
        child = childAt(node.children, walk.bytes, walk.textFrom, walk.textTo)
        if (nth < LONGEST_HABIT)
          node.habit[nth] = { bytes: Uint8Array.from(walk.bytes.subarray(walk.textFrom, walk.textTo)), child }
      }
      if (walk.next() !== 58) return false
      byte = walk.next()
      if (child === null) {
        if (!walk.skip(byte, depth)) return false
      } else {
        if (child.seenIn === record) return false
        child.seenIn = record
        if (byte === 123 && child.children.length > 0) {
          if (child.slot >= 0) kinds[child.slot] = OTHER
          if (depth > 16 || !readObject(child, depth + 1)) return false
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

  return (bytes, start, end, kafkaTsMs) => {
    record++
    walk.begin(bytes, start, end)
    kinds.fill(ABSENT)
    if (walk.next() !== 123 || !readObject(root, 1) || walk.next() !== -1) return false
    const timeMs = timeOf(timeSlot)
    if (timeMs < 0 || timeMs > kafkaTsMs + futureMs) return false
    columns.makeRoom()
    const at = columns.count
    columns.timeMs[at] = timeMs
    for (let f = 0; f < fields.length; f++) {
      const field = fields[f]!
      let slot = -1
      for (let i = 0; i < field.slots.length; i++)
        if (kinds[field.slots[i]!]! > NULL) {
          slot = field.slots[i]!
          break
        }
      if (slot < 0) {
        if (!field.optional) return false
        if (field.text >= 0) columns.texts[field.text]![at] = 0
        if (field.number >= 0) columns.numbers[field.number]![at] = NaN
        for (let m = 0; m < field.metrics.length; m++) columns.units[field.metrics[m]!.column]![at] = NaN
      } else if (field.isText) {
        if (kinds[slot] !== TEXT) return false
        if (field.text >= 0)
          columns.texts[field.text]![at] = dictionary.codeOf(bytes, from[slot]!, to[slot]!, hashes[slot]!)
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

function childAt(children: readonly Node[], bytes: Uint8Array, from: number, to: number): Node | null {
  const length = to - from
  search: for (let c = 0; c < children.length; c++) {
    const name = children[c]!.bytes
    if (name.length !== length) continue
    for (let i = 0; i < length; i++) if (name[i] !== bytes[from + i]) continue search
    return children[c]!
  }
  return null
}

/** `digits / 10^scale` in units of `10^-decimals`, half to even; at most 15 digits, so no step before the last is rounded. */
function unitsOf(digits: number, scale: number, decimals: number): number {
  if (decimals >= scale) {
    const units = digits * POWERS[decimals - scale]!
    return units + 0 // never minus zero
  }
  return toUnits(digits / POWERS[scale]!, decimals) ?? NaN
}
