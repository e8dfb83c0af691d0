/** What lies under and over the curves: hairlines, hatch, the tidemark, labels, the cursor. In CSS pixels; the caller scaled the canvas. */
import { instantOf, localMs } from '../format/zone.ts'
import { axisLabels, clockMinute, clockTime, dayOf } from '../format/format.ts'
import { xTicks, ySplits } from './axis.ts'
import { colourOf, gaps, isBars, isLonely, xOf, yOf, type Box, type Palette, type Scene } from './scene.ts'
import { unknownStretches } from './unknown.ts'

type Canvas = CanvasRenderingContext2D

const crisp = (at: number): number => Math.round(at - 0.5) + 0.5
const DAY = 86_400_000

function lineTo(
  ctx: Canvas,
  colour: string,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  width = 1,
): void {
  ctx.strokeStyle = colour
  ctx.lineWidth = width
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.stroke()
}

function text(
  ctx: Canvas,
  palette: Palette,
  colour: string,
  align: CanvasTextAlign,
  words: string,
  x: number,
  y: number,
): void {
  ctx.font = `11px ${palette.font}`
  ctx.textAlign = align
  ctx.textBaseline = 'middle'
  ctx.fillStyle = colour
  ctx.fillText(words, x, y)
}

const patterns = new Map<string, CanvasPattern>()

/** Hatch = not known: one upright stroke in a 6 px tile, turned by 45 degrees. */
function hatch(ctx: Canvas, palette: Palette, ratio: number): CanvasPattern | string {
  const key = `${palette.hatch}${palette.hatchBg}${ratio}`
  const had = patterns.get(key)
  if (had !== undefined) return had
  const tile = document.createElement('canvas')
  tile.width = tile.height = Math.max(1, Math.round(6 * ratio))
  const inner = tile.getContext('2d')
  if (inner === null) return palette.hatchBg
  inner.fillStyle = palette.hatchBg
  inner.fillRect(0, 0, tile.width, tile.height)
  inner.fillStyle = palette.hatch
  inner.fillRect(0, 0, 1.2 * ratio, tile.height)
  const pattern = ctx.createPattern(tile, 'repeat')
  if (pattern === null) return palette.hatchBg
  pattern.setTransform(new DOMMatrix().rotate(45).scale(6 / tile.width))
  patterns.set(key, pattern)
  return pattern
}

function hatched(
  ctx: Canvas,
  box: Box,
  palette: Palette,
  ratio: number,
  x0: number,
  x1: number,
  strength: number,
): void {
  const from = Math.max(box.left, x0)
  const to = Math.min(box.left + box.width, x1)
  if (to - from < 1) return
  ctx.globalAlpha = strength
  ctx.fillStyle = hatch(ctx, palette, ratio)
  ctx.fillRect(from, box.top, to - from, box.height)
  ctx.globalAlpha = 1
}

/** A hatch says what it hides where there is room to say it. */
function named(ctx: Canvas, box: Box, palette: Palette, words: string, x0: number, x1: number): void {
  const from = Math.max(box.left, x0)
  const to = Math.min(box.left + box.width, x1)
  if (to - from < 90) return
  ctx.font = `11px ${palette.font}`
  const width = ctx.measureText(words).width + 8
  if (width > to - from) return
  const x = (from + to) / 2
  const y = box.top + box.height / 2
  ctx.fillStyle = palette.surface
  ctx.fillRect(x - width / 2, y - 8, width, 16)
  text(ctx, palette, palette.ink3, 'center', words, x, y)
}

export function paintUnder(ctx: Canvas, scene: Scene, box: Box, palette: Palette, ratio: number): void {
  if (scene.marked !== null) {
    const [from, to] = scene.marked.map((ms) => xOf(scene, box, ms)) as [number, number]
    ctx.fillStyle = palette.accentBg
    ctx.fillRect(Math.min(from, to), box.top, Math.abs(to - from), box.height)
  }
  const marks = ySplits(scene)
  const { labels, times } = axisLabels(marks, scene.step)
  if (times !== '') text(ctx, palette, palette.ink3, 'left', times, 0, 5)
  for (const [i, value] of marks.entries()) {
    const y = crisp(yOf(scene, box, value))
    lineTo(ctx, value === scene.bottom ? palette.edge : palette.grid, box.left, y, box.left + box.width, y)
    text(ctx, palette, palette.ink3, 'right', labels[i]!, box.left - 8, y)
  }
  for (const stretch of unknownStretches(scene))
    hatched(
      ctx,
      box,
      palette,
      ratio,
      xOf(scene, box, stretch.fromMs),
      xOf(scene, box, stretch.toMs),
      stretch.strength,
    )
}

function disc(
  ctx: Canvas,
  x: number,
  y: number,
  r: number,
  fill: string,
  ring: string,
  ringPx: number,
): void {
  ctx.beginPath()
  ctx.arc(x, y, r, 0, Math.PI * 2)
  ctx.fillStyle = fill
  ctx.fill()
  ctx.strokeStyle = ring
  ctx.lineWidth = ringPx
  ctx.stroke()
}

/** Points without a neighbour: no line shows them. */
const lonely = (values: readonly (number | null)[]): number[] =>
  values.flatMap((_, i) => (isLonely(values, i) ? [i] : []))

