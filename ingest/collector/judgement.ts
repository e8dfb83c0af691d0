/** Whether the fold will count a record, asked of the code that folds it. */
import { compileRow } from '../../model/decode/decode-item.ts'
import { compileDecoder, type Decoded } from '../../model/decode/decode.ts'
import type { Reject } from '../../model/decode/decoded.ts'
import type { Source } from '../../model/definition.ts'
import { withLongNumbersQuoted } from '../../model/decode/json.ts'
import type { RecordParts } from '../../model/decode/record-parts.ts'

export interface Draft {
  readonly event: Record<string, unknown>
  /** As it was sent. */
  readonly text: string
  readonly key: string | null
  readonly headers: Readonly<Record<string, string>>
  toValue(): Buffer
}

/** The key of its record, or why it would not be counted. */
export function compileJudgement(
  source: Source,
): (draft: Draft, arrivalMs: number) => { key: string } | Reject {
  const keyAt = source.fields.findIndex(({ name }) => name === source.key)
  const decode = source.rows === undefined ? compileAlone(source) : compileWhole(source)
  return (draft, arrivalMs) => {
    const key = draft.key === null ? null : Buffer.from(draft.key)
    const parts: RecordParts = { key: () => key, header: (name) => draft.headers[name] ?? null }
    const decoded = decode(draft, parts, arrivalMs)
    if ('reject' in decoded) return decoded.reject
    const [event] = decoded.events
    if (event === undefined) return decoded.rejects![0]!
    const ahead = decoded.events.find(({ timeMs }) => timeMs > arrivalMs + source.futureMs)
    if (ahead !== undefined && source.rows?.verdict !== 'each')
      return {
        reason: 'future',
        detail: `${source.time} is ${ahead.timeMs - arrivalMs} ms ahead of the clock here; ${source.futureMs} ms are allowed`,
      }
    return { key: draft.key ?? String(event.values[keyAt] ?? 'anonymous') }
  }
}

type Judge = (draft: Draft, parts: RecordParts, arrivalMs: number) => Decoded

/** One event a record: judged as it is, before it is written. */
function compileAlone(source: Source): Judge {
  const decodeRow = compileRow(source)
  return ({ event, text }, parts, arrivalMs) => {
    const record = { parts, kafkaTsMs: arrivalMs, topic: source.topic, row: 0 }
    const decoded = decodeRow({ item: event, outer: event }, record, () => {
      const written = JSON.parse(withLongNumbersQuoted(text)) as unknown
      return { item: written, outer: written }
    })
    return 'reason' in decoded ? { reject: { ...decoded, events: 1 } } : { events: [decoded] }
  }
}

/** Rows: judged as the record that will be written, ahead of the log or not. */
function compileWhole(source: Source): Judge {
  const decode = compileDecoder(source)
  return (draft, parts, arrivalMs) => {
    const isEach = source.rows?.verdict === 'each'
    return decode(draft.toValue(), isEach || readsTimestamp(source) ? arrivalMs : null, parts)
  }
}

const readsTimestamp = ({ timePath, timeElse = [] }: Source): boolean =>
  [timePath, ...timeElse].some(([root, part]) => root === '$' && part === 'timestamp')
