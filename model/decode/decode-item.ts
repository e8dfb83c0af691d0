/** One event of a record to what the fold takes of it, or why it is none. */
import { toUnits } from '../numbers/decimal.ts'
import type { DecodedEvent, Reject } from './decoded.ts'
import type { Path, Source } from '../definition.ts'
import { EARLIEST_MS, parseEventTime } from '../time/event-time.ts'
import { faultOfTime } from '../time/time-fault.ts'
import { measureOf, numberInput, textInput } from '../measures/index.ts'
import { compileUnframe } from './payload.ts'
import { isPastExact, isReject, compileRead, labelOf, show } from './read-value.ts'
import { asWritten, compileLookup, type Lookup, type RecordContext, type Row } from './record-parts.ts'
import { nameOfNumber } from '../numbers/decimal-text.ts'
import { insideText } from './rows.ts'
import { textHashOf } from '../text-hash.ts'
import { compileZone } from '../time/time-zone.ts'

/** The row once more, with every long number as the text it was written in. Asked only where a number in it is past 2^53. */
export type AsWritten = () => Row | undefined

export type DecodeRow = (row: Row, record: RecordContext, written?: AsWritten) => DecodedEvent | Reject

export function compileRow(source: Source): DecodeRow {
  const unframe = compileUnframe(source.framed)
  const look = (from: readonly Path[]): Lookup => compileLookup(from, unframe)
  const timeOf = look([source.timePath, ...(source.timeElse ?? [])])
  const zone = source.zone === undefined ? undefined : compileZone(source.zone)
  const idOf = compileId(source, look)
  const fields = source.fields.map((field) => ({
    optional: field.optional,
    // A fleet whose devices send no name would otherwise be one device.
    isNamed: field.name === source.key && source.entity !== null,
    // Most fields stand in the event under one name: looking there at once is faster than asking a lookup.
    own: field.from.length === 1 && field.from[0]!.length === 1 ? field.from[0]![0]! : null,
    look: field.compute === undefined ? look(field.from) : () => undefined,
    label: labelOf(field),
    read: compileRead(field),
    metrics: source.metrics.flatMap((metric, at) => {
      const input = numberInput(metric)
      return input?.field === field.name ? [{ at, decimals: input.decimals }] : []
    }),
    hashed: source.metrics.flatMap((metric, at) => (textInput(metric) === field.name ? [at] : [])),
  }))
  const blank = source.metrics.map((metric) => (measureOf(metric).input === 'none' ? 0 : null))

  const badTime = (at: unknown): Reject => ({
    reason: 'bad_time',
    detail: `${source.time}: ${show(at)}${faultOfTime(at, zone)}`,
  })

  return (row, record, written) => {
    const { item } = row
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      return { reason: 'not_an_object', detail: `an event is a JSON object${insideText(item)}` }
    const event = item as Record<string, unknown>
    const at = timeOf(row, record)
    const timeMs = parseEventTime(at, isPastExact(at) ? writtenAt(timeOf, record, written) : undefined, zone)
    if (timeMs === null || timeMs < EARLIEST_MS) return badTime(at)
    const values: (string | number | null)[] = []
    const units: (number | null)[] = blank.slice()
    for (const field of fields) {
      const { own } = field
      const given =
        own === null ? field.look(row, record) : Object.hasOwn(event, own) ? event[own] : undefined
      const value =
        given === undefined || given === null
          ? null
          : field.read(given, (place) => writtenAt(field.look, record, written, place))
      if (isReject(value)) return value
      if (value === '' && field.isNamed)
        return {
          reason: 'missing_field',
          detail: `${field.label} is empty: what is told apart by it needs a name`,
        }
      if (value === null && !field.optional)
        return { reason: 'missing_field', detail: `${field.label} is required` }
      if (typeof value === 'number')
        for (const metric of field.metrics) {
          const scaled = toUnits(value, metric.decimals)
          if (scaled === null)
            return {
              reason: 'too_large',
              detail: `${field.label}: ${value} with ${metric.decimals} decimals is past 2^53`,
            }
          units[metric.at] = scaled
        }
      if (field.hashed.length > 0 && value !== null) {
        const hash = textHashOf(String(value))
        for (const metric of field.hashed) units[metric] = hash
      }
      values.push(value)
    }
    if (idOf === null) return { timeMs, values, units, raw: event }
    return { timeMs, values, units, raw: event, id: idOf(row, record, written) }
  }
}

/**
 * An id is a text or a number; what is neither is none. One that stands outside of the event is that of all the rows, and one of an event
 * that is several pairs is that of all of them: they are told apart by their place or name.
 */
function compileId(source: Source, look: (from: readonly Path[]) => Lookup): IdOf | null {
  if (source.id === undefined) return null
  const own = source.id.from.filter(isOwn)
  const others = source.id.from.filter((path) => !isOwn(path))
  const [ofEvent, ofRecord] = [look(own), look(others)]
  const textOf = (idOf: Lookup, row: Row, record: RecordContext, written?: AsWritten): string | null => {
    const id = idOf(row, record)
    if (typeof id === 'string') return id === '' ? null : id
    if (typeof id !== 'number' || !Number.isFinite(id)) return null
    return nameOfNumber(id, isPastExact(id) ? writtenAt(idOf, record, written) : undefined)
  }
  return (row, record, written) => {
    const id = own.length === 0 ? null : textOf(ofEvent, row, record, written)
    if (id !== null) return row.name === undefined ? id : `${id}\0${row.name}`
    const shared = others.length === 0 ? null : textOf(ofRecord, row, record, written)
    return shared === null ? null : `${shared}\0${record.row}`
  }
}

type IdOf = (row: Row, record: RecordContext, written?: AsWritten) => string | null
const isOwn = (path: Path): boolean => path[0] !== '$' || path[1] === 'value'

function writtenAt(
  look: Lookup,
  record: RecordContext,
  rowAsWritten?: AsWritten,
  place?: number,
): string | undefined {
  const row = rowAsWritten?.()
  const found = row === undefined ? undefined : look(row, asWritten(record))
  const text: unknown = place !== undefined && Array.isArray(found) ? found[place] : found
  return typeof text === 'string' ? text : undefined
}
