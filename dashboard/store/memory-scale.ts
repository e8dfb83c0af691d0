/** Where samples and forecast stand in the plot of the memory. Pure: shares of its width and height, from the top left. */
import type { StoreMemory } from '../../query-api/wire.ts'

export interface MemoryScale {
  /** Of the samples. */
  readonly line: readonly (readonly [x: number, y: number])[]
  /** What it was for, the lowest first, each upon the one before; none where a sample does not say. */
  readonly bands: readonly Band[]
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

export interface Band {
  readonly part: string
  /** At the newest sample. */
  readonly nowBytes: number
  /** Upper and lower edge. */
  readonly upper: readonly (readonly [x: number, y: number])[]
  readonly lower: readonly (readonly [x: number, y: number])[]
}

/** A part that never comes to this share of all is no band of its own: it is in the topmost, which ends at the line. */
const LEAST_BAND = 0.01
/** As many as colours tell apart; the smaller ones are one. */
const MOST_BANDS = 5
const ALL_ELSE = 'all else'
/** The share of the width that is left to the forecast, which never goes further than what was measured. */
const AHEAD = 0.3
/** A limit is drawn where what is in use comes near it. */
const NEAR_LIMIT = 0.25

type Samples = NonNullable<StoreMemory['samples']>

/** `samples`: at least two, oldest first. */
export function memoryScale(samples: Samples, forecast: StoreMemory['forecast']): MemoryScale {
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
  const x = (atMs: number): number => (atMs - first.atMs) / (toMs - first.atMs || 1)
  return {
    line: samples.map(({ atMs, usedBytes }) => [x(atMs), y(usedBytes)]),
    bands: bandsOf(samples, x, y),
    nowX: x(last.atMs),
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

function bandsOf(samples: Samples, x: (atMs: number) => number, y: (bytes: number) => number): Band[] {
  // Samples of an older version, and those before all keys were weighed once, do not say: those from then on are drawn.
  const byKind = since(samples, ({ parts, kinds }) => parts !== undefined && kinds !== undefined)
  const told = byKind.length > 1 ? byKind : since(samples, ({ parts }) => parts !== undefined)
  if (told.length < 2) return []
  const held = told.map(({ parts, kinds }): Record<string, number> => {
    const { data, ...rest } = parts!
    return byKind.length > 1 ? { ...kinds, ...rest } : { data, ...rest }
  })
  const most = (part: string): number =>
    Math.max(...held.map((one, at) => (one[part] ?? 0) / Math.max(1, told[at]!.usedBytes)))
  const order = [...new Set(held.flatMap((one) => Object.keys(one)))]
    .filter((part) => most(part) >= LEAST_BAND)
    .sort((a, b) => most(b) - most(a))
  const shown = order.length > MOST_BANDS ? [...order.slice(0, MOST_BANDS - 1), ALL_ELSE] : order
  const edges = [told.map(() => 0)]
  for (const part of shown.slice(0, -1))
    edges.push(held.map((one, at) => edges.at(-1)![at]! + (one[part] ?? 0)))
  edges.push(told.map(({ usedBytes }) => usedBytes))
  const edge = (at: number): [number, number][] =>
    told.map(({ atMs }, index) => [x(atMs), y(edges[at]![index]!)])
  return shown.map((part, at) => ({
    part,
    nowBytes: edges[at + 1]!.at(-1)! - edges[at]!.at(-1)!,
    upper: edge(at + 1),
    lower: edge(at),
  }))
}

const since = (samples: Samples, isTold: (sample: Samples[number]) => boolean): Samples =>
  samples.slice(samples.findLastIndex((sample) => !isTold(sample)) + 1)

/** 1, 2 or 5 times a power of ten, so that three to six labels stand. */
function niceStep(top: number): number {
  const least = Math.max(1, top) / 5
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5, 10].find((one) => one * power >= least) ?? 10)
}
