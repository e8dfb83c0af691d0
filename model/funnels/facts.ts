/** Funnels, each as a source of its own. */
import type { Field, FunnelRule, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { FUNNEL_LEFT_OUT, funnelKind, stepName } from '../measures/funnels.ts'

/** A way of an entity with its place in the hash. */
const ENTITY_BYTES = 110

export const funnelFactsName = (funnel: string): string => `funnel-${funnel}`

const field = (name: string, type: Field['type']): Field => ({ name, type, optional: true, from: [[name]] })

export function funnelFacts(source: Source, rule: FunnelRule): Facts {
  const name = funnelFactsName(rule.name)
  const { topic, key, time, intervals, futureMs, budget } = source
  const breakdowns = [{ name: 'all', fields: [] }, ...rule.by].map((one) => ({
    name: `${name}.${one.name}`,
    fields: one.fields,
  }))
  const fields = [...new Set(rule.by.flatMap((one) => one.fields))].map((one) => field(one, 'string'))
  const common = { name: source.name, topic, key, time, timePath: [], intervals, futureMs, budget }
  const sums = [...rule.steps.map((_, step) => stepName(step)), ...FUNNEL_LEFT_OUT]
  return {
    name,
    written: {
      ...common,
      breakdowns,
      entity: null,
      // A field of the source may be called like a step: what is summed up lies apart.
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
      metrics: [{ kind: funnelKind(rule.steps.length), name, where: [] }],
    },
    remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES },
  }
}
