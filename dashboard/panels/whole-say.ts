/** How values that do not add up are written. Pure. */
import type { Bounds } from '../../query-api/wire.ts'
import type { Metric } from '../plan/section.ts'
import { amount, figures } from '../format/format.ts'

/** Different ones are things that are counted: whole. All else is a value of the field. */
export const grows = ({ kind }: Metric): boolean => kind === 'uniques'
export const sayOf = (metric: Metric): ((value: number) => string) =>
  grows(metric) ? (value) => amount(value) : figures

/** The number, or the two that it lies between. */
export function sayBetween({ least, most }: Bounds, value: number, say: (value: number) => string): string {
  if (least === undefined && most === undefined) return say(value)
  return least == null || most == null
    ? `at least ${say(least ?? value)}`
    : least === most
      ? say(least)
      : `${say(least)} to ${say(most)}`
}
