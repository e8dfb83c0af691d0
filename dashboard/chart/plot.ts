/** The only file that imports uPlot. It draws the curves and their areas; the painter draws what lies under and over them; the pointer is ours (`time-chart.tsx`). */
import uPlot from 'uplot'
import { paintBefore } from './before.ts'
import { paintOver, paintUnder } from './paint.ts'
import { faded } from './palette.ts'
import { boxOf, colourOf, margins, type Box, type Curve, type Palette, type Scene } from './scene.ts'

export interface Size {
  readonly widthPx: number
  readonly heightPx: number
  /** Room for the labels of the y axis. */
  readonly gutterPx: number
}

export interface Plot {
  /** Draws a scene; a new set of curves rebuilds the plot, new numbers do not. */
  show(scene: Scene, palette: Palette, size: Size): void
  destroy(): void
}

/** What a plot is built for once: its curves' areas and widths, and its gutter. */
const shapeOf = (curves: readonly Curve[], { gutterPx }: Size): string =>
  `${gutterPx}:${curves.map((curve) => `${curve.fill}${curve.widthPx}`).join()}`

export function createPlot(host: HTMLElement): Plot {
  let shown: { scene: Scene; palette: Palette; size: Size; given: Scene } | undefined
  let plot: uPlot | undefined
  let built = ''

  const colour = (i: number): string =>
    colourOf(shown!.scene, shown!.palette, shown!.scene.curves[i]?.colour ?? 0)
  function painted(
    u: uPlot,
    painters: readonly ((
      ctx: CanvasRenderingContext2D,
      scene: Scene,
      box: Box,
      palette: Palette,
      ratio: number,
    ) => void)[],
  ): void {
    const { scene, palette, size } = shown!
    const ratio = u.ctx.canvas.width / size.widthPx
    u.ctx.save()
    u.ctx.scale(ratio, ratio)
    for (const paint of painters)
      paint(u.ctx, scene, boxOf(size.widthPx, size.heightPx, size.gutterPx), palette, ratio)
    u.ctx.restore()
  }

  const paintOpen = (ctx: CanvasRenderingContext2D, { open }: Scene, box: Box, palette: Palette): void =>
    open?.(ctx, shown!.given, box, palette)

  /** A path builder as uPlot's documentation has it. No flags: bars are no bands. */
  function barPaths(u: uPlot, i: number): uPlot.Series.Paths {
    const { scene } = shown!
    const along = (name: 'x' | 'y') => (value: number) => u.valToPos(value, name, true)
    const fill = new Path2D()
    for (const bar of scene.bars!(scene.curves[i]!.values, scene, along('x'), along('y'), devicePixelRatio))
      fill.rect(...bar)
    return { stroke: null, fill, clip: null, band: null, flags: 0 }
  }

  function options({ curves }: Scene, { widthPx, heightPx, gutterPx }: Size): uPlot.Options {
    const area = (i: number): string => faded(colour(i), shown!.palette.area)
    return {
      width: widthPx,
      height: heightPx,
      padding: [margins.top, margins.right, margins.bottom, gutterPx],
      legend: { show: false },
      cursor: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: () => [shown!.scene.fromMs, shown!.scene.toMs] },
        y: { range: () => [shown!.scene.bottom, shown!.scene.top] },
      },
      series: [
        {},
        ...curves.map(
          (curve, i): uPlot.Series => ({
            stroke: () => colour(i),
            width: curve.widthPx,
            points: { show: false },
            ...(curve.fill === 'base'
              ? { fill: () => area(i), fillTo: () => Math.max(0, shown!.scene.bottom) }
              : curve.fill === 'bar'
                ? { fill: () => colour(i), paths: (u) => barPaths(u, i) }
                : {}),
          }),
        ),
      ],
      bands: curves.flatMap((curve, i): uPlot.Band[] =>
        curve.fill === 'below' ? [{ series: [i + 1, i], fill: () => area(i) }] : [],
      ),
      hooks: {
        drawClear: [(u) => painted(u, [paintUnder])],
        draw: [(u) => painted(u, [paintBefore, paintOpen, paintOver])],
      },
    }
  }

  return {
    show(scene, palette, size) {
      const resized =
        shown !== undefined && (shown.size.widthPx !== size.widthPx || shown.size.heightPx !== size.heightPx)
      const given = scene
      // No line and no bar of its own for what is not over.
      if (scene.open !== undefined)
        scene = {
          ...scene,
          curves: scene.curves.map((curve) => ({ ...curve, values: [...curve.values.slice(0, -1), null] })),
        }
      shown = { scene, palette, size, given }
      const data = [
        scene.timesMs as number[],
        ...scene.curves.map((curve) => curve.values as (number | null)[]),
      ] as uPlot.AlignedData
      const shape = shapeOf(scene.curves, size)
      if (plot === undefined || built !== shape) {
        plot?.destroy()
        built = shape
        plot = new uPlot(options(scene, size), data, host)
        return
      }
      if (resized) plot.setSize({ width: size.widthPx, height: size.heightPx })
      plot.setData(data)
    },
    destroy() {
      plot?.destroy()
      plot = undefined
    },
  }
}
