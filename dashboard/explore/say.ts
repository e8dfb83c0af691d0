/** How values of what is shown are written. Pure. */
import { amount, figures, fixed, short } from '../format/format.ts'
import { sum } from '../format/values.ts'
import { addsUp, type Shown } from './ask.ts'

export type Say = (value: number) => string

/** A part of something is a percentage; what is more than the whole, or of another kind, is a number. */
const isPart = ({ of, per }: Shown): boolean =>
  per !== null && of.metric.field === null && per.metric.field === null

export const sayShown = (shown: Shown): Say => {
  const { of, per } = shown
  if (isPart(shown))
    return (value) => (Math.abs(value) <= 1.2 ? `${fixed(value * 100, 2)}\u202f%` : figures(value))
  if (per !== null) return figures
  if (of.metric.kind === 'uniques') return (value) => amount(value)
  if (!addsUp(of)) return figures
  return of.metric.field === null ? (value) => amount(value) : sum
}
/** In the narrow columns of a legend. */
export const sayShort = (shown: Shown): Say => {
  const whole = sayShown(shown)
  return (value) => (Math.abs(value) >= 9_999.5 ? short(value, 0) : whole(value))
}
/** A change of a percentage is a number of points, not a percentage of a percentage. */
export const isPercentage = isPart
