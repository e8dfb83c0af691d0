/** What `/v1/journeys` takes. */
import { z } from 'zod'
import { keptText } from '../../model/sessions/session.ts'
import { badParam } from '../problem.ts'
import { badWhere, splitWhere } from './conditions.ts'
import { sessionsShape, type FactsQuery } from './facts-query.ts'
import { isRaw, source } from './fields.ts'
import { filterKey, type Filter } from './filter.ts'
import { checkParams, readParams } from './params.ts'
import { writtenKey } from './query.ts'
import { inCalendar, rangeKey, rangeShape } from './range.ts'

export interface JourneysQuery extends FactsQuery {
  /** How far onward. `by` are the fields of so many: page, next, then. */
  steps: 1 | 2
}

const page = (description: string) =>
  z.string().max(2000, 'at most 2000 characters').optional().meta({ description })

export const journeysShape = {
  source,
  page: page('Where they come from: what comes next, and with `steps=2` what then. `(start)`: visits'),
  next: page('Where they go to: what came before. `(end)`: the last pages of visits'),
  through: page('What came before this page and what after it: two steps'),
  steps: z
    .enum(['1', '2'], { error: '1 or 2' })
    .optional()
    .meta({
      description: 'How far onward: the next page, or the one after it too. Default: 1; with `through` 2',
    }),
  where: sessionsShape.where,
  interval: sessionsShape.interval,
  ...rangeShape,
  limit: sessionsShape.limit.meta({ description: 'Most transitions' }),
  format: sessionsShape.format,
  raw: sessionsShape.raw,
}
const journeysSchema = z.strictObject(journeysShape).transform(inCalendar)

const FIELDS = ['page', 'next', 'then']

/** Throws a ProblemError with every fault of the parameters. */
export function readJourneysQuery(text: string): JourneysQuery {
  const given = checkParams(journeysSchema, readParams(text, ['where']), Object.keys(journeysShape))
  const { page, next, through, steps: said, compare, interval, where, raw, ...rest } = given
  if (through !== undefined && (page ?? next) !== undefined)
    throw badParam('through', 'goes without page and next: it says both')
  if (through !== undefined && said === '1') throw badParam('steps', 'what goes through a page has two steps')
  const steps = through !== undefined || said === '2' ? 2 : 1
  const { where: filters, conditions } = splitWhere(where)
  const [condition] = conditions
  if (condition !== undefined)
    throw badWhere(
      where,
      condition,
      'journeys are filtered by page, next and then: is, not, prefix, contains, exists',
    )
  const then = filters.find(({ field }) => field === 'then')
  if (steps === 1 && then !== undefined)
    throw badWhere(where, then, 'then is the page after the next: it needs steps=2')
  const is = (field: string, value: string | undefined): Filter[] =>
    value === undefined ? [] : [{ field, op: 'is', values: [value] }]
  const asked = [...filters, ...is('page', page), ...is('next', next ?? through)]
  return {
    ...rest,
    steps,
    by: FIELDS.slice(0, 1 + steps),
    where: asked.map(asKept),
    raw: isRaw({ raw, format: rest.format }),
    compare: compare ?? null,
    interval: interval ?? null,
  }
}

/** A long page is kept cut in every name, and may be cut again there. */
const asKept = ({ field, op, values }: Filter): Filter => ({
  field,
  op,
  values:
    op === 'is' || op === 'not' ? [...new Set(values.flatMap((value) => [value, keptText(value)!]))] : values,
})

export function journeysKey(query: JourneysQuery): string {
  const { source: of, steps, where, interval } = query
  return JSON.stringify([
    'journeys',
    of,
    steps,
    where.map(filterKey).sort(),
    ...rangeKey(query),
    interval,
    ...writtenKey(query),
  ])
}
