/** Values of a field that begin like what somebody types, by how often they came: a ranking of a count, told shorter. */
import { isKeptIn } from '../../../model/kept-in.ts'
import { badParam } from '../../problem.ts'
import type { Source } from '../../../model/definition.ts'
import { noField } from '../../language/conditions.ts'
import { chooseCells } from '../plan/plan.ts'
import type { TopQuery } from '../../language/query.ts'
import type { KnownValuesQuery } from '../../language/rows-query.ts'
import { usesLatest, type Clocks } from '../../language/time.ts'
import { provenanceOf } from '../../sources/provenance.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { KnownValuesAnswer, Provenance, TopAnswer } from '../../wire.ts'
import type { Execution, PreparedQuery } from '../rows/one-snapshot.ts'
import { PreparedTop } from './top.ts'

export class PreparedKnownValues implements PreparedQuery<KnownValuesAnswer> {
  readonly query: KnownValuesQuery
  #ranking: { source: Source; top: PreparedTop } | null = null

  constructor(query: KnownValuesQuery) {
    this.query = query
  }

  get usesLatest(): boolean {
    return usesLatest(this.query.from) || usesLatest(this.query.to)
  }

  executions(open: OpenSource, clocks: Clocks): (() => Execution<KnownValuesAnswer>)[] {
    if (this.#ranking?.source !== open.source) {
      const query = topOf(this.query, open.source)
      chooseCells(query, open)
      this.#ranking = { source: open.source, top: new PreparedTop(query) }
    }
    return this.#ranking.top.executions(open, clocks).map((ranked) => () => {
      const execution = ranked()
      const { query } = this
      return {
        wanted: (partition, held) => execution.wanted(partition, held),
        fold: (partition, held, marks) => execution.fold(partition, held, marks),
        lose: (partition) => execution.lose(partition),
        *finish(state, nowMs) {
          return valuesIn(yield* execution.finish(state, nowMs), provenanceOf(state, nowMs), query)
        },
      }
    })
  }

  get keptCells(): number {
    return this.#ranking?.top.keptCells ?? 0
  }

  forget(): void {
    this.#ranking?.top.forget()
  }
}

/** Throws bad_request where nothing of the source counts all its events. */
function topOf(query: KnownValuesQuery, { name, fields, metrics, breakdowns }: Source): TopQuery {
  const { source, field, prefix, where = [], from, to, limit, format } = query
  const known = fields.find((one) => one.name === field)
  if (known === undefined) throw badParam('field', noField({ name, fields }, field))
  if (known.type !== 'string')
    throw badParam('field', `${field} is a number; values of text fields are known only`)
  const counts = metrics.filter((one) => one.kind === 'count' && one.where.length === 0)
  const holding = breakdowns.filter(({ fields }) => fields.includes(field))
  const metric = counts.find((one) => holding.some((its) => isKeptIn(one, its.name))) ?? counts[0]
  if (metric === undefined)
    throw badParam('source', `${name} counts its events by no metric; "events: count" would`)
  return {
    source,
    metric: metric.name,
    stat: null,
    by: [field],
    where: prefix === '' ? where : [...where, { field, op: 'prefix', values: [prefix] }],
    conditions: [],
    from,
    to,
    compare: null,
    calendar: null,
    order: 'desc',
    // What the budget did not name is a row of its own, and none of ours.
    limit: limit + 1,
    format,
  }
}

function valuesIn(
  { rows, meta }: TopAnswer,
  provenance: Provenance,
  { field, prefix, limit, source }: KnownValuesQuery,
): KnownValuesAnswer {
  const named = rows.filter(({ other }) => other !== true)
  const isUnnamed = named.length < rows.length
  const { fromMs, toMs, rowsTotal, unnamedLeftOut } = meta
  return {
    rows: named
      .slice(0, limit)
      .map(({ labels, value, cut }) => ({
        value: labels[field] ?? null,
        count: value,
        ...(cut !== undefined && { cut: true as const }),
      })),
    more: Math.max(0, rowsTotal - (isUnnamed ? 1 : 0) - limit),
    meta: {
      ...provenance,
      source,
      field,
      prefix,
      fromMs,
      toMs,
      ...((isUnnamed || unnamedLeftOut === true) && { unnamedLeftOut: true }),
    },
  }
}
