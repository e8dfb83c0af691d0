/** A step that is not over, drawn as such: a bar that is hatched inside its outline, the last piece of a line dashed to a hollow dot. */
import type { ChartModel } from '../series/chart-model.ts'
import { barPaths } from './bars.ts'
import {
  colourOf,
  xOf,
  yOf,
  type Box,
  type Curve,
  type Palette,
  type Pen,
  type Rectangle,
  type Scene,
} from './scene.ts'
import type { View } from './scenes.ts'

/** Strokes of the hatch stand so far apart, CSS pixels. */
const HATCH_PX = 6
/** A piece that is shorter is no line any more: its dot stands alone. */
const LEAST_PIECE_PX = 8

/** What is drawn otherwise than as a curve, for a chart that has it. */
export const marksOf = ({ openUntilMs }: ChartModel): Pick<Scene, 'bars' | 'open'> => ({
  bars: barPaths,
  ...(openUntilMs !== undefined && { open: paintOpen }),
})

/** The axis has room for what there is so far: it may be past all that is over. */
export function withOpen(view: View, { openUntilMs }: ChartModel): View {
  if (openUntilMs === undefined) return view
  const values = view.curves.flatMap((curve) => curve.values.at(-1) ?? [])
  return { ...view, least: Math.min(view.least, ...values), greatest: Math.max(view.greatest, ...values) }
}

function hatchedBar(ctx: Pen, colour: string, surface: string, [x, y, width, height]: Rectangle): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.fillStyle = surface
  ctx.fill()
  ctx.clip()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.2
  ctx.beginPath()
  // On a grid of the whole plot, so that the strokes of a bar that grows stand still.
  for (let at = Math.floor((x + y) / HATCH_PX) * HATCH_PX; at < x + y + width + height; at += HATCH_PX) {
    ctx.moveTo(at - y, y)
    ctx.lineTo(at - y - height, y + height)
  }
  ctx.stroke()
  ctx.restore()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1
  ctx.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), Math.max(0, height - 1))
}

/** `scene` has the open step as its last point. */
export function paintOpen(ctx: Pen, scene: Scene, box: Box, palette: Palette): void {
  const last = scene.timesMs.length - 1
  const x = (ms: number): number => xOf(scene, box, ms)
  const y = (value: number): number => yOf(scene, box, value)
  for (const curve of scene.curves) {
    const value = curve.values[last] ?? null
    if (value === null) continue
    const colour = colourOf(scene, palette, curve.colour)
    if (curve.fill === 'bar') {
      const alone: Curve['values'] = curve.values.map((one, i) => (i === last ? one : null))
      for (const rect of barPaths(alone, scene, x, y, 1)) hatchedBar(ctx, colour, palette.surface, rect)
      continue
    }
    const [toX, toY] = [x(scene.timesMs[last]!), y(value)]
    const before = curve.values[last - 1] ?? null
    const fromX = last > 0 ? x(scene.timesMs[last - 1]!) : toX
    if (before !== null && toX - fromX >= LEAST_PIECE_PX) {
      ctx.save()
      ctx.strokeStyle = colour
      ctx.lineWidth = curve.widthPx
      ctx.setLineDash([3, 3])
      ctx.beginPath()
      ctx.moveTo(fromX, y(before))
      ctx.lineTo(toX, toY)
      ctx.stroke()
      ctx.restore()
    }
    if (!curve.dot && curve.colour >= 0) continue
    ctx.beginPath()
    ctx.arc(toX, toY, 3, 0, Math.PI * 2)
    ctx.fillStyle = palette.surface
    ctx.fill()
    ctx.strokeStyle = colour
    ctx.lineWidth = 1.5
    ctx.stroke()
  }
}
