/** Fields that are worked out of others, spelled out: each of one that stands above it, so that none goes in a circle. */
import type { Compute, Field } from '../definition.ts'
import { didYouMean, listed, type Place } from './faults.ts'
import type { GivenComputed, GivenLookedUp } from './schema-computed.ts'
import type { GivenSource } from './schema.ts'
import type { Report } from './series.ts'
import { unitsOfWidth } from '../numbers/number-range.ts'

type GivenField = GivenSource['fields'][string]
/** Takes a column of a table; what is wrong with that is reported there. */
export type TakeColumn = (table: string, column: string, at: Place) => void

export const isComputed = (said: GivenField): said is GivenComputed | GivenLookedUp =>
  typeof said === 'object' && ('compute' in said || 'lookup' in said)

export function readComputed(
  name: string,
  said: GivenComputed | GivenLookedUp,
  above: readonly Field[],
  known: { readonly names: readonly string[]; unclear(field: string): boolean },
  at: Place,
  report: Report,
  take: TakeColumn,
): Field {
  const compute = 'lookup' in said ? lookedUp(said, at, take) : computed(said, at, report)
  if ('of' in compute && compute.of !== '') {
    const { of } = compute
    const found = above.find((field) => field.name === of)
    const wanted = compute.op === 'bucket' ? 'number' : 'string'
    const place = [...at, 'of']
    if (found === undefined && !known.unclear(of))
      report(
        place,
        known.names.includes(of)
          ? `${of} does not stand above ${name}; move it there`
          : `${of} is not among the fields${didYouMean(of, known.names) || `; they are ${listed(known.names)}`}`,
      )
    else if (found?.list) report(place, `${of} has several values; a field is worked out of one`)
    else if (found !== undefined && found.type !== wanted)
      report(
        place,
        wanted === 'number'
          ? `${of} is a text; bucket takes a number`
          : `${of} is a number; ${compute.op} takes a text`,
      )
  }
  return { name, type: 'string', optional: true, from: [], compute }
}

function lookedUp({ lookup, of, take: column }: GivenLookedUp, at: Place, take: TakeColumn): Compute {
  take(lookup, column, at)
  return { op: 'lookup', of, table: lookup, column }
}

/** Options of each; a field that says another one means something else. */
const OPTIONS = ['chars', 'before', 'edges', 'width'] as const

function computed(said: GivenComputed, at: Place, report: Report): Compute {
  const { compute, of, chars, before, edges, width } = said
  const op = compute.startsWith('url.param.') ? 'url.param' : (compute as Compute['op'])
  const own: readonly string[] =
    op === 'cut' ? ['chars', 'before'] : op === 'bucket' ? ['edges', 'width'] : []
  for (const option of OPTIONS)
    if (said[option] !== undefined && !own.includes(option))
      report([...at, option], `${op} has no ${option}`, 'key')
  const given = own.filter((option) => said[option as 'chars'] !== undefined)
  if (own.length > 0 && given.length !== 1)
    report(at, `${op} needs one of ${own.join(' and ')}${given.length > 1 ? ', not both' : ''}`)
  if (op === 'hour' || op === 'weekday') {
    if (of !== undefined)
      report([...at, 'of'], `${op} is that of the time of the event; it is of no field`, 'key')
    return { op }
  }
  if (of === undefined) report(at, `${op} needs of: the field that it is made of`)
  const field = of ?? ''
  if (op === 'cut')
    return { op, of: field, ...(chars !== undefined && { chars }), ...(before !== undefined && { before }) }
  if (op === 'bucket') {
    if (edges !== undefined && edges.some((edge, n) => n > 0 && edge <= edges[n - 1]!))
      report([...at, 'edges'], 'edges stand in ascending order, each once')
    if (width !== undefined && unitsOfWidth(width) === null)
      report([...at, 'width'], 'a width is above 0 and has at most 15 digits, such as 10 or 0.25')
    return { op, of: field, ...(edges !== undefined && { edges }), ...(width !== undefined && { width }) }
  }
  return op === 'url.param'
    ? { op, of: field, name: compute.slice('url.param.'.length) }
    : { op: op as 'lower', of: field }
}
