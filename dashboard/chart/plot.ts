/** A canvas that shows one scene at a time: what lies under the curves, the curves, what lies over them. It decides nothing. */
import { paintCurves } from './curves.ts'
import { paintOver, paintUnder } from './paint.ts'
import type { Palette } from './palette.ts'
import { boxOf, type Scene } from './scene.ts'

export interface Size {
  readonly widthPx: number
  readonly heightPx: number
  /** Room for the labels of the y axis. */
  readonly gutterPx: number
}

export function paintScene(canvas: HTMLCanvasElement, scene: Scene, palette: Palette, { widthPx, heightPx, gutterPx }: Size): void {
  const ratio = devicePixelRatio || 1
  const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)]
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  // Setting a size clears; so does this.
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height]
  else ctx.clearRect(0, 0, width, height)
  ctx.save()
  ctx.scale(ratio, ratio)
  const box = boxOf(widthPx, heightPx, gutterPx)
  paintUnder(ctx, scene, box, palette, ratio)
  paintCurves(ctx, scene, box, palette)
  paintOver(ctx, scene, box, palette)
  ctx.restore()
}
