/** The stretch before, as a dashed curve over the others. */
import { faded } from './palette.ts'
import { xOf, yOf, type Box, type Palette, type Scene } from './scene.ts'

type Canvas = CanvasRenderingContext2D
type Values = readonly (number | null)[]

/** Stretches of points without a hole, as `[from, to)`. */
function runs(values: Values): [number, number][] {
  const found: [number, number][] = []
  let from = -1
  for (let i = 0; i <= values.length; i++) {
    const known = i < values.length && (values[i] ?? null) !== null
    if (known && from < 0) from = i
    if (!known && from >= 0) {
      found.push([from, i])
      from = -1
    }
  }
  return found
}

function trace(
  ctx: Canvas,
  scene: Scene,
  box: Box,
  timesMs: readonly number[],
  values: Values,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++)
    ctx[i === from ? 'moveTo' : 'lineTo'](xOf(scene, box, timesMs[i]!), yOf(scene, box, values[i]!))
}

/** A fourth of the points, each the mean of four: a dash stays legible. */
function thinned(
  timesMs: readonly number[],
  values: Values,
): { timesMs: number[]; values: (number | null)[] } {
  const each = timesMs.length > 60 ? 4 : 1
  const out: { timesMs: number[]; values: (number | null)[] } = { timesMs: [], values: [] }
  for (let end = timesMs.length; end > 0; end -= each) {
    const from = Math.max(0, end - each)
    const part = values.slice(from, end)
    out.timesMs.unshift((timesMs[from]! + timesMs[end - 1]!) / 2)
    out.values.unshift(
      part.some((value) => value === null)
        ? null
        : part.reduce<number>((sum, value) => sum + value!, 0) / part.length,
    )
  }
  return out
}

export function paintBefore(ctx: Canvas, scene: Scene, box: Box, palette: Palette): void {
  if (scene.before === null) return
  const { timesMs, values } = thinned(scene.before.timesMs, scene.before.values)
  ctx.save()
  ctx.beginPath()
  ctx.rect(box.left, box.top - 2, box.width + 0.5, box.height + 3)
  ctx.clip()
  ctx.lineJoin = 'round'
  ctx.beginPath()
  for (const [from, to] of runs(values)) trace(ctx, scene, box, timesMs, values, from, to)
  ctx.strokeStyle = faded(palette.surface, 0.7)
  ctx.lineWidth = 4
  ctx.stroke()
  ctx.strokeStyle = scene.stopped ? palette.grey[0]! : palette.was
  ctx.lineWidth = 1.5
  ctx.setLineDash([3, 3])
  ctx.stroke()
  ctx.restore()
}
