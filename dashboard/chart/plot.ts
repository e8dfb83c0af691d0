/** The only door to uPlot. It draws the curves; the painter draws what lies under and over them; we keep the pointer ourselves. */
import uPlot from 'uplot'
import { paintOver, paintUnder } from './paint.ts'
import { faded, type Palette } from './palette.ts'
import { boxOf, margins, type Curve, type Scene } from './scene.ts'

export interface Plot {
  /** Draws a scene; a new set of curves rebuilds the plot, new numbers do not. */
  show(scene: Scene, palette: Palette): void
  resize(widthPx: number, heightPx: number): void
  destroy(): void
}

const shape = (curves: readonly Curve[]): string => curves.map((curve) => `${curve.fill}${curve.widthPx}`).join()

/** A plot in `host`, which gives it its size; `gutterPx` is the room for the labels of the y axis. */
export function createPlot(host: HTMLElement, size: { widthPx: number; heightPx: number; gutterPx: number }): Plot {
  let scene: Scene | undefined
  let palette: Palette | undefined
  let plot: uPlot | undefined
  let built = ''
  let { widthPx, heightPx } = size

  const colour = (i: number): string => {
    const at = scene?.curves[i]?.colour ?? 0
    if (at < 0) return scene?.stopped ? palette!.grey[0]! : palette!.ink2
    return (scene?.stopped ? palette!.grey : palette!.series)[at] ?? palette!.ink2
  }
  const paint = (u: uPlot, painter: typeof paintUnder): void => {
    if (scene === undefined || palette === undefined) return
    const ratio = u.ctx.canvas.width / widthPx
    u.ctx.save()
    u.ctx.scale(ratio, ratio)
    painter(u.ctx, scene, boxOf(widthPx, heightPx, size.gutterPx), palette, ratio)
    u.ctx.restore()
  }

  function options(first: Scene): uPlot.Options {
    return {
      width: widthPx,
      height: heightPx,
      padding: [margins.top, margins.right, margins.bottom, size.gutterPx],
      legend: { show: false },
      cursor: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: () => [scene!.fromMs, scene!.toMs] },
        y: { range: () => [0, scene!.top] },
      },
      series: [
        {},
        ...first.curves.map((curve, i): uPlot.Series => ({
          stroke: () => colour(i),
          width: curve.widthPx,
          points: { show: false },
          ...(curve.fill === 'base' ? { fill: () => faded(colour(i), palette!.area) } : {}),
        })),
      ],
      bands: first.curves.flatMap((curve, i): uPlot.Band[] => (curve.fill === 'below' ? [{ series: [i + 1, i], fill: () => faded(colour(i), palette!.area) }] : [])),
      hooks: { drawClear: [(u) => paint(u, paintUnder)], draw: [(u) => paint(u, paintOver)] },
    }
  }

  return {
    show(next, colours) {
      scene = next
      palette = colours
      const data = [next.timesMs as number[], ...next.curves.map((curve) => curve.values as (number | null)[])] as uPlot.AlignedData
      const wanted = shape(next.curves)
      if (plot === undefined || built !== wanted) {
        plot?.destroy()
        built = wanted
        plot = new uPlot(options(next), data, host)
      } else plot.setData(data)
    },
    resize(width, height) {
      if (width === widthPx && height === heightPx) return
      widthPx = width
      heightPx = height
      plot?.setSize({ width, height })
    },
    destroy() {
      plot?.destroy()
      plot = undefined
    },
  }
}
