/** Which step that is not over is drawn, and how much room it has at least. Pure. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The share of a plot that it has at least, however little of it is over: a bar or a piece of a line that can be seen. */
export const OPEN_LEAST = 1 / 60

export interface OpenStep {
  readonly stepMs: number
  readonly rangeMs: number
  readonly asBars: boolean
  /** No step of which anything is known is over. */
  readonly isOnly: boolean
}

/**
 * A reader does not wait a day for the bar of today, and not a second for the point of this one. Of bars, whose outline says that more
 * comes, the open one is drawn from a minute on. A line falls to what there is so far: it is drawn to it from an hour on, and only where
 * the last piece is wide enough to be told from a drop of the numbers; days and longer always. Where no step is over, it is all there is.
 */
export const showsOpen = ({ stepMs, rangeMs, asBars, isOnly }: OpenStep): boolean =>
  isOnly ||
  stepMs >= DAY_MS ||
  (asBars ? stepMs >= MINUTE_MS : stepMs >= HOUR_MS && stepMs >= rangeMs * OPEN_LEAST)
