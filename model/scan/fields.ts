/** A field's column from the slots of a record, by the options of the definition. */
import type { DecodedBatch } from '../columns/batch.ts'
import { keyHash } from '../time/clock.ts'
import { toUnits } from '../numbers/decimal.ts'
import type { Field, Form, Source } from '../definition.ts'
import { numberInput, textInput } from '../measures/index.ts'
import { compileShape } from '../decode/read-value.ts'
import { textHash, textHashOf } from '../text-hash.ts'
import { isInJson, isTopic } from './can-scan.ts'
import { ShapedTexts } from './shaped-texts.ts'
import {
  ABSENT,
  FALSE,
  LONG_NUMBER,
  NULL,
  NUMBER,
  POWERS,
  TEXT,
  TOPIC,
  TRUE,
  WORD_FALSE,
  WORD_TRUE,
  type Slots,
} from './slots.ts'

/** Writes the field of one event at `at`; false: for the plain decoder. */
export type WriteField = (at: number) => boolean

const MOST_UNITS = 2 ** 53
const FNV_PRIME = 0x01000193

export function compileField(
  source: Source,
  place: number,
  slots: Slots,
  places: readonly number[],
  batch: DecodedBatch,
): WriteField {
  const field = source.fields[place]!
  const column = batch.layout.textOf[place]!
  const hashed = hashedAs(field, source, batch)
  const write =
    field.type === 'number'
      ? compileNumber(source, place, slots, batch)
      : compileName(source, field, column, hashed, slots, batch)
  if (field.type === 'string' || field.takes !== undefined || field.absent !== undefined)
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

/** Columns of the metrics that count the different texts of a field. */
function hashedAs(field: Field, source: Source, { layout }: DecodedBatch): number[] {
  return source.metrics.flatMap((metric, m) => (textInput(metric) === field.name ? [layout.unitsOf[m]!] : []))
}

/** A text that is a JSON string and nothing else, wherever it stands: as most fields are. */
export const isPlainText = ({ type, takes, absent, clean, query, from }: Field): boolean =>
  type === 'string' &&
  [takes, absent, clean, query].every((option) => option === undefined) &&
  !from.some(isTopic)

/** All plain texts of a source in one loop. */
export function compileTexts(
  source: Source,
  slots: Slots,
  places: readonly (readonly number[])[],
  batch: DecodedBatch,
): WriteField {
  const { layout, events, dictionary } = batch
  const all = source.fields.flatMap((field, place) => {
    if (!isPlainText(field)) return []
    const [column, isKey] = [layout.textOf[place]!, field.name === source.key]
    const isNamed = isKey && source.entity !== null
    const hashed = hashedAs(field, source, batch)
    if (column >= 0 || isKey || hashed.length > 0)
      for (const slot of places[place]!) slots.isTypeOnly[slot] = 0
    const isName = column >= 0 && field.from.every(isInJson)
    if (isName) for (const slot of places[place]!) slots.isName[slot] = 1
    return [{ places: places[place]!, column, isName, isKey, isNamed, hashed, isOptional: field.optional }]
  })
  return (at) => {
    for (let f = 0; f < all.length; f++) {
      const { places: own, column, isName, isKey, isNamed, hashed, isOptional } = all[f]!
      const slot = own.length === 1 ? own[0]! : slots.firstOf(own)
      const kind = slot < 0 ? ABSENT : slots.kinds[slot]!
      if (kind === TEXT) {
        const { bytes } = slots
        if (isNamed && slots.from[slot] === slots.to[slot]) return false
        if (isKey) events.keyHashes[at] = hashOfKey(slots, slots.from[slot]!, slots.to[slot]!)
        if (column >= 0)
          events.texts[column]![at] = isName
            ? dictionary.codeOfHashed(bytes, slots.from[slot]!, slots.to[slot]!, slots.hashes[slot]!)
            : dictionary.codeOf(bytes, slots.from[slot]!, slots.to[slot]!)
        if (hashed.length > 0) {
          const hash = textHash(bytes, slots.from[slot]!, slots.to[slot]!)
          for (let n = 0; n < hashed.length; n++) events.units[hashed[n]!]![at] = hash
        }
      } else {
        if (kind > NULL || !isOptional) return false
        if (isKey) events.keyHashes[at] = 0
        if (column >= 0) events.texts[column]![at] = 0
        for (let n = 0; n < hashed.length; n++) events.units[hashed[n]!]![at] = NaN
      }
    }
    return true
  }
}

function compileName(
  source: Source,
  field: Field,
  column: number,
  hashed: readonly number[],
  slots: Slots,
  batch: DecodedBatch,
): (slot: number, at: number) => boolean {
  const { dictionary, events } = batch
  const isKey = source.key === field.name
  const takes = new Set<Form>(field.takes ?? [field.type])
  const [text, number] = [takes.has('string'), takes.has('number')]
  const [boolean, isWord] = [takes.has('boolean'), takes.has('words')]
  const isPlain = field.clean === undefined && field.query === undefined
  const shape = compileShape(field)
  const shaped = isPlain ? null : new ShapedTexts(dictionary, shape)
  const topic = text ? shape(source.topic) : null
  let [topicCode, topicEpoch] = [0, -1]

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
    if (kind === TOPIC && text) {
      if (topicEpoch !== dictionary.epoch)
        [topicCode, topicEpoch] = [topic === null ? 0 : dictionary.codeOfText(topic), dictionary.epoch]
      return topicCode
    }
    if (kind === TRUE && boolean) return dictionary.codeOf(WORD_TRUE, 0, WORD_TRUE.length)
    if (kind === FALSE && boolean) return dictionary.codeOf(WORD_FALSE, 0, WORD_FALSE.length)
    return -1
  }

  /** For the metrics that count different texts. */
  function take(at: number, hash: number): void {
    for (let n = 0; n < hashed.length; n++) events.units[hashed[n]!]![at] = hash
  }

  return (slot, at) => {
    if (slot < 0) {
      if (column >= 0) events.texts[column]![at] = 0
      if (isKey) events.keyHashes[at] = 0
      take(at, NaN)
      return true
    }
    const code = codeOf(slot)
    if (code < 0 || (code === 0 && !field.optional)) return false
    if (isKey && source.entity !== null && dictionary.textOf(code) === '') return false
    if (column >= 0) events.texts[column]![at] = code
    if (isKey) events.keyHashes[at] = keyHash(dictionary.textOf(code))
    if (hashed.length > 0) take(at, code === 0 ? NaN : textHashOf(dictionary.textOf(code)!))
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
  const metrics = source.metrics.flatMap((metric, m) => {
    const input = numberInput(metric)
    return input?.field === field.name ? [{ column: layout.unitsOf[m]!, decimals: input.decimals }] : []
  })
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
function hashOfKey({ bytes, walk: { view } }: Slots, from: number, to: number): number {
  let hash = 0x811c9dc5
  let at = from
  for (const last = to - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true)
    if ((word & 0x80808080) !== 0) return keyHash(bytes.toString('utf8', from, to))
    hash = Math.imul(hash ^ (word & 0xff), FNV_PRIME)
    hash = Math.imul(hash ^ ((word >>> 8) & 0xff), FNV_PRIME)
    hash = Math.imul(hash ^ ((word >>> 16) & 0xff), FNV_PRIME)
    hash = Math.imul(hash ^ (word >>> 24), FNV_PRIME)
  }
  for (; at < to; at++) {
    const byte = bytes[at]!
    if (byte > 127) return keyHash(bytes.toString('utf8', from, to))
    hash = Math.imul(hash ^ byte, FNV_PRIME)
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
