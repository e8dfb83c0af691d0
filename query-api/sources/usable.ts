/** What a definition must be, beside of its layout, for anything to be answered by it: it holds together in itself. Pure. */
import { conditionFault, fieldsIn } from '../../model/condition-text.ts'
import type { Source } from '../../model/definition.ts'
import { measureOf } from '../../model/measures/index.ts'
import type { DamagedKey } from '../../store/errors.ts'

/** No topic has more: whoever claims so wrote something else. */
const MOST_PARTITIONS = 200_000

/** Null where it can be used. `field` is that of its generation in the catalog `key`. */
export function unusable(
  source: Source,
  partitions: number,
  { key, field }: { key: string; field: string },
): DamagedKey | null {
  if (partitions > MOST_PARTITIONS)
    return {
      key,
      field: 'partitions',
      why: `is ${partitions}, more partitions than any topic has (at most ${MOST_PARTITIONS})`,
    }
  const why = faultOf(source)
  return why === null ? null : { key, field, why: `is not a definition that can be used (${why})` }
}

function faultOf(source: Source): string | null {
  const { fields, metrics, breakdowns, intervals, entity, futureMs, budget, derived } = source
  const types = new Map(fields.map(({ name, type }) => [name, type]))
  const unknown = (names: readonly string[]): string | undefined => names.find((name) => !types.has(name))
  if (!Number.isFinite(futureMs)) return 'source.futureMs is no number'
  if (!Number.isSafeInteger(budget) || budget < 1) return 'source.budget is no number of names'
  for (const metric of metrics) {
    const { name, kind, field, where } = metric
    const { input } = measureOf(metric)
    const missing = unknown([...(field === undefined ? [] : [field]), ...fieldsIn(where)])
    if (missing !== undefined) return `metric ${name} is of ${missing}, which is no field`
    const odd = where.map((one) => conditionFault(one, source)).find((fault) => fault !== null)
    if (odd != null) return `metric ${name}: ${odd}`
    if (input === 'number' && types.get(field!) !== 'number')
      return `metric ${name} is a ${kind} of ${field!}, which is no number`
  }
  const names = new Set(breakdowns.map(({ name }) => name))
  for (const { name, breakdowns: kept = [] } of metrics) {
    const missing = kept.find((one) => !names.has(one))
    if (missing !== undefined) return `metric ${name} is kept in ${missing}, which is no breakdown`
  }
  for (const { name, of } of derived ?? [])
    for (const { metric, stat } of of) {
      const found = metrics.find((one) => one.name === metric)
      if (found === undefined) return `derived ${name} is of ${metric}, which is no metric`
      if (!Object.hasOwn(measureOf(found).statistics, stat))
        return `derived ${name} is of ${metric}.${stat}, which is no statistic`
    }
  if (breakdowns[0]!.fields.length > 0) return 'the first breakdown is not the total'
  for (const { name, fields: of } of breakdowns) {
    const missing = unknown(of)
    if (missing !== undefined) return `breakdown ${name} is of ${missing}, which is no field`
  }
  const outOfOrder = intervals.find(({ ms }, at) => at > 0 && ms <= intervals[at - 1]!.ms)
  if (outOfOrder !== undefined) return `interval ${outOfOrder.name} is not longer than the one before it`
  const missing = unknown(entity?.last == null ? [] : [entity.last.by, ...entity.last.of])
  return missing === undefined ? null : `entity.last is of ${missing}, which is no field`
}
