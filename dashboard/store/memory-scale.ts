/** Where samples and forecast stand in the plot of the memory. Pure: shares of its width and height, from the top left. */
import type { StoreMemory } from '../../query-api/wire.ts'

export interface MemoryScale {
  /** Of the samples. */
  readonly line: readonly (readonly [x: number, y: number])[]
  /** The moment up to which all is known, as a share of the width. */
  readonly nowX: number
  /** Where the forecast ends; null = there is none. */
  readonly forecast: { readonly y: number; readonly atMs: number; readonly bytes: number } | null
  /** Height of the limit; null = it is none, or far above. */
  readonly limitY: number | null
  readonly fromMs: number
  readonly toMs: number
  readonly labels: readonly { readonly bytes: number; readonly y: number }[]
}

/** The share of the width that is left to the forecast, which never goes further than what was measured. */
const AHEAD = 0.3
/** A limit is drawn where what is in use comes near it. */
const NEAR_LIMIT = 0.25

/** `samples`: at least two, oldest first. */
export function memoryScale(
  samples: NonNullable<StoreMemory['samples']>,
  forecast: StoreMemory['forecast'],
): MemoryScale {
  const [first, last] = [samples[0]!, samples.at(-1)!]
  const spanMs = Math.max(1, last.atMs - first.atMs)
  const aheadMs = forecast === null ? 0 : (spanMs * AHEAD) / (1 - AHEAD)
  const toMs = last.atMs + aheadMs
  const later =
    forecast === null ? null : Math.max(0, last.usedBytes + (forecast.growthBytesADay * aheadMs) / 86_400_000)
  const most = Math.max(...samples.map(({ usedBytes }) => usedBytes), later ?? 0)
  const isNear = last.maxBytes > 0 && most > last.maxBytes * NEAR_LIMIT
  const step = niceStep((isNear ? Math.max(most, last.maxBytes) : most) * 1.05)
  const top = step * Math.ceil(((isNear ? Math.max(most, last.maxBytes) : most) * 1.05) / step)
  const y = (value: number): number => 1 - value / top
  return {
    line: samples.map(({ atMs, usedBytes }) => [
      (atMs - first.atMs) / (toMs - first.atMs || 1),
      y(usedBytes),
    ]),
    nowX: (last.atMs - first.atMs) / (toMs - first.atMs || 1),
    forecast: later === null ? null : { y: y(later), atMs: toMs, bytes: later },
    limitY: isNear ? y(last.maxBytes) : null,
    fromMs: first.atMs,
    toMs,
    labels: Array.from({ length: Math.round(top / step) + 1 }, (_, at) => ({
      bytes: at * step,
      y: y(at * step),
    })),
  }
}

/** 1, 2 or 5 times a power of ten, so that three to six labels stand. */
function niceStep(top: number): number {
  const least = Math.max(1, top) / 5
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5, 10].find((one) => one * power >= least) ?? 10)
}
