/** One field's value as the fold takes it: a name or a number, or why it is neither. */
import { cleanPath, queryOf } from './clean-path.ts'
import { isCommaText, isNumberText, nameOfNumber, says } from '../numbers/decimal-text.ts'
import type { Reject } from './decoded.ts'
import type { Field, Form } from '../definition.ts'
import { pathText } from './path.ts'
import { isNotText } from './record-parts.ts'

/** `place`: in the array that stands there. */
type TextOf = (place?: number) => string | undefined

/** `textOf`: a number past 2^53 as it was written, where that is known. Null is absent. */
export type ReadValue = (value: unknown, textOf: TextOf) => string | number | null | Reject

export const isReject = (value: unknown): value is Reject => typeof value === 'object' && value !== null

export const isPastExact = (value: unknown): value is number =>
  typeof value === 'number' && (value >= 2 ** 53 || value <= -(2 ** 53))

/** Of a value that is there: neither null nor undefined. */
export function compileRead(field: Field): ReadValue {
  const takes = new Set<Form>(field.takes ?? [field.type])
  const label = labelOf(field)
  const wrong = (value: unknown): Reject | null =>
    field.absent === 'unreadable'
      ? null
      : { reason: 'wrong_type', detail: `${label}: ${wrongDetail(value, field, takes)}` }
  const one =
    field.type === 'string' ? compileName(field, takes, label, wrong) : compileNumber(takes, label, wrong)
  const read = field.list ? compileList(one, field, label) : one
  if (field.absent === undefined) return read
  return (value, textOf) => (value === '' ? null : read(value, textOf))
}

type Wrong = (value: unknown) => Reject | null

function compileName(field: Field, takes: ReadonlySet<Form>, label: string, wrong: Wrong): ReadValue {
  const shape = compileShape(field)
  return (value, textOf) => {
    if (typeof value === 'string')
      return takes.has('string') || (takes.has('words') && (value === 'true' || value === 'false'))
        ? shape(value)
        : wrong(value)
    if (typeof value === 'boolean' && takes.has('boolean')) return String(value)
    if (typeof value !== 'number' || !takes.has('number')) return wrong(value)
    if (!Number.isFinite(value)) return notFinite(label)
    return nameOfNumber(value, isPastExact(value) ? textOf() : undefined)
  }
}

/** Different values that an event may have of one field. */
export const MOST_VALUES = 20

/** A value that stands there without an array is an array of it. Values that are absent are none; without any the field is absent. */
function compileList(read: ReadValue, { absent }: Field, label: string): ReadValue {
  return (given, textOf) => {
    const texts = new Set<string>()
    for (const [at, value] of (Array.isArray(given) ? given : [given]).entries()) {
      if (value === null || (value === '' && absent !== undefined)) continue
      const text = read(value, () => textOf(at))
      if (isReject(text)) return text
      if (text !== null) texts.add(text as string)
    }
    if (texts.size > MOST_VALUES)
      return {
        reason: 'too_wide',
        detail: `${label}: ${texts.size} different values; ${MOST_VALUES} are counted of an event`,
      }
    return texts.size === 0 ? null : JSON.stringify([...texts])
  }
}

/** What is made of a text; null is absent. */
export function compileShape({ query, clean }: Field): (text: string) => string | null {
  if (query !== undefined) return (text) => queryOf(text, query)
  if (clean === undefined) return (text) => text
  const [path, lowercase] = [clean.includes('path'), clean.includes('lowercase')]
  return (text) => (path ? cleanPath(text, lowercase) : text.toLowerCase())
}

