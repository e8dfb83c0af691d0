/** Sessions as a source of their own. */
import type { Breakdown, Field, SessionsRule, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { SESSION_SUMS } from '../measures/sessions.ts'

const NAME = 'sessions'
/** One session of an entity without its texts, its name and place in the hash with it; one text. */
const ENTITY_BYTES = 150
const TEXT_BYTES = 20

const field = (name: string, type: Field['type']): Field => ({ name, type, optional: true, from: [[name]] })

export function sessionFacts(source: Source, rule: SessionsRule): Facts {
  const split = breakdownsOf(rule)
  const names = new Set(split.flatMap(({ fields }) => fields))
  const { name, topic, time, intervals, futureMs, budget } = source
  const breakdowns = [{ name: 'all', fields: [] }, ...split].map((one) => ({
    name: `${NAME}.${one.name}`,
    fields: one.fields,
  }))
  const common = {
    name,
    topic,
    key: source.key,
    time,
    timePath: [],
    breakdowns,
    intervals,
    futureMs,
    budget,
    entity: null,
  }
  const fields = [...names].map((one) => field(one, 'string'))
  return {
    name: NAME,
    written: {
      ...common,
      fields: [...fields, ...SESSION_SUMS.map((sum) => field(sum, 'number'))],
      metrics: SESSION_SUMS.map((sum) => ({
        kind: 'sum',
        name: sum,
        field: sum,
        decimals: 0,
        where: [],
        rank: [],
      })),
    },
    read: { ...common, fields, metrics: [{ kind: NAME, name: NAME, where: [] }] },
    remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES + TEXT_BYTES * names.size },
  }
}

/** Without the total. */
export function breakdownsOf({ page, by }: SessionsRule): readonly Breakdown[] {
  const pages = page === null ? [] : ['entry', 'exit']
  return [...pages.map((name) => ({ name, fields: [name] })), ...by]
}
