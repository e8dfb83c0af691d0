/** Functions of values that were computed already, number by number. Pure. */
import { badParam } from '../problem.ts'
import { mapValues, type Value, type VectorSeries } from './vector.ts'

/** Null: there is no sample then. */
type OfNumbers = (value: number, ...more: number[]) => number | null

/** How many numbers may follow the series. */
const OF_NUMBERS: Readonly<Record<string, { of: OfNumbers; least: number; most: number }>> = {
  abs: { of: Math.abs, least: 0, most: 0 },
  ceil: { of: Math.ceil, least: 0, most: 0 },
  floor: { of: Math.floor, least: 0, most: 0 },
  exp: { of: Math.exp, least: 0, most: 0 },
  ln: { of: Math.log, least: 0, most: 0 },
  log2: { of: Math.log2, least: 0, most: 0 },
  log10: { of: Math.log10, least: 0, most: 0 },
  sqrt: { of: Math.sqrt, least: 0, most: 0 },
  sgn: { of: Math.sign, least: 0, most: 0 },
  // Halves go up, as Prometheus has it.
  round: { of: (value, to = 1) => Math.floor(value / to + 0.5) * to, least: 0, most: 1 },
  clamp: {
    of: (value, least, most) => (most! < least! ? null : Math.max(least!, Math.min(most!, value))),
    least: 2,
    most: 2,
  },
  clamp_min: { of: (value, least) => Math.max(least!, value), least: 1, most: 1 },
  clamp_max: { of: (value, most) => Math.min(most!, value), least: 1, most: 1 },
}
const OTHERS = ['scalar', 'vector', 'time', 'absent', 'sort', 'sort_desc']
export const FUNCTIONS = [...Object.keys(OF_NUMBERS), ...OTHERS]

/** Throws bad_request. `stepsMs`: the times of the steps. */
export function callFunction(name: string, args: readonly Value[], stepsMs: readonly number[]): Value {
  const numbers = OF_NUMBERS[name]
  if (numbers !== undefined) return overNumbers(name, numbers, args)
  if (name === 'time' && args.length === 0) return { is: 'scalar', values: stepsMs.map((ms) => ms / 1000) }
  const [only] = args
  if (args.length !== 1 || only === undefined) throw badParam('query', `${name} takes one argument`)
  if (name === 'vector' && only.is === 'scalar')
    return { is: 'vector', series: [{ name: null, labels: {}, values: only.values }] }
  if (only.is === 'scalar') throw badParam('query', `${name} takes series, and not a number`)
  const { series } = only
  if (name === 'scalar') {
    const at = (step: number): number => {
      const there = series.flatMap(({ values }) => values[step] ?? [])
      return there.length === 1 ? there[0]! : NaN
    }
    return { is: 'scalar', values: stepsMs.map((_, step) => at(step)) }
  }
  if (name === 'absent') {
    const isThere = (step: number): boolean => series.some(({ values }) => (values[step] ?? null) !== null)
    return {
      is: 'vector',
      series: [{ name: null, labels: {}, values: stepsMs.map((_, step) => (isThere(step) ? null : 1)) }],
    }
  }
  return { is: 'vector', series: series.toSorted(byLast(name === 'sort' ? 1 : -1)) }
}

function overNumbers(
  name: string,
  { of, least, most }: { of: OfNumbers; least: number; most: number },
  [value, ...more]: readonly Value[],
): Value {
  if (value === undefined || more.length < least || more.length > most)
    throw badParam(
      'query',
      `${name} takes a value and ${least === most ? least : `${least} to ${most}`} numbers`,
    )
  const numbers = more.map((one) => {
    if (one.is === 'scalar') return one.values
    throw badParam('query', `${name} takes numbers after the series`)
  })
  if (value.is === 'scalar') throw badParam('query', `${name} takes series, and not a number`)
  const at = (input: number, step: number): number | null =>
    of(input, ...numbers.map((values) => values[step]!))
  return { is: 'vector', series: value.series.map((one) => mapValues(one, at)) }
}

const lastOf = ({ values }: VectorSeries): number => values.at(-1) ?? NaN
const byLast =
  (sign: number) =>
  (a: VectorSeries, b: VectorSeries): number =>
    sign * (lastOf(a) - lastOf(b))
