/** Where an axis has its marks. Pure arithmetic; everything in data units and CSS pixels. */

/** A y axis from 0 with 3 to 6 hairlines: the step is 1, 2, 2.5 or 5 times a power of ten. */
export function yStep(greatest: number, lines = 5): number {
  if (!(greatest > 0) || !Number.isFinite(greatest)) return 1
  const rough = greatest / lines
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * power >= rough * (1 - 1e-9)) ?? 10
  return factor * power
}

export interface Bounds {
  readonly bottom: number
  readonly top: number
  /** Its marks are so far apart. */
  readonly step: number
}

/** Bounds of an axis on its own steps: from 0 where nothing is below, or (`fit`) rounded outwards around what there is. */
export function yBounds(least: number, greatest: number, fit: boolean, lines = 5): Bounds {
  const bottom = fit && Number.isFinite(least) ? least : Math.min(0, least)
  if (!Number.isFinite(greatest) || (greatest <= 0 && bottom >= 0 && !fit))
    return { bottom: 0, top: 1, step: 1 }
  const step = yStep(greatest > bottom ? greatest - bottom : Math.abs(greatest) || 1, lines)
  const low = Math.floor((bottom / step) * (1 + (bottom < 0 ? -1e-9 : 1e-9))) * step
  const high = Math.ceil((greatest / step) * (1 - 1e-9)) * step
  return { bottom: low, top: high > low ? high : low + step, step }
}

/** Its marks, 3 to 7 of them. */
export function ySplits({ bottom, top, step }: Bounds): number[] {
  const first = Math.ceil(bottom / step - 1e-9)
  return Array.from({ length: Math.floor(top / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
}

/** Remembers the bounds of a live axis: they grow at once, and shrink at most once a minute, so that the plot does not breathe. */
export interface SteadyBounds extends Bounds {
  readonly shrinkAtMs: number
}
const CALM_MS = 60_000

export function steadyBounds(before: SteadyBounds | null, wanted: Bounds, nowMs: number): SteadyBounds {
  if (
    before === null ||
    nowMs >= before.shrinkAtMs ||
    (wanted.top >= before.top && wanted.bottom <= before.bottom)
  )
    return { ...wanted, shrinkAtMs: nowMs + CALM_MS }
  if (wanted.top <= before.top && wanted.bottom >= before.bottom) return before
  return {
    bottom: Math.min(wanted.bottom, before.bottom),
    top: Math.max(wanted.top, before.top),
    step: Math.max(wanted.step, before.step),
    shrinkAtMs: before.shrinkAtMs,
  }
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const xStepsMs = [1, 2, 5, 10, 15, 30]
  .map((n) => n * SECOND)
  .concat(
    [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
    [1, 2, 3, 6, 12, 24, 48, 168, 336, 672, 1344, 2688, 8736, 17_472, 34_944].map((n) => n * HOUR),
  )
/** Labels stand at least this far apart. */
const APART_PX = 70

interface Clock {
  readonly localMs: (atMs: number) => number
  readonly instantOf: (localMs: number) => number
}

/** Times that get a label, on round times of the reader's clock: midnight stays midnight where clocks are set between. */
export function xTicks(
  fromMs: number,
  toMs: number,
  widthPx: number,
  { localMs, instantOf }: Clock,
): { stepMs: number; ticksMs: number[] } {
  const perPx = (toMs - fromMs) / Math.max(1, widthPx)
  const stepMs = xStepsMs.find((ms) => ms / perPx >= APART_PX) ?? xStepsMs.at(-1)!
  const ticksMs: number[] = []
  // Below an hour no clock is set between two ticks, and its quarters are those of its zone.
  const first = Math.ceil(localMs(fromMs) / stepMs) * stepMs
  for (let n = 0; n < 100; n++) {
    const at = instantOf(first + n * stepMs)
    if (at > toMs) break
    // In the hour that comes twice the clock shows no new time.
    if (at >= fromMs && at > (ticksMs.at(-1) ?? Number.NEGATIVE_INFINITY)) ticksMs.push(at)
  }
  return { stepMs, ticksMs }
}

/** Index of the point nearest to a time; -1 where there are none. */
export function nearest(timesMs: readonly number[], ms: number): number {
  let best = -1
  let distance = Number.POSITIVE_INFINITY
  for (let i = 0; i < timesMs.length; i++) {
    const away = Math.abs(timesMs[i]! - ms)
    if (away < distance) {
      best = i
      distance = away
    }
  }
  return best
}
