/** Aggregations over series that were computed already. Pure. */
import { badParam } from '../problem.ts'
import { onlyLabels, signature, type VectorSeries } from './vector.ts'

type Fold = (values: readonly number[]) => number

const FOLDS: Readonly<Record<string, Fold>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  count: (values) => values.length,
  group: () => 1,
}
export const AGGREGATIONS = [...Object.keys(FOLDS), 'topk', 'bottomk']

/** Of each group, step by step, one number. Throws bad_request. */
export function aggregate(
  op: string,
  by: readonly string[],
  series: readonly VectorSeries[],
  steps: number,
): VectorSeries[] {
  const fold = FOLDS[op]
  if (fold === undefined) throw badParam('query', `${op} is not answered; ${AGGREGATIONS.join(', ')} are`)
  return [...grouped(by, series).values()].map((group) => ({
    name: null,
    labels: onlyLabels(group[0]!.labels, (label) => by.includes(label)),
    values: Array.from({ length: steps }, (_, step) => {
      const values = group.flatMap((one) => one.values[step] ?? [])
      return values.length === 0 ? null : fold(values)
    }),
  }))
}

/** Of each group, step by step, the largest or smallest few; the others have no sample there. */
export function ranked(
  op: 'topk' | 'bottomk',
  count: readonly number[],
  by: readonly string[],
  series: readonly VectorSeries[],
): VectorSeries[] {
  const sign = op === 'topk' ? -1 : 1
  return [...grouped(by, series).values()].flatMap((group) => {
    const keeps = group.map(() => new Set<number>())
    for (const [step, most] of count.entries()) {
      const here = group.flatMap((one, at) => {
        const value = one.values[step] ?? null
        return value === null ? [] : [{ at, value }]
      })
      here.sort((a, b) => sign * (a.value - b.value) || a.at - b.at)
      for (const { at } of here.slice(0, Math.max(0, most))) keeps[at]!.add(step)
    }
    return group.map((one, at) => ({
      ...one,
      values: one.values.map((value, step) => (keeps[at]!.has(step) ? value : null)),
    }))
  })
}

function grouped(by: readonly string[], series: readonly VectorSeries[]): Map<string, VectorSeries[]> {
  const found = new Map<string, VectorSeries[]>()
  for (const one of series) {
    const key = signature(one.labels, (label) => by.includes(label))
    found.set(key, [...(found.get(key) ?? []), one])
  }
  return found
}