function compileNumber(takes: ReadonlySet<Form>, label: string, wrong: Wrong): ReadValue {
  return (given, textOf) => {
    let value = given
    let text: string | undefined
    if (typeof given === 'string' && takes.has('digits')) {
      if (isNumberText(given)) text = given
      else if (takes.has('comma') && isCommaText(given)) text = given.replace(',', '.')
      else return wrong(given)
      value = Number(text)
    }
    if (typeof value !== 'number') return wrong(given)
    if (!Number.isFinite(value)) return notFinite(label)
    if (isPastExact(value)) {
      text ??= textOf()
      if (text !== undefined && !says(text, value))
        return {
          reason: 'too_large',
          detail: `${label}: ${text.slice(0, 80)} is past 2^53 and would be counted as ${value}; send it with fewer digits, or make an id of it: { type: string, accept: number }`,
        }
    }
    return value
  }
}

const notFinite = (label: string): Reject => ({
  reason: 'not_finite',
  detail: `${label} is larger than a double can hold`,
})

/** `"412,52" is not a number`, and the line that would make it one. */
function wrongDetail(value: unknown, field: Field, takes: ReadonlySet<Form>): string {
  if (isNotText(value))
    return `the bytes there are no text: they are not UTF-8, or hold a NUL as binary numbers do; send text${field.from.some((path) => path[1] === 'key') ? ' (StringSerializer), or say  framed: confluent  where a schema registry wrote the key' : ''}`
  const isBoolean = takes.has('boolean') && !takes.has('string')
  const what = isBoolean ? 'boolean' : field.type
  if (Array.isArray(value))
    return `an array${field.list ? ' inside the array' : ''} is not a ${what}${field.list || what !== 'string' ? '' : `; to count each of its values, say  ${field.name}: string[]`}`
  const accept = acceptFor(value, field, isBoolean)
  const asked = field.list
    ? '"string[]"'
    : `${isBoolean ? 'boolean' : field.type}${field.optional ? '?' : ''}`
  const line = accept === null ? hintOf(value, field, isBoolean, takes) : lineFor(value, field, asked, accept)
  return `${show(value)} is not a ${what}${line}`
}

/** Three digits behind a comma may be thousands: then the line is for who knows that they are not. */
function lineFor(value: unknown, { name }: Field, asked: string, accept: string): string {
  const isGroup = accept === 'comma' && /^-?[1-9]\d{0,2},\d{3}$/.test(String(value))
  return `; ${isGroup ? 'if its comma is a decimal comma' : 'to count it'}, say  ${name}: { type: ${asked}, accept: ${accept} }`
}

/** Why a text that looks like a number is none, or what would let the event count without it. */
function hintOf(
  value: unknown,
  { name, type, absent }: Field,
  isBoolean: boolean,
  takes: ReadonlySet<Form>,
): string {
  if (typeof value !== 'string' || type !== 'number' || isBoolean) return ''
  if (value === '')
    return absent === undefined ? `; to let it be absent, say  ${name}: { type: number?, absent: empty }` : ''
  if (/\d/.test(value))
    return '; a number in quotes is read as JSON writes it (12.5, -3, 1e3): without +, spaces, units and marks between thousands'
  // A letter where the meter could not be read.
  const read = takes.has('comma') ? 'accept: comma, ' : takes.has('digits') ? 'accept: text, ' : ''
  return `; to let what is no number be absent, say  ${name}: { type: number?, ${read}absent: unreadable }`
}

function acceptFor(value: unknown, { type }: Field, isBoolean: boolean): string | null {
  if (isBoolean) return value === 'true' || value === 'false' ? 'text' : null
  if (type === 'string') return typeof value === 'number' || typeof value === 'boolean' ? typeof value : null
  if (typeof value !== 'string') return null
  return isNumberText(value) ? 'text' : isCommaText(value) ? 'comma' : null
}

/** `amount`, or where it was looked for: `amount (payload.amount)`, `country (geo.country or cc)`. */
export function labelOf({ name, from }: Field): string {
  const paths = from.map(pathText).join(' or ')
  return paths === name ? name : `${name} (${paths})`
}

export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (isNotText(value)) return 'bytes that are no text'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number larger than a double can hold'
  return JSON.stringify(value).slice(0, 80)
}