function ends(ctx: Canvas, scene: Scene, box: Box, palette: Palette): void {
  for (const curve of scene.curves) {
    if (curve.fill === 'bar') continue
    const colour = colourOf(scene, palette, curve.colour)
    if (curve.dot || curve.colour === -1)
      for (const [before, after] of gaps(curve.values))
        for (const i of [before, after].filter((i) => !isLonely(curve.values, i)))
          disc(
            ctx,
            xOf(scene, box, scene.timesMs[i]!),
            yOf(scene, box, curve.values[i]!),
            2.5,
            palette.surface,
            colour,
            1.5,
          )
    for (const i of lonely(curve.values))
      disc(
        ctx,
        xOf(scene, box, scene.timesMs[i]!),
        yOf(scene, box, curve.values[i]!),
        3,
        colour,
        palette.surface,
        1,
      )
    const last = curve.values.length - 1
    const value = curve.values[last] ?? null
    if (curve.dot && value !== null)
      disc(
        ctx,
        xOf(scene, box, scene.timesMs[last]!),
        yOf(scene, box, value),
        3.5,
        colour,
        palette.surface,
        1.5,
      )
  }
}

/** The tidemark: a hairline with a foot, where all is known up to. */
function mark(
  ctx: Canvas,
  scene: Scene,
  box: Box,
  palette: Palette,
): { x: number; from: number; to: number } | undefined {
  if (scene.asOfMs === null || scene.asOfMs < scene.fromMs || scene.asOfMs > scene.toMs) return undefined
  const colour = scene.stopped ? palette.warn : palette.accent
  const at = Math.min(xOf(scene, box, scene.asOfMs), box.left + box.width)
  const x = crisp(at)
  const base = box.top + box.height
  lineTo(ctx, colour, x, box.top, x, base)
  ctx.fillStyle = colour
  ctx.beginPath()
  ctx.moveTo(x, base - 5)
  ctx.lineTo(x + 4, base + 1)
  ctx.lineTo(x - 4, base + 1)
  ctx.fill()
  const words = clockTime(scene.asOfMs)
  ctx.font = `11px ${palette.font}`
  const width = ctx.measureText(words).width
  const from = at - width >= box.left - 20 ? at - width : at
  text(ctx, palette, colour, 'left', words, from, base + 13)
  return { x, from, to: from + width }
}

function cursor(
  ctx: Canvas,
  scene: Scene,
  box: Box,
  palette: Palette,
): { from: number; to: number } | undefined {
  if (scene.cursorMs === null || scene.cursorMs < scene.fromMs || scene.cursorMs > scene.toMs)
    return undefined
  const at = scene.timesMs.indexOf(scene.cursorMs)
  const startMs = scene.startsMs[at] ?? scene.cursorMs
  const x = crisp(xOf(scene, box, isBars(scene) ? (startMs + scene.cursorMs) / 2 : scene.cursorMs))
  const base = box.top + box.height
  lineTo(ctx, palette.ink2, x, box.top, x, base)
  const near = scene.curves[scene.near]
  const value = near?.values[at] ?? null
  if (near !== undefined && value !== null)
    disc(ctx, x, yOf(scene, box, value), 3.5, colourOf(scene, palette, near.colour), palette.surface, 1.5)
  const words =
    scene.stepMs >= DAY
      ? dayOf(startMs)
      : scene.toMs - scene.fromMs > DAY
        ? `${dayOf(scene.cursorMs)} ${clockMinute(scene.cursorMs)}`
        : clockTime(scene.cursorMs)
  ctx.font = `11px ${palette.font}`
  const width = ctx.measureText(words).width + 10
  const from = Math.min(Math.max(x - width / 2, 0), box.left + box.width + 4 - width)
  ctx.fillStyle = palette.ink
  ctx.beginPath()
  ctx.roundRect(from, base + 5, width, 16, 2)
  ctx.fill()
  text(ctx, palette, palette.surface, 'center', words, from + width / 2, base + 13)
  return { from, to: from + width }
}

function xLabels(
  ctx: Canvas,
  scene: Scene,
  box: Box,
  palette: Palette,
  keepOut: readonly { from: number; to: number }[],
): void {
  const { stepMs, ticksMs } = xTicks(scene.fromMs, scene.toMs, box.width, { localMs, instantOf })
  for (const at of ticksMs) {
    const x = xOf(scene, box, at)
    const half = stepMs < 60_000 ? 23 : 15
    if (x < box.left + half - 4 || x > box.left + box.width - half + 4) continue
    if (keepOut.some((taken) => x + half + 12 > taken.from && x - half - 12 < taken.to)) continue
    const words =
      stepMs >= DAY || localMs(at) % DAY === 0 ? dayOf(at) : stepMs < 60_000 ? clockTime(at) : clockMinute(at)
    text(ctx, palette, palette.ink3, 'center', words, x, box.top + box.height + 13)
  }
}

export function paintOver(ctx: Canvas, scene: Scene, box: Box, palette: Palette): void {
  for (const stretch of unknownStretches(scene))
    named(ctx, box, palette, stretch.words, xOf(scene, box, stretch.fromMs), xOf(scene, box, stretch.toMs))
  const tide = mark(ctx, scene, box, palette)
  ends(ctx, scene, box, palette)
  const pointed = cursor(ctx, scene, box, palette)
  xLabels(
    ctx,
    scene,
    box,
    palette,
    [tide, pointed].filter((taken) => taken !== undefined),
  )
}
