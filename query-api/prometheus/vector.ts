/** Values of an expression, one a step: numbers, or series of them. Null = no sample at that step. Pure. */

export type Labels = Readonly<Record<string, string>>

export interface VectorSeries {
  /** Null once something was made of the metric. */
  readonly name: string | null
  readonly labels: Labels
  readonly values: readonly (number | null)[]
}

export type Value =
  | { readonly is: 'scalar'; readonly values: readonly number[] }
  | { readonly is: 'vector'; readonly series: readonly VectorSeries[] }

/** Equal for equal labels, of those alone that `pick` names. */
export function signature(labels: Labels, pick: (label: string) => boolean = () => true): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([label]) => pick(label))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export const onlyLabels = (labels: Labels, pick: (label: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => pick(label)))

export const mapValues = (
  { labels, values }: VectorSeries,
  change: (value: number, step: number) => number | null,
): VectorSeries => ({
  name: null,
  labels,
  values: values.map((value, step) => (value === null ? null : change(value, step))),
})

export const hasSamples = ({ values }: VectorSeries): boolean => values.some((value) => value !== null)
