/** Everything one frame of a time plot shows, in data units. What draws it decides nothing. */
import { nearest } from './axis.ts'

export interface Curve {
  readonly values: readonly (number | null)[]
  /** 0 "others", 1 to 8 a series, -1 the total. */
  readonly colour: number
  /** `base`: down to zero; `below`: down to the curve before it; `bar`: one bar a step, by the scene's {@link Scene.bars}. */
  readonly fill: 'none' | 'base' | 'below' | 'bar'
  readonly widthPx: number
  /** A dot where the curve ends. */
  readonly dot: boolean
}

/** What a frame is painted in. */
export interface Palette {
  readonly surface: string
  readonly grid: string
  readonly edge: string
  readonly ink: string
  readonly ink2: string
  readonly ink3: string
  readonly accent: string
  readonly warn: string
  readonly accentBg: string
  /** The stretch before. */
  readonly was: string
  readonly hatch: string
  readonly hatchBg: string
  /** Opacity of an area's fill. */
  readonly area: number
  /** Index 0 is "others", 1 to 8 the series. */
  readonly series: readonly string[]
  /** The same in grey, for a plot that is no longer true. */
  readonly grey: readonly string[]
  readonly font: string
}

/** Of a canvas what a painter from elsewhere needs. */
export type Pen = Record<'save' | 'restore' | 'beginPath' | 'fill' | 'clip' | 'stroke', () => void> &
  Record<'moveTo' | 'lineTo', (x: number, y: number) => void> &
  Record<'rect' | 'strokeRect', (x: number, y: number, widthPx: number, heightPx: number) => void> & {
    fillStyle: unknown
    strokeStyle: unknown
    lineWidth: number
    setLineDash(px: number[]): void
    arc(x: number, y: number, r: number, from: number, to: number): void
  }

type ToPx = (value: number) => number
/** Left, top, width, height. */
export type Rectangle = readonly [x: number, y: number, widthPx: number, heightPx: number]

export interface Scene {
  /** Draws a curve as bars, one a step: code that comes where somebody asks for them. In pixels of the canvas. */
  readonly bars?: (values: Curve['values'], scene: Scene, x: ToPx, y: ToPx, ratio: number) => Rectangle[]
  /** Draws the last point, which is no whole step yet: code that comes where there may be one. */
  readonly open?: (ctx: Pen, scene: Scene, box: Box, palette: Palette) => void
  /** End of each point's stretch, and its start. */
  readonly timesMs: readonly number[]
  readonly startsMs: readonly number[]
  /** Of a day or longer: a point is named by its day. */
  readonly stepMs: number
  readonly curves: readonly Curve[]
  readonly bottom: number
  readonly top: number
  /** Between hairlines. */
  readonly step: number
  /** The stretch before, laid over this one. */
  readonly before: { readonly timesMs: readonly number[]; readonly values: readonly (number | null)[] } | null
  readonly fromMs: number
  readonly toMs: number
  readonly asOfMs: number | null
  readonly sinceMs: number | null
  /** The data stopped: the plot is grey and its mark is amber. */
  readonly stopped: boolean
  readonly cursorMs: number | null
  /** Curve under the pointer, -1 for none. */
  readonly near: number
  /** The stretch that a drag has marked, ms. */
  readonly marked: readonly [number, number] | null
}

/** Where the plot lies inside its canvas, CSS pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Room for the upper half of the top label, half a foot of the mark, and the x labels. */
export const margins = { top: 7, right: 5, bottom: 22 } as const

export const boxOf = (widthPx: number, heightPx: number, gutterPx: number): Box => ({
  left: gutterPx,
  top: margins.top,
  width: Math.max(1, widthPx - gutterPx - margins.right),
  height: Math.max(1, heightPx - margins.top - margins.bottom),
})

export const xOf = (scene: Scene, box: Box, ms: number): number =>
  box.left + ((ms - scene.fromMs) / (scene.toMs - scene.fromMs)) * box.width
export const yOf = (scene: Scene, box: Box, value: number): number =>
  box.top + box.height * (1 - (value - scene.bottom) / (scene.top - scene.bottom))
export const timeAt = (scene: Scene, box: Box, x: number): number =>
  scene.fromMs + ((x - box.left) / box.width) * (scene.toMs - scene.fromMs)

/** Stretches without data that lie between data, as pairs of indexes of the points on both sides. */
export function gaps(values: readonly (number | null)[]): [number, number][] {
  const found: [number, number][] = []
  let known = -1
  for (let i = 0; i < values.length; i++) {
    if ((values[i] ?? null) === null) continue
    if (known >= 0 && i - known > 1) found.push([known, i])
    known = i
  }
  return found
}

export const isBars = ({ curves }: Pick<Scene, 'curves'>): boolean => curves[0]?.fill === 'bar'

/** The point that a time means: the bar in which it lies, else the nearest. -1 where there is none. */
export function pointAt(scene: Scene, ms: number): number {
  const { timesMs } = scene
  if (!isBars(scene)) return nearest(timesMs, ms)
  const at = timesMs.findIndex((endMs) => endMs > ms)
  return at < 0 ? timesMs.length - 1 : at
}

/** A point with nothing on either side. */
export const isLonely = (values: readonly (number | null)[], i: number): boolean =>
  (values[i] ?? null) !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null

/** Which colour a curve has. */
export const colourOf = (scene: Scene, palette: Palette, at: number): string =>
  at < 0
    ? scene.stopped
      ? palette.grey[0]!
      : palette.ink2
    : ((scene.stopped ? palette.grey : palette.series)[at] ?? palette.ink2)
