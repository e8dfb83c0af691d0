/** From answers whose windows do not add up to what a chart shows: each window as it came. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { line, type ChartModel, type Line } from './chart-model.ts'
import { OPEN_LEAST, showsOpen } from './open-step.ts'

/** A number of different ones only grows while its window runs: before the window is over it is what there is so far. */
export interface WholePlan {
  readonly names: readonly string[]
  readonly grows: boolean
}

const valuesOf = ({ series }: SeriesAnswer): readonly (number | null)[] => series[0]?.values ?? []

/** Windows that are over, and the running one where what it says does not grow with it. */
export function shownWindows({ timesMs, meta }: SeriesAnswer, grows: boolean): number {
  const asOfMs = meta.asOfMs ?? 0
  const end = timesMs.findIndex((ms) => (grows ? ms + meta.intervalMs : ms) > asOfMs)
  return end < 0 ? timesMs.length : end
}

/** One answer a line, all of one interval; the first says the times. */
export function wholeModel(answers: readonly SeriesAnswer[], { names, grows }: WholePlan): ChartModel {
  const [first] = answers as [SeriesAnswer, ...SeriesAnswer[]]
  const { intervalMs, asOfMs, sinceMs, fromMs, toMs } = first.meta
  const over = shownWindows(first, grows)
  const openMs = first.timesMs[over]
  const rangeMs = toMs - fromMs
  const isOpen =
    grows &&
    openMs !== undefined &&
    openMs < (asOfMs ?? 0) &&
    showsOpen({
      stepMs: intervalMs,
      rangeMs,
      asBars: false,
      isOnly: over === 0 || (sinceMs ?? Number.NEGATIVE_INFINITY) >= openMs,
    })
  const startsMs = first.timesMs.slice(0, isOpen ? over + 1 : over)
  const endOf = (ms: number): number =>
    isOpen && ms === openMs
      ? Math.min(ms + intervalMs, Math.max(asOfMs!, ms + rangeMs * OPEN_LEAST))
      : Math.min(ms + intervalMs, asOfMs ?? ms + intervalMs)
  const lines = answers.map((answer, i): Line => {
    const at = new Map(answer.timesMs.map((ms, n) => [ms, valuesOf(answer)[n] ?? null]))
    return line(
      names[i]!,
      names[i]!,
      i + 1,
      startsMs.map((ms) => at.get(ms) ?? null),
    )
  })
  return {
    stepMs: intervalMs,
    startsMs,
    endsMs: startsMs.map(endOf),
    lines: lines.length === 1 ? [] : lines,
    total: lines[0]!,
    isWhole: true,
    fromMs,
    toMs,
    asOfMs,
    sinceMs,
    ...(isOpen && { openUntilMs: openMs + intervalMs }),
  }
}
