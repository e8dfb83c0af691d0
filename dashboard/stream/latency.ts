/** How long numbers took to this screen: what the API said of its lag, and what this page added until it drew. Of the last 900 drawn frames. */

interface Sample {
  readonly lagMs: number
  readonly shownMs: number
}
const MOST = 900
const samples: Sample[] = []

export function drawn(lagMs: number, shownMs: number): void {
  samples.push({ lagMs, shownMs })
  if (samples.length > MOST) samples.shift()
}

export interface Latency {
  readonly frames: number
  /** Medians, ms: from the log to the answer, and from the answer to the screen. */
  readonly answerMs: number
  readonly screenMs: number
  /** Of both together, ms. */
  readonly medianMs: number
  readonly p99Ms: number
  readonly worstMs: number
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
const ascending = (values: number[]): number[] => values.sort((a, b) => a - b)

/** Null before the first frame. */
export function latency(): Latency | null {
  if (samples.length === 0) return null
  const all = ascending(samples.map(({ lagMs, shownMs }) => lagMs + shownMs))
  const answerMs = quantile(ascending(samples.map(({ lagMs }) => lagMs)), 0.5)
  const medianMs = quantile(all, 0.5)
  return {
    frames: samples.length,
    answerMs: Math.min(answerMs, medianMs),
    screenMs: Math.max(0, medianMs - answerMs),
    medianMs,
    p99Ms: quantile(all, 0.99),
    worstMs: all.at(-1)!,
  }
}
