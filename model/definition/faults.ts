/** What is wrong with a definition file, where, in words for people who never read this code. */
import { nearest } from '../nearest.ts'

/** Names of keys and numbers of list items (from 0), outermost first. */
export type Place = readonly (string | number)[]

export interface Fault {
  readonly place: Place
  readonly says: string
  /** Which end of the place is meant: the name itself (`unknown here`), or what stands under it. */
  readonly aim?: 'key' | 'value'
  /** From 1; absent where the definition did not come from a text. */
  readonly line?: number
  readonly column?: number
}

const SHOWN_FAULTS = 50

export class DefinitionError extends Error {
  readonly faults: readonly Fault[]
  /** `total`: how many there are, where not all are given. */
  constructor(faults: readonly Fault[], total = faults.length) {
    const sorted = faults.toSorted(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    )
    const more = total > SHOWN_FAULTS ? [`and ${total - SHOWN_FAULTS} more`] : []
    const lines = [...sorted.slice(0, SHOWN_FAULTS).map(faultText), ...more]
    super(
      `the definition has ${total} ${total === 1 ? 'fault' : 'faults'}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    )
    this.name = 'DefinitionError'
    this.faults = sorted
  }
}

export function faultText({ place, says, line, column }: Fault): string {
  const where = place.length === 0 ? says : `${placeText(place)}: ${says}`
  return line === undefined ? where : `line ${line}, column ${column}: ${where}`
}

/** `sources.orders.breakdowns[1]`; items of lists count from 0 in code and from 1 in the mouths of people, so they are shown as code. */
export function placeText(place: Place): string {
  return place
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${part}`))
    .join('')
}

/** `; did you mean "country"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

/** A value as a message shows it: short, one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') {
    const keys = Object.keys(value)
    return keys.length === 0 ? 'an empty block' : `a block with ${listed(keys, 6)}`
  }
  // Infinity and NaN would be null
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** `a, b, c`, cut after `most`. */
export function listed(words: readonly string[], most = 20): string {
  return words.length > most
    ? `${words.slice(0, most).join(', ')} and ${words.length - most} more`
    : words.join(', ')
}

/** Whether the first place is the second, or lies inside it. */
export function isWithin(inner: Place, outer: Place): boolean {
  return inner.length >= outer.length && outer.every((part, at) => part === inner[at])
}
