/** A field's column from the slots of a record, by the options of the definition. */
import type { DecodedBatch } from '../batch.ts'
import { keyHash } from '../clock.ts'
import { toUnits } from '../decimal.ts'
import type { Field, Form, Source } from '../definition.ts'
import { compileShape } from '../read-value.ts'
import { ShapedTexts } from './shaped-texts.ts'
import { FALSE, LONG_NUMBER, NUMBER, POWERS, TEXT, TRUE, WORD_FALSE, WORD_TRUE, type Slots } from './slots.ts'

/** Writes the field of one event at `at`; false: for the plain decoder. */
export type WriteField = (at: number) => boolean

const MOST_UNITS = 2 ** 53

export function compileField(
  source: Source,
  place: number,
  slots: Slots,
  places: readonly number[],
  batch: DecodedBatch,
): WriteField {
  const field = source.fields[place]!
  const column = batch.layout.textOf[place]!
  const write =
    field.type === 'number'
      ? compileNumber(source, place, slots, batch)
      : compileName(field, column, source.key === field.name, slots, batch)
  if (field.type === 'string' && (column >= 0 || source.key === field.name || needsText(field)))
    for (const slot of places) slots.isTypeOnly[slot] = 0
  if (field.type === 'number' && field.takes !== undefined)
    for (const slot of places) slots.isTypeOnly[slot] = 0
  const { optional } = field
  const isEmptyAbsent = field.absent !== undefined
  return (at) => {
    let slot = slots.firstOf(places)
    if (isEmptyAbsent && slot >= 0 && slots.kinds[slot] === TEXT && slots.from[slot] === slots.to[slot])
      slot = -1
    if (slot < 0 && !optional) return false
    return write(slot, at)
  }
}

/** Whether a text has to be read though nobody asks for it: it may turn out absent. */
const needsText = ({ absent, query, takes }: Field): boolean =>
  absent !== undefined || query !== undefined || takes !== undefined

function compileName(
  field: Field,
  column: number,
  isKey: boolean,
  slots: Slots,
  batch: DecodedBatch,
): (slot: number, at: number) => boolean {
  const { dictionary, events } = batch
  const takes = new Set<Form>(field.takes ?? [field.type])
  const [text, number] = [takes.has('string'), takes.has('number')]
  const [boolean, isWord] = [takes.has('boolean'), takes.has('words')]
  const isPlain = field.clean === undefined && field.query === undefined
  const shaped = isPlain ? null : new ShapedTexts(dictionary, compileShape(field))

  /** 0: absent; -1: for the plain decoder. */
  function codeOf(slot: number): number {
    const kind = slots.kinds[slot]!
    const { bytes } = slots
    const [from, to] = [slots.from[slot]!, slots.to[slot]!]
    if (kind === TEXT) {
      if (!text) return isWord && slots.isWord(slot) ? dictionary.codeOf(bytes, from, to) : -1
      return shaped === null ? dictionary.codeOf(bytes, from, to) : shaped.codeOf(bytes, from, to)
    }
    if (kind === NUMBER && number) {
      const digits = slots.digits[slot]!
      const isCanonical = from >= 0 && slots.scales[slot] === 0 && digits !== 0
      return isCanonical
        ? dictionary.codeOf(bytes, from, to)
        : dictionary.codeOfText(String(slots.number(slot)))
    }
    if (kind === LONG_NUMBER && number) return slots.isWhole(slot) ? dictionary.codeOf(bytes, from, to) : -1 // named as it is written, however long
    if (kind === TRUE && boolean) return dictionary.codeOf(WORD_TRUE, 0, WORD_TRUE.length)
    if (kind === FALSE && boolean) return dictionary.codeOf(WORD_FALSE, 0, WORD_FALSE.length)
    return -1
  }

  return (slot, at) => {
    if (slot < 0) {
      if (column >= 0) events.texts[column]![at] = 0
      if (isKey) events.keyHashes[at] = 0
      return true
    }
    if (isPlain && slots.kinds[slot] === TEXT && text) {
      if (isKey) events.keyHashes[at] = hashOfKey(slots.bytes, slots.from[slot]!, slots.to[slot]!)
      if (column >= 0)
        events.texts[column]![at] = dictionary.codeOf(slots.bytes, slots.from[slot]!, slots.to[slot]!)
      return true
    }
    const code = codeOf(slot)
    if (code < 0 || (code === 0 && !field.optional)) return false
    if (column >= 0) events.texts[column]![at] = code
    if (isKey) events.keyHashes[at] = keyHash(dictionary.textOf(code))
    return true
  }
}

function compileNumber(
  source: Source,
  place: number,
  slots: Slots,
  batch: DecodedBatch,
): (slot: number, at: number) => boolean {
  const { layout, events } = batch
  const field = source.fields[place]!
  const column = layout.numberOf[place]!
  const takes = new Set<Form>(field.takes ?? [field.type])
  const [number, digits, comma] = [takes.has('number'), takes.has('digits'), takes.has('comma')]
  const metrics = source.metrics.flatMap((metric, m) =>
    'decimals' in metric && metric.field === field.name
      ? [{ column: layout.unitsOf[m]!, decimals: metric.decimals }]
      : [],
  )
  return (slot, at) => {
    if (slot < 0) {
      if (column >= 0) events.numbers[column]![at] = NaN
      for (let m = 0; m < metrics.length; m++) events.units[metrics[m]!.column]![at] = NaN
      return true
    }
    const kind = slots.kinds[slot]!
    if (kind === TEXT) {
      if (!digits || !(slots.parseText(slot, DOT) || (comma && slots.parseText(slot, COMMA)))) return false
    } else if (kind !== NUMBER || !number) return false
    if (column >= 0) events.numbers[column]![at] = slots.number(slot)
    for (let m = 0; m < metrics.length; m++) {
      const { column: units, decimals } = metrics[m]!
      const value = unitsOf(slots.digits[slot]!, slots.scales[slot]!, decimals)
      if (!(value < MOST_UNITS && value > -MOST_UNITS)) return false
      events.units[units]![at] = value
    }
    return true
  }
}

const DOT = 46
const COMMA = 44

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
