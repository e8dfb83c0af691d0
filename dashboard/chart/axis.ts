/** Where an axis has its marks. Pure arithmetic; everything in data units and CSS pixels. */

/** A y axis from 0 with 3 to 6 hairlines: the step is 1, 2, 2.5 or 5 times a power of ten. */
export function yStep(greatest: number): number {
  if (!(greatest > 0) || !Number.isFinite(greatest)) return 1
  const rough = greatest / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * power >= rough * (1 - 1e-9)) ?? 10
  return factor * power
}

export function yTop(greatest: number): number {
  if (!(greatest > 0)) return 1
  const step = yStep(greatest)
  return Math.ceil((greatest / step) * (1 - 1e-9)) * step
}

export function ySplits(top: number): number[] {
  const step = yStep(top)
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
}

/** Remembers the top of a live axis: it grows at once, and shrinks at most once a minute, so that the plot does not breathe. */
export interface SteadyTop {
  readonly top: number
  readonly shrinkAtMs: number
}
const calmMs = 60_000

export function steadyTop(before: SteadyTop | null, greatest: number, nowMs: number): SteadyTop {
  const wanted = yTop(greatest)
  if (before === null || wanted >= before.top) return { top: wanted, shrinkAtMs: nowMs + calmMs }
  return nowMs < before.shrinkAtMs ? before : { top: wanted, shrinkAtMs: nowMs + calmMs }
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const xStepsMs = [1, 2, 5, 10, 15, 30].map((n) => n * second).concat([1, 2, 5, 10, 15, 30].map((n) => n * minute), [1, 2, 3, 6, 12, 24, 48, 168].map((n) => n * hour))
/** Labels stand at least this far apart. */
const apartPx = 70

/** Times that get a label, on round times of the reader's zone (`zoneMs` ahead of UTC). */
export function xTicks(fromMs: number, toMs: number, widthPx: number, zoneMs: number): { stepMs: number; ticksMs: number[] } {
  const perPx = (toMs - fromMs) / Math.max(1, widthPx)
  const stepMs = xStepsMs.find((ms) => ms / perPx >= apartPx) ?? xStepsMs.at(-1)!
  const ticksMs: number[] = []
  for (let at = Math.ceil((fromMs + zoneMs) / stepMs) * stepMs - zoneMs; at <= toMs && ticksMs.length < 100; at += stepMs) ticksMs.push(at)
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
