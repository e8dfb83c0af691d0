/** Retention, each unit of each as a source of its own, with one interval of days: of its zone, each where that date begins in UTC. */
import { DAY_MS } from '../chunk.ts'
import type { Field, RetentionRule, RetentionUnit, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { periodName, RETENTION_LEFT_OUT, retentionKind } from '../measures/retention.ts'

/** A member with its place in the hash. */
const ENTITY_BYTES = 120

export const retentionFactsName = (retention: string, unit: RetentionUnit): string =>
  `retention-${retention}-${unit}`

const field = (name: string, type: Field['type']): Field => ({ name, type, optional: true, from: [[name]] })

export function retentionFacts(source: Source, rule: RetentionRule): Facts[] {
  const { topic, key, time, futureMs, budget } = source
  const fields = [...new Set(rule.by.flatMap((one) => one.fields))].map((one) => field(one, 'string'))
  const intervals = [{ name: '1d', ms: DAY_MS, keepMs: rule.keepMs }]
  return rule.units.map(({ unit, periods }): Facts => {
    const name = retentionFactsName(rule.name, unit)
    const breakdowns = [{ name: 'all', fields: [] }, ...rule.by].map((one) => ({
      name: `${name}.${one.name}`,
      fields: one.fields,
    }))
    const common = { name: source.name, topic, key, time, timePath: [], intervals, futureMs, budget }
    const sums = [
      ...Array.from({ length: periods + 1 }, (_, period) => periodName(period)),
      ...RETENTION_LEFT_OUT,
    ]
    return {
      name,
      written: {
        ...common,
        breakdowns,
        entity: null,
        // A field of the source may be called like a period: what is summed up lies apart.
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
      read: {
        ...common,
        breakdowns,
        entity: null,
        fields,
        metrics: [{ kind: retentionKind(periods), name, where: [] }],
      },
      remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES },
    }
  })
}
