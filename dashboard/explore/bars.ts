/** Bars as paths of uPlot: one a step, from where it begins to where it ends. See "Custom path builders" in uPlot's documentation. */
import type uPlot from 'uplot'
import type { View } from '../chart/scenes.ts'
import type { Scene } from '../chart/scene.ts'

/** Bars stand apart where there is room for it. */
const GAP_PX = 2
const LEAST_PX = 1

export function barPaths(u: uPlot, series: number, scene: Scene): uPlot.Series.Paths {
  const path = new Path2D()
  const values = u.data[series] as readonly (number | null)[]
  const ratio = devicePixelRatio
  const base = u.valToPos(Math.max(0, scene.bottom), 'y', true)
  values.forEach((value, i) => {
    if (value === null || value === undefined) return
    const left = u.valToPos(Math.max(scene.fromMs, scene.startsMs[i]!), 'x', true)
    const right = u.valToPos(scene.timesMs[i]!, 'x', true)
    const gap = right - left > 4 * GAP_PX * ratio ? GAP_PX * ratio : 0
    const top = u.valToPos(value, 'y', true)
    path.rect(
      left + gap / 2,
      Math.min(top, base),
      Math.max(LEAST_PX * ratio, right - left - gap),
      Math.abs(base - top),
    )
  })
  // No flags: bars are no bands.
  return { stroke: null, fill: path, clip: null, band: null, flags: 0 }
}

/** A stack as bars: the tallest first, so that each lies over the one above it; others are the grey that is left. */
export const barsOf = (view: View): View => ({
  ...view,
  curves: view.curves
    .map((curve) => ({
      ...curve,
      fill: 'bar' as const,
      widthPx: 0,
      dot: false,
      colour: curve.colour < 0 && view.curves.length > 1 ? 0 : curve.colour,
    }))
    .toReversed(),
  keys: view.keys.toReversed(),
})
