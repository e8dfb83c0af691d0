/** What the plain decoder makes of a record, written into the columns: whatever the scanner leaves over comes this way. */
import { EVENTS, REJECT, type DecodedBatch } from '../columns/batch.ts'
import { keyHash } from '../time/clock.ts'
import { compileDecoder, type DecodedEvent, type RecordReject, type RejectReason } from '../decode/decode.ts'
import type { Source } from '../definition.ts'
import { compileComputed } from '../fields/computed.ts'
import type { RecordView } from './record.ts'

/** Adds the events of a record to the batch. Answers the kind of its step; what was refused goes to `refused`. */
export type DecodePlain = (record: RecordView, tsMs: number, refused: RecordReject[]) => number

const OPEN_OBJECT = 123
/** What a flipped bit makes of a record, most often. */
const DAMAGE: ReadonlySet<RejectReason> = new Set(['not_utf8', 'not_json'])

export function compilePlain(source: Source, batch: DecodedBatch): DecodePlain {
  const decode = compileDecoder(source)
  const add = compileAdd(source, batch)
  /** An event is a record's value itself, or one of several in it. */
  const isWhole = source.rows === undefined && source.framed === undefined
  return (record, tsMs, refused) => {
    const { bytes, valueAt, valueLength } = record
    const value = valueLength < 0 ? null : bytes.subarray(valueAt, valueAt + valueLength)
    const outcome = decode(value, Number.isNaN(tsMs) ? null : tsMs, record)
    const rejects = 'reject' in outcome ? [outcome.reject] : (outcome.rejects ?? [])
    if (rejects.some(({ reason }) => DAMAGE.has(reason))) record.verify()
    refused.push(...rejects)
    const events = 'reject' in outcome ? [] : outcome.events
    const isItself = isWhole && events.length === 1 && value![0] === OPEN_OBJECT
    for (const event of events) {
      const at = batch.events.count
      if (!isItself) batch.raws.set(at, event.raw)
      if (event.id !== undefined && event.id !== null) batch.ids.set(at, event.id)
      add(event)
    }
    return events.length === 0 ? REJECT : EVENTS
  }
}

/** Writes one event into the columns. */
function compileAdd(source: Source, batch: DecodedBatch): (event: DecodedEvent) => void {
  const { layout, events, dictionary } = batch
  const compute = compileComputed(source, batch)
  const keyAt = source.fields.findIndex(({ name }) => name === source.key)
  return (event) => {
    events.makeRoom()
    const at = events.count++
    const { values, units } = event
    events.timeMs[at] = event.timeMs
    events.partTo[at] = 0
    events.keyHashes[at] = keyHash(values[keyAt]!)
    for (let f = 0; f < values.length; f++) {
      const value = values[f]!
      const [text, number] = [layout.textOf[f]!, layout.numberOf[f]!]
      if (text >= 0) events.texts[text]![at] = value === null ? 0 : dictionary.codeOfText(value as string)
      if (number >= 0) events.numbers[number]![at] = value === null ? NaN : (value as number)
    }
    for (let m = 0; m < units.length; m++) {
      const column = layout.unitsOf[m]!
      if (column >= 0) events.units[column]![at] = units[m] ?? NaN
    }
    if (compute !== null) compute(at)
  }
}
