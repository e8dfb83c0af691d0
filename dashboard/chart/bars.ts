/** Bars: one a step, from where it begins to where it ends. */
import type { View } from './scenes.ts'
import type { Curve, Rectangle, Scene } from './scene.ts'

/** Bars stand apart where there is room for it. CSS pixels. */
const GAP_PX = 2

/** `x` and `y` bring values to pixels, `ratio` of them to one of CSS. */
export function barPaths(
  values: Curve['values'],
  scene: Scene,
  x: (ms: number) => number,
  y: (value: number) => number,
  ratio: number,
): Rectangle[] {
  const base = y(Math.max(0, scene.bottom))
  const gap = GAP_PX * ratio
  return values.flatMap((value, i): Rectangle[] => {
    if (value === null) return []
    const left = x(Math.max(scene.fromMs, scene.startsMs[i]!))
    const right = x(scene.timesMs[i]!)
    const apart = right - left > 4 * gap ? gap : 0
    const top = y(value)
    const widthPx = Math.max(ratio, right - left - apart)
    return [[left + apart / 2, Math.min(top, base), widthPx, Math.abs(base - top)]]
  })
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
