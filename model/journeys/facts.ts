/** Journeys as a source of their own. */
import type { Breakdown, Field, JourneysRule, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { JOURNEY_SUMS } from '../measures/journeys.ts'

export const JOURNEYS = 'journeys'
/** An entity with its place in the hash and half a dozen views, of 30 bytes each. */
const ENTITY_BYTES = 300

const field = (name: string, type: Field['type']): Field => ({ name, type, optional: true, from: [[name]] })

/** A page, the next, both; and both with the one after. */
const SPLIT = [['page'], ['next'], ['page', 'next'], ['page', 'next', 'then']]

export function journeyFacts(source: Source, rule: JourneysRule): Facts {
  const { name, topic, key, time, intervals, futureMs } = source
  const split = SPLIT.slice(0, 2 + rule.steps)
  const breakdowns: Breakdown[] = [[], ...split].map((fields) => ({
    name: `${JOURNEYS}.${fields.length === 0 ? 'all' : fields.join('+')}`,
    fields,
  }))
  const common = {
    name,
    topic,
    key,
    time,
    timePath: [],
    breakdowns,
    intervals,
    futureMs,
    budget: rule.transitions,
    entity: null,
  }
  const fields = split.at(-1)!.map((one) => field(one, 'string'))
  return {
    name: JOURNEYS,
    written: {
      ...common,
      fields: [...fields, ...JOURNEY_SUMS.map((sum) => field(sum, 'number'))],
      metrics: JOURNEY_SUMS.map((sum) => ({
        kind: 'sum',
        name: sum,
        field: sum,
        decimals: 0,
        where: [],
        rank: [],
      })),
    },
    read: { ...common, fields, metrics: [{ kind: JOURNEYS, name: JOURNEYS, where: [] }] },
    remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES },
  }
}
