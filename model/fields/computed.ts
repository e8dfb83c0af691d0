/**
 * Fields that are worked out of others, written into the columns of an event after it was read, however it was read. What a text comes to is found
 * out once a code, so that an event costs a look at a table.
 */
import type { DecodedBatch } from '../columns/batch.ts'
import type { EventColumns } from '../columns/columns.ts'
import type { Compute, Source, TopicTable } from '../definition.ts'
import { textInput } from '../measures/index.ts'
import type { TextDictionary } from '../columns/text-dictionary.ts'
import { textHashOf } from '../text-hash.ts'
import { compileOffset } from '../time/time-zone.ts'
import { ByCode } from './by-code.ts'
import { compileWidth, rangesOf } from '../numbers/number-range.ts'
import { compileShapeOf } from './shape.ts'

type CodeOf = (at: number) => number
const HOUR_MS = 3_600_000

/** Writes all computed fields of the event at `at`; null where nobody asks for any. */
export function compileComputed(source: Source, batch: DecodedBatch): ((at: number) => void) | null {
  const { layout, events, dictionary } = batch
  const all = source.fields.flatMap(({ name, compute }, place) => {
    const column = layout.textOf[place]!
    if (compute === undefined || column < 0) return []
    const hashed = source.metrics.flatMap((metric, m) =>
      textInput(metric) === name ? [layout.unitsOf[m]!] : [],
    )
    const hashes = new ByCode(dictionary, (code) => textHashOf(dictionary.textOf(code)!))
    return [{ column, hashed, hashes, codeOf: compileCode(source, compute, batch) }]
  })
  if (all.length === 0) return null
  return (at) => {
    for (let f = 0; f < all.length; f++) {
      const { column, hashed, hashes, codeOf } = all[f]!
      const code = codeOf(at)
      events.texts[column]![at] = code
      for (let n = 0; n < hashed.length; n++)
        events.units[hashed[n]!]![at] = code === 0 ? NaN : hashes.of(code)
    }
  }
}

function compileCode(source: Source, compute: Compute, batch: DecodedBatch): CodeOf {
  const { layout, events, dictionary } = batch
  const placeOf = (field: string): number => source.fields.findIndex(({ name }) => name === field)
  if (!('of' in compute)) return compileTime(source, compute.op, events, dictionary)
  if (compute.op === 'bucket') {
    const column = layout.numberOf[placeOf(compute.of)]!
    const bucketOf = compileBucket(compute, dictionary)
    return (at) => bucketOf(events.numbers[column]![at]!)
  }
  const column = layout.textOf[placeOf(compute.of)]!
  const joined = compute.op === 'lookup' && source.joins?.find(({ name }) => name === compute.table)
  if (joined) return compileJoined(joined, compute.column, events.texts[column]!, batch)
  const shape = compileShapeOf(compute, source.lookups)!
  const made = new ByCode(dictionary, (code) => {
    const text = shape(dictionary.textOf(code)!)
    return text === null ? 0 : dictionary.codeOfText(text)
  })
  return (at) => {
    const code = events.texts[column]![at]!
    return code === 0 ? 0 : made.of(code)
  }
}

/** Of a table that changes on the way: what was found out of one version is forgotten with it. */
function compileJoined(
  { name, columns }: TopicTable,
  column: string,
  codes: EventColumns['texts'][number],
  { dictionary, tables }: DecodedBatch,
): CodeOf {
  if (tables === null) throw new RangeError(`nobody gave the table ${name}`)
  const view = tables.of(name)
  const place = columns.indexOf(column)
  const find = (code: number): number => {
    const text = view.valueOf(dictionary.textOf(code)!, place)
    return text === null ? 0 : dictionary.codeOfText(text)
  }
  let made = new ByCode(dictionary, find)
  let version = view.version
  return (at) => {
    if (view.version !== version) {
      version = view.version
      made = new ByCode(dictionary, find)
    }
    const code = codes[at]!
    return code === 0 ? 0 : made.of(code)
  }
}

/** Of an absent number, NaN, none. */
function compileBucket(
  { edges, width }: Extract<Compute, { op: 'bucket' }>,
  dictionary: TextDictionary,
): (value: number) => number {
  if (edges !== undefined) {
    const { labels, of } = rangesOf(edges)
    const codes = new ByCode(dictionary, (bucket) => dictionary.codeOfText(labels[bucket]!))
    return (value) => (Number.isNaN(value) ? 0 : codes.of(of(value)))
  }
  const { of, label } = compileWidth(width!)
  const known = new Map<number, number>()
  let epoch = dictionary.epoch
  return (value) => {
    const multiple = Number.isNaN(value) ? null : of(value)
    if (multiple === null) return 0
    if (epoch !== dictionary.epoch || known.size > MOST_BUCKETS) {
      epoch = dictionary.epoch
      known.clear()
    }
    let code = known.get(multiple)
    if (code === undefined) known.set(multiple, (code = dictionary.codeOfText(label(multiple))))
    return code
  }
}

const MOST_BUCKETS = 10_000

/** Of the event's time in the zone of the source: `00` to `23`, or `1` (Monday) to `7`. */
function compileTime(
  { zone = 'UTC' }: Source,
  op: 'hour' | 'weekday',
  events: EventColumns,
  dictionary: TextDictionary,
): CodeOf {
  const offsetAt = zone === 'UTC' ? null : compileOffset(zone)
  const codes = new ByCode(dictionary, (value) =>
    dictionary.codeOfText(op === 'hour' ? String(value).padStart(2, '0') : String(value)),
  )
  return (at) => {
    const ms = events.timeMs[at]!
    const hours = Math.floor((ms + (offsetAt === null ? 0 : offsetAt(ms))) / HOUR_MS)
    // 1 January 1970 was a Thursday.
    return codes.of(
      op === 'hour' ? ((hours % 24) + 24) % 24 : ((((Math.floor(hours / 24) + 3) % 7) + 7) % 7) + 1,
    )
  }
}
