/** A dictionary: the tuples of values a breakdown has seen in one UTC day, and their small ids in log order. */
import { createHash } from 'node:crypto'

export type Value = string | null

/** Id of every name that found no place, and how it is shown. */
export const OTHER_ID = 0
export const OTHER = '__other__'

const NAME_BYTES = 256
const CUT_BYTES = 180

/** The name of a tuple: its JSON array; a long one is cut and hashed (docs/store.md, "Keys"). */
export function nameOf(values: readonly Value[]): string {
  const name = JSON.stringify(values)
  if (name.length * 3 <= NAME_BYTES || Buffer.byteLength(name) <= NAME_BYTES) return name
  return JSON.stringify(values.map((value) => (value === null ? null : cutValue(value, values.length))))
}

/** A value as it stands in a name that was cut, of a breakdown with so many fields: the value itself where it is short. */
export function cutValue(value: string, fields: number): string {
  return shorten(value, Math.floor(CUT_BYTES / fields))
}

/** The beginning that is left of a value that was cut; null where it stands as it was sent. Who sends a text of this very form is taken for a cut one. */
export function stumpOf(value: string, fields: number): string | null {
  const stump = /^(.*)…[0-9a-f]{16}$/su.exec(value)?.[1]
  if (stump === undefined) return null
  const bytes = Buffer.byteLength(stump)
  const limit = Math.floor(CUT_BYTES / fields)
  return bytes <= limit && bytes > limit - 4 ? stump : null
}

function shorten(value: string, limitBytes: number): string {
  const bytes = Buffer.from(value)
  if (bytes.length <= limitBytes) return value
  let end = limitBytes
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end-- // never cut a code point
  return `${bytes.toString('utf8', 0, end)}…${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}

export function valuesOf(name: string): Value[] {
  return JSON.parse(name) as Value[]
}

/** How many names may still find a place past the budget. */
export const reserveOf = (budget: number): number => Math.max(LEAST_RESERVE, Math.floor(budget / 10))

const LEAST_RESERVE = 16
/** The reserve is given out in so many steps, each four times as sparing as the one before. */
const STEPS = 8

/** Decides whether an event past the budget makes its name known: 32 bits by its place in the log, an event's place in its record being `index`. */
export function drawOf(offset: number, index: number): number {
  let bits = (offset >>> 0) + Math.imul(index, 0x9e3779b1)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/**
 * The names of one breakdown and day. Ids go up by one in the order of the log. Past the budget a name is `__other__` until an event of it is drawn, one of 8 at
 * first: what comes often is soon apart, and what comes once seldom takes a place (docs/decisions/a-reserve-of-names.md).
 */
export class Dictionary {
  readonly #ids: Map<string, number>
  /** Raw values -> id, so that the common case needs no JSON. Only names that were not cut. */
  readonly #memo = new Map<string, number>()

  constructor(stored: Iterable<readonly [string, number]> = []) {
    this.#ids = new Map(stored)
  }

  get size(): number {
    return this.#ids.size
  }

  /** Whether an event of this draw makes a new name known. */
  admits(budget: number, draw: number): boolean {
    const used = this.#ids.size - budget
    // law L8: names have a budget
    if (used < 0) return true
    const reserve = reserveOf(budget)
    return used < reserve && draw >>> (29 - 2 * Math.floor((STEPS * used) / reserve)) === 0
  }

  /** Id of a tuple; `added` is called with the name and id of a new one. */
  idOf(
    values: readonly Value[],
    budget: number,
    draw: number,
    added: (name: string, id: number) => void,
  ): number {
    const raw = memoKey(values)
    const known = this.#memo.get(raw)
    if (known !== undefined) return known
    const name = nameOf(values)
    let id = this.#ids.get(name)
    if (id === undefined) {
      if (!this.admits(budget, draw)) return OTHER_ID
      id = this.#ids.size + 1
      this.#ids.set(name, id)
      added(name, id)
    }
    if (raw.length <= NAME_BYTES) this.#memo.set(raw, id)
    return id
  }

  /** Takes back a name that was added last. */
  forget(name: string): void {
    this.#ids.delete(name)
    this.#memo.clear()
  }
}

/** One string per tuple, without escaping: lengths keep the values apart. */
function memoKey(values: readonly Value[]): string {
  if (values.length === 1) return values[0] === null ? '' : `=${values[0]!}`
  let key = ''
  for (const value of values) key += value === null ? '-' : `${value.length}:${value}`
  return key
}
