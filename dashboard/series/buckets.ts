/** Counts and sums per window, as the API sends them, into rates per second at as many points as a plot can show. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'

/** Steps that divide a day, ms. */
const stepsMs = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
].map((s) => s * 1000)
/** More points than this on a plot are noise to the eye. */
const MOST_POINTS = 240
/** A running window is shown once it is at least this old: before, its rate is a guess. */
const RIPE_MS = 10_000

/** When a window of an answer ends: of days, weeks and months where the next begins. */
export const endOf = ({ timesMs, meta }: Pick<SeriesAnswer, 'timesMs' | 'meta'>, i: number): number =>
  timesMs[i + 1] ?? Math.max(meta.toMs, timesMs[i]! + 1)

/** The finest step that keeps a range within so many points and is made of whole windows. */
export function stepFor(rangeMs: number, intervalMs: number, mostPoints = MOST_POINTS): number {
  return (
    stepsMs.find((ms) => ms >= intervalMs && ms % intervalMs === 0 && rangeMs / ms <= mostPoints) ??
    Math.max(intervalMs, stepsMs.at(-1)!)
  )
}

export interface Rates {
  readonly stepMs: number
  /** When each point's stretch ends, ascending; the last one may be the running one, which ends at asOf. */
  readonly endsMs: readonly number[]
  /** Start of the same stretches. */
  readonly startsMs: readonly number[]
  /** Per column, per second (or the mean, see {@link toRates}). Null where any window of the stretch has no data. */
  readonly columns: readonly (readonly (number | null)[])[]
}

interface Stretch {
  startMs: number
  endMs: number
  from: number
  to: number
}

/** Stretches of `stepMs` that are wholly inside the answer and before asOf, and the running one once it is ripe. */
function stretches(
  timesMs: readonly number[],
  intervalMs: number,
  stepMs: number,
  asOfMs: number,
): Stretch[] {
  const found: Stretch[] = []
  let i = 0
  while (i < timesMs.length) {
    // A window that is a step of its own begins where it begins: days of a zone not at those of UTC, nor are all as long.
    const alone = stepMs <= intervalMs
    const startMs = alone ? timesMs[i]! : Math.floor(timesMs[i]! / stepMs) * stepMs
    const endMs = (alone ? timesMs[i + 1] : undefined) ?? startMs + stepMs
    const from = i
    while (i < timesMs.length && timesMs[i]! < endMs) i++
    const whole = alone || (timesMs[from] === startMs && (i - from) * intervalMs === stepMs)
    if (endMs <= asOfMs) {
      if (whole) found.push({ startMs, endMs, from, to: i })
    } else if (asOfMs - startMs >= RIPE_MS && timesMs[from] === startMs)
      found.push({ startMs, endMs: asOfMs, from, to: i })
  }
  return found
}

/** Sum over a stretch; null where any of its windows has no data, but for those before the log began: of that time only what was back-dated is known. */
function whole(
  values: readonly (number | null)[],
  stretch: Stretch,
  timesMs: readonly number[],
  sinceMs: number,
): number | null {
  let sum: number | null = null
  for (let i = stretch.from; i < stretch.to; i++) {
    const value = values[i] ?? null
    if (value === null) {
      if (timesMs[i]! < sinceMs) continue
      // Windows of the running stretch that have not begun are not gaps.
      if (timesMs[i]! >= stretch.endMs) break
      return null
    }
    sum = (sum ?? 0) + value
  }
  return sum
}

export interface RateOptions {
  /** One column per column, makes means of sums: each stretch is its sum by its weight, null where that is 0. */
  readonly weights?: readonly (readonly (number | null)[])[] | undefined
  /** The log begins here: the stretch in which it does counts from there on. */
  readonly sinceMs?: number | null
}

export function toRates(
  timesMs: readonly number[],
  columns: readonly (readonly (number | null)[])[],
  intervalMs: number,
  rangeMs: number,
  asOfMs: number | null,
  { weights, sinceMs = null }: RateOptions = {},
): Rates {
  const stepMs = stepFor(rangeMs, intervalMs)
  const beganMs = sinceMs ?? Number.NEGATIVE_INFINITY
  /** From when on a stretch is known: the log's beginning, or what was back-dated to before it. */
  const knownFrom = (values: readonly (number | null)[], { startMs, from, to }: Stretch): number => {
    if (startMs >= beganMs) return startMs
    let first = from
    while (first < to && (values[first] ?? null) === null) first++
    return Math.max(startMs, Math.min(beganMs, timesMs[first] ?? beganMs))
  }
  const all = asOfMs === null ? [] : stretches(timesMs, intervalMs, stepMs, asOfMs)
  return {
    stepMs,
    endsMs: all.map((stretch) => stretch.endMs),
    startsMs: all.map((stretch) => stretch.startMs),
    columns: columns.map((values, c) =>
      all.map((stretch) => {
        const sum = whole(values, stretch, timesMs, beganMs)
        if (sum === null) return null
        if (weights === undefined)
          return (
            (sum * 1000) / Math.max(stretch.endMs - knownFrom(values, stretch), Math.min(intervalMs, RIPE_MS))
          )
        const weight = whole(weights[c] ?? [], stretch, timesMs, beganMs)
        return weight === null || weight === 0 ? null : sum / weight
      }),
    ),
  }
}

/** Sum over what is known; null where nothing is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  let sum: number | null = null
  for (const value of values) if (value !== null) sum = (sum ?? 0) + value
  return sum
}

/** Adds columns point by point; null where no column has data. */
export function addColumns(
  columns: readonly (readonly (number | null)[])[],
  length: number,
): (number | null)[] {
  const total: (number | null)[] = Array.from({ length }, () => null)
  for (const column of columns)
    for (let i = 0; i < length; i++) {
      const value = column[i] ?? null
      if (value !== null) total[i] = (total[i] ?? 0) + value
    }
  return total
}
