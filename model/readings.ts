/**
 * The latest readings of each series, in the order of their times, so that a reading that comes late finds the two it stands between (docs/store.md,
 * "Rules a recount needs", 16). Who is remembered follows from the order of the log; what a batch did is taken back until it is kept.
 */
import { dayOf, firstDayOf, Living } from './living.ts'
import type { ByteReader, ByteWriter } from './numbers/varint.ts'

/** Of one series. */
export const MOST_READINGS = 64
/** A series whose name is longer, in bytes of UTF-8, finds no place. */
export const MOST_SERIES_BYTES = 1024

export interface Reading {
  readonly timeMs: number
  readonly offset: number
  /** Of the event in its record. */
  readonly index: number
  readonly value: number
  /** By breakdown: the id of its name on its day. */
  readonly ids: readonly number[]
}

/** The two that a new reading stands between. */
export interface Neighbours {
  readonly before: Reading | null
  readonly after: Reading | null
}

const NONE: readonly Reading[] = []

export class SeriesReadings {
  readonly #forgetMs: number
  readonly #budget: number
  /** Those that this batch changed are lists of its own. */
  readonly #series = new Map<string, readonly Reading[]>()
  /** What this batch changed, as it was. */
  readonly #before = new Map<string, readonly Reading[]>()
  readonly #gone = new Set<string>()
  #living = new Living()
  #firstDay = -Infinity
  #seriesOver = 0
  #readingsOver = 0

  constructor({ forgetMs, budget }: { readonly forgetMs: number; readonly budget: number }) {
    this.#forgetMs = forgetMs
    this.#budget = budget
  }

  /** As the store holds it. */
  load(series: string, readings: readonly Reading[]): void {
    this.#series.set(series, readings)
    this.#living.move(null, dayOf(readings.at(-1)!.timeMs), Infinity)
  }

  /** Remembers a reading; null where it finds no place. `clockMs`: as earlier records left it, NaN where it is not known. */
  take(series: string, reading: Reading, clockMs: number): Neighbours | null {
    if (!Number.isNaN(clockMs)) this.#forget(firstDayOf(this.#forgetMs, clockMs))
    const held = this.#series.get(series) ?? NONE
    if (held === NONE && dayOf(reading.timeMs) < this.#firstDay) return null
    let at = held.length
    while (at > 0 && isBefore(reading, held[at - 1]!)) at--
    if (at === 0 && held.length === MOST_READINGS) {
      this.#readingsOver++
      return null
    }
    const newestMs = Math.max(reading.timeMs, held.at(-1)?.timeMs ?? -Infinity)
    const day = held === NONE ? null : dayOf(held.at(-1)!.timeMs)
    if (
      (held === NONE && Buffer.byteLength(series) > MOST_SERIES_BYTES) ||
      !this.#living.move(day, dayOf(newestMs), this.#budget)
    ) {
      this.#seriesOver++
      return null
    }
    const neighbours = { before: held[at - 1] ?? null, after: held[at] ?? null }
    const now = this.#ownOf(series, held)
    if (at === now.length) now.push(reading)
    else now.splice(at, 0, reading)
    if (now.length > MOST_READINGS) now.shift()
    return neighbours
  }

  /** Series that this batch changed. */
  get changed(): number {
    return this.#before.size
  }

  /** Takes back what came since the last {@link keep}. */
  discard(): void {
    this.#seriesOver = this.#readingsOver = 0
    if (this.#before.size === 0) return
    for (const [series, held] of this.#before)
      if (held === NONE || this.#gone.has(series)) this.#series.delete(series)
      else this.#series.set(series, held)
    this.#before.clear()
    this.#living = new Living()
    for (const held of this.#series.values()) this.#living.move(null, dayOf(held.at(-1)!.timeMs), Infinity)
  }

  /** Ends the batch: series that it changed, those that it forgot, and events that found no place. */
  keep(): {
    changed: [series: string, readings: readonly Reading[]][]
    gone: string[]
    seriesOver: number
    readingsOver: number
  } {
    const changed = [...this.#before.keys()]
      .filter((series) => this.#series.has(series))
      .map((series): [string, readonly Reading[]] => [series, this.#series.get(series)!])
    const gone = [...this.#gone].filter((series) => !this.#series.has(series))
    const [seriesOver, readingsOver] = [this.#seriesOver, this.#readingsOver]
    this.#before.clear()
    this.#gone.clear()
    this.#seriesOver = this.#readingsOver = 0
    return { changed, gone, seriesOver, readingsOver }
  }

  /** The list of a series, which this batch may change: a copy, the first time, as the batch may be taken back. */
  #ownOf(series: string, held: readonly Reading[]): Reading[] {
    const isOwn = this.#before.has(series)
    if (isOwn && held !== NONE) return held as Reading[]
    const own = held.slice()
    if (!isOwn) this.#before.set(series, held)
    this.#series.set(series, own)
    return own
  }

  #forget(firstDay: number): void {
    if (firstDay <= this.#firstDay) return
    this.#firstDay = firstDay
    this.#living.forget(firstDay)
    for (const [series, held] of this.#series)
      if (dayOf(held.at(-1)!.timeMs) < firstDay) {
        this.#series.delete(series)
        this.#gone.add(series)
      }
  }
}

/** The order of readings is that of their times; of one time that of the log. */
function isBefore(a: Reading, b: Reading): boolean {
  return a.timeMs - b.timeMs < 0 || (a.timeMs === b.timeMs && (a.offset - b.offset || a.index - b.index) < 0)
}

/** How many, then of each: z time, z offset and z value, each minus that of the one before, u place in the record; u 0, or u 1 and its ids where they differ from the one before. */
export function packReadings(readings: readonly Reading[], out: ByteWriter): void {
  out.natural(readings.length)
  let before: Reading = { timeMs: 0, offset: 0, index: 0, value: 0, ids: [] }
  for (const reading of readings) {
    out.integer(reading.timeMs - before.timeMs)
    out.integer(reading.offset - before.offset)
    out.natural(reading.index)
    packDifference(reading.value, before.value, out)
    const isSame = reading.ids.every((id, b) => id === before.ids[b])
    out.natural(isSame ? 0 : 1)
    if (!isSame) for (const id of reading.ids) out.natural(id)
    before = reading
  }
}

/** Values reach 2^53 on either side of zero. */
function packDifference(value: number, before: number, out: ByteWriter): void {
  const difference = value - before
  out.integer(Number.isSafeInteger(difference) ? difference : BigInt(value) - BigInt(before))
}

/** Throws RangeError on bytes that are no readings of so many breakdowns, ids not counted for the total. */
export function unpackReadings(from: ByteReader, breakdowns: number): Reading[] {
  const readings: Reading[] = []
  let before: Reading = { timeMs: 0, offset: 0, index: 0, value: 0, ids: [] }
  for (let left = Number(from.natural()); left > 0; left--) {
    const timeMs = before.timeMs + Number(from.integer())
    const offset = before.offset + Number(from.integer())
    const index = Number(from.natural())
    const value = Number(BigInt(before.value) + BigInt(from.integer()))
    const ids =
      from.natural() === 0 ? before.ids : Array.from({ length: breakdowns }, () => Number(from.natural()))
    before = { timeMs, offset, index, value, ids }
    readings.push(before)
  }
  if (readings.length === 0 || !from.done || before.ids.length !== breakdowns)
    throw new RangeError('these are no readings')
  return readings
}
