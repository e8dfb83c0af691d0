/** From what a chart knows to the scene it shows: stacked, as lines, or one series alone. Pure. */
import { stacked, type ChartModel, type Line } from '../series/chart-model.ts'
import type { Curve, Scene } from './scene.ts'

/** Rates on top of each other, rates beside each other, means: only these do not begin at 0. */
export type ChartKind = 'stack' | 'lines' | 'means'

export interface View {
  readonly curves: readonly Curve[]
  readonly keys: readonly string[]
  /** Least and greatest value that is drawn. */
  readonly least: number
  readonly greatest: number
}

const curve = (
  line: Line,
  values: readonly (number | null)[],
  rest: Pick<Curve, 'fill' | 'widthPx' | 'dot'>,
): Curve => ({ values, colour: line.colour, ...rest })

/** `solo` is the key of the one series to show, or null for all. */
export function viewOf(model: ChartModel, kind: ChartKind, solo: string | null): View {
  const alone = [...model.lines, model.total].find((line) => line.key === solo)
  if (alone !== undefined)
    return {
      curves: [
        curve(alone, alone.values, { fill: kind === 'means' ? 'none' : 'base', widthPx: 1.5, dot: true }),
      ],
      keys: [alone.key],
      least: alone.min ?? 0,
      greatest: alone.max ?? 0,
    }
  if (kind !== 'stack') {
    const lines = model.lines.length === 0 ? [model.total] : model.lines
    const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)
    return {
      curves: lines.map((line) => curve(line, line.values, { fill: 'none', widthPx: 1.5, dot: true })),
      keys: lines.map((line) => line.key),
      least: Math.min(...known(lines.map((line) => line.min))),
      greatest: Math.max(...known(lines.map((line) => line.max))),
    }
  }
  if (model.lines.length === 0)
    return {
      curves: [curve(model.total, model.total.values, { fill: 'base', widthPx: 1.5, dot: true })],
      keys: ['total'],
      least: 0,
      greatest: model.total.max ?? 0,
    }
  // Others are hollow: they are the room between the last named series and the total.
  const named = model.lines.filter((line) => line.colour !== 0)
  const heights = stacked(named, model.endsMs.length)
  return {
    curves: [
      ...named.map((line, i) =>
        curve(line, heights[i]!, { fill: i === 0 ? 'base' : 'below', widthPx: 1, dot: false }),
      ),
      curve(model.total, model.total.values, { fill: 'none', widthPx: 1.25, dot: false }),
    ],
    keys: [...named.map((line) => line.key), 'total'],
    least: 0,
    greatest: model.total.max ?? 0,
  }
}

export interface Moment {
  readonly bottom: number
  readonly top: number
  /** Between hairlines. */
  readonly step: number
  readonly before: Scene['before']
  /** A range that ends at a given time, ms; null moves on with the mark. */
  readonly fixed: { readonly fromMs: number; readonly toMs: number } | null
  readonly marked: Scene['marked']
  readonly rangeMs: number
  /** The clock of the API, where the plot must show what is not known yet; null ends it at the mark. */
  readonly nowMs: number | null
  readonly stopped: boolean
  readonly cursorMs: number | null
  readonly nearKey: string | null
}

export function sceneOf(model: ChartModel, view: View, moment: Moment): Scene {
  const toMs =
    moment.fixed?.toMs ?? Math.max(model.asOfMs ?? model.toMs, moment.nowMs ?? 0, model.endsMs.at(-1) ?? 0)
  return {
    timesMs: model.endsMs,
    startsMs: model.startsMs,
    stepMs: model.stepMs,
    curves: view.curves,
    bottom: moment.bottom,
    top: moment.top,
    step: moment.step,
    before: moment.before,
    marked: moment.marked,
    // What of the open step is still to come takes no room at the other end.
    fromMs:
      moment.fixed?.fromMs ??
      Math.max(toMs - moment.rangeMs, model.openUntilMs === undefined ? 0 : model.fromMs),
    toMs,
    asOfMs: model.asOfMs,
    sinceMs: model.sinceMs,
    stopped: moment.stopped,
    cursorMs: moment.cursorMs,
    near: view.keys.findIndex((key) => key === moment.nearKey),
  }
}
