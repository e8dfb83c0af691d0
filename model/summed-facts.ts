/** Facts that are sums by name, split by fields of the source and read as one metric: each a source of its own. */
import type { Field, Interval, Metric, Source } from './definition.ts'
import type { Facts } from './fact.ts'

export interface SummedFacts {
  readonly name: string
  readonly intervals: readonly Interval[]
  readonly by: readonly { readonly name: string; readonly fields: readonly string[] }[]
  /** What is summed up, by name. */
  readonly sums: readonly string[]
  /** Of the metric that reads them. */
  readonly kind: Metric['kind']
  readonly remembered: Facts['remembered']
}

const field = (name: string, type: Field['type']): Field => ({ name, type, optional: true, from: [[name]] })

export function summedFacts(
  source: Source,
  { name, intervals, by, sums, kind, remembered }: SummedFacts,
): Facts {
  const { topic, key, time, futureMs, budget } = source
  const fields = [...new Set(by.flatMap((one) => one.fields))].map((one) => field(one, 'string'))
  const breakdowns = [{ name: 'all', fields: [] }, ...by].map((one) => ({
    name: `${name}.${one.name}`,
    fields: one.fields,
  }))
  const common = { name: source.name, topic, key, time, timePath: [], intervals, futureMs, budget }
  return {
    name,
    written: {
      ...common,
      breakdowns,
      entity: null,
      // A field of the source may be called like a sum: what is summed up lies apart.
      fields: [...fields, ...sums.map((sum) => field(`${sum}.`, 'number'))],
      metrics: sums.map((sum) => ({
        kind: 'sum',
        name: sum,
        field: `${sum}.`,
        decimals: 0,
        where: [],
        rank: [],
      })),
    },
    read: { ...common, breakdowns, entity: null, fields, metrics: [{ kind, name, where: [] }] },
    remembered,
  }
}
