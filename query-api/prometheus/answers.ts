/** Values in the form of Prometheus: times in seconds, numbers as text. */
import type { Value, VectorSeries } from './vector.ts'

type Point = readonly [seconds: number, value: string]

export interface Data {
  readonly resultType: 'scalar' | 'vector' | 'matrix'
  readonly result: unknown
}

export function shownNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Math.abs(value) === Infinity) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}

const pointAt = (stepMs: number, value: number): Point => [stepMs / 1000, shownNumber(value)]

const metricOf = ({ name, labels }: VectorSeries): Record<string, string> => ({
  ...(name !== null && { __name__: name }),
  ...labels,
})

/** At one time. */
export function instantData(value: Value, [atMs]: readonly number[]): Data {
  if (value.is === 'scalar') return { resultType: 'scalar', result: pointAt(atMs!, value.values[0]!) }
  const result = value.series.flatMap((one) => {
    const at = one.values[0] ?? null
    return at === null ? [] : [{ metric: metricOf(one), value: pointAt(atMs!, at) }]
  })
  return { resultType: 'vector', result }
}

/** Over a range; a number is a series without labels there. */
export function rangeData(value: Value, stepsMs: readonly number[]): Data {
  const series = value.is === 'vector' ? value.series : [{ name: null, labels: {}, values: value.values }]
  const result = series.flatMap((one) => {
    const values = one.values.flatMap((at, step): Point[] =>
      at === null ? [] : [pointAt(stepsMs[step]!, at)],
    )
    return values.length === 0 ? [] : [{ metric: metricOf(one), values }]
  })
  return { resultType: 'matrix', result }
}
