/** Record bytes to events, by the rules of docs/store.md ("Rules a recount needs", 1 to 3). All events of a record count, or it is one reject; by option each row has a verdict of its own. */
import { compileRow, type AsWritten } from './decode-item.ts'
import type { Decoded, DecodedEvent, RecordReject, Reject, RejectReason } from './decoded.ts'
import type { Source } from '../definition.ts'
import { withLongNumbersQuoted } from './json.ts'
import { compileUnframe, guessOf, textOfPayload } from './payload.ts'
import type { RecordContext, RecordParts } from './record-parts.ts'
import { compileSplitter, isFault, type NotJson, type SplitRow, type Splitter } from './rows.ts'

export { REJECT_REASONS } from './decoded.ts'
export type { Decoded, DecodedEvent, RecordReject, Reject, RejectReason } from './decoded.ts'

/**
 * Decodes one value; `kafkaTsMs` is the record's Kafka timestamp, against which the future is judged. Where it has none, nothing is in the future.
 * `parts`: key and headers of the record, for sources that read them.
 */
export type Decoder = (value: Buffer | null, kafkaTsMs: number | null, parts?: RecordParts) => Decoded

/** Rows of a record that have a dead letter of their own; the last of them speaks for all further ones too. */
export const MOST_ROW_REJECTS = 20
const RAW_CHARS = 4096

const no = (reason: RejectReason, detail: string, events = 1): { reject: RecordReject } => ({
  reject: { reason, detail, events },
})

export function compileDecoder(source: Source): Decoder {
  const decodeRow = compileRow(source)
  const split = compileSplitter(source)
  const unframe = compileUnframe(source.framed)
  const each = source.rows?.verdict === 'each'

  /** Why an event that decoded does not count after all: it is ahead of the log. */
  function ahead({ timeMs }: DecodedEvent, kafkaTsMs: number | null): Reject | null {
    if (kafkaTsMs === null || timeMs <= kafkaTsMs + source.futureMs) return null
    const detail = `${source.time} is ${timeMs - kafkaTsMs} ms after the record reached the log; ${source.futureMs} ms are allowed`
    return { reason: 'future', detail }
  }

  return (value, kafkaTsMs, parts) => {
    if (value === null || value.length === 0) return no('empty', 'the record has no value')
    const text = textOfPayload(unframe(value))
    if (text === null)
      return no('not_utf8', `the value is not valid UTF-8${because(guessOf(value, source.framed))}`)
    const rows = split(text)
    if ('error' in rows) return notJson(rows, guessOf(value, source.framed))
    if (rows.length === 0) return no('no_events', 'there is no event in the value')
    const record: RecordContext = { parts: parts ?? null, kafkaTsMs, topic: source.topic, row: 0 }
    let written: ReturnType<Splitter> | undefined
    const writtenRow = (at: number): ReturnType<AsWritten> => {
      written ??= split(withLongNumbersQuoted(text))
      const row = 'error' in written || written.length !== rows.length ? undefined : written[at]
      return row === undefined || isFault(row) ? undefined : row
    }
    const decodeAt = (at: number): DecodedEvent | Reject => {
      const row = rows[at]!
      record.row = at
      return isFault(row) ? row : decodeRow(row, record, () => writtenRow(at))
    }
    const events: DecodedEvent[] = []
    const rejects: RecordReject[] = []
    let refused = 0
    for (const [at, row] of rows.entries()) {
      const event = decodeAt(at)
      const why = 'reason' in event ? event : each ? ahead(event, kafkaTsMs) : null
      if (why === null) events.push(event as DecodedEvent)
      else if (!each) return no(why.reason, `${placeIn(rows.length, at)}${why.detail}`, rows.length)
      else if (++refused <= MOST_ROW_REJECTS)
        rejects.push({
          ...why,
          detail: `row ${at + 1} of ${rows.length}: ${why.detail}`,
          events: 1,
          row: at,
          raw: rawOf(row),
        })
    }
    if (each) return refused === 0 ? { events } : { events, rejects: withRest(rejects, refused) }
    for (const [at, event] of events.entries()) {
      const why = ahead(event, kafkaTsMs)
      if (why !== null) return no(why.reason, `${placeIn(rows.length, at)}${why.detail}`, rows.length)
    }
    return { events }
  }
}

const because = (guess: string | null): string => (guess === null ? '' : `: ${guess}`)

function notJson({ values, error }: NotJson, guess: string | null): { reject: RecordReject } {
  if (values > 1)
    return no(
      'not_json',
      `${values} JSON values in one record: send each as a record of its own, or all as one array, or say  rows: lines  for this source in the definition`,
      values,
    )
  return no('not_json', `the value is not JSON: ${guess ?? error}`)
}

/** Which event of a record is at fault, and that the others go with it: all of them count or none. */
function placeIn(length: number, at: number): string {
  if (length === 1) return ''
  return `event ${at} (of ${length}; the ${length === 2 ? 'other one goes' : `other ${length - 1} go`} with it): `
}

/** The last dead letter counts for the rows that have none. */
function withRest(rejects: readonly RecordReject[], refused: number): readonly RecordReject[] {
  const more = refused - rejects.length
  if (more === 0) return rejects
  const last = rejects.at(-1)!
  return [
    ...rejects.slice(0, -1),
    { ...last, events: last.events + more, detail: `${last.detail}; and ${more} more rows of this record` },
  ]
}

function rawOf(row: SplitRow): string {
  if (isFault(row) && row.text !== undefined) return row.text
  try {
    return JSON.stringify(row.item ?? null).slice(0, RAW_CHARS)
  } catch {
    return '"(nested too deep to show)"'
  }
}
