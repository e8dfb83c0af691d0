/** Examples with their packed bytes and answers; audit/test_measures.py holds the recount to the same file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { goesBySeries, hasRow, MEASURES, type Measure } from '../../model/measures/index.ts'
import { partsOf, type Part } from '../../model/measures/part.ts'
import { layout } from '../../model/measures.ts'
import { packCell } from '../../model/pack.ts'
import { textHashOf } from '../../model/text-hash.ts'
import { partOfSeries, type CameReading } from './series-part.ts'

interface Example {
  readonly kind: string
  readonly decimals: number
  /** Value (units, or a text), time, offset, place in the record. */
  readonly events: readonly (readonly [number | string, number, number, number])[]
  /** As many texts more, `text-0` and on. */
  readonly texts: number
  readonly packed: string
  /** What lies beside it, by METRIC.PIECE. */
  readonly pieces?: Readonly<Record<string, string>>
  readonly read: Readonly<Record<string, number | null>>
  /** From, to, count; of what has a histogram. */
  readonly buckets?: readonly (readonly [number, number, number])[]
}

const examples = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/measures.json'), 'utf8'),
) as Example[]

test.each(examples)('$kind of $events.length events and $texts texts', (example) => {
  const { kind, decimals, events, texts, packed, pieces = {}, read, buckets = null } = example
  const beside = new Map<string, Buffer>()
  const metric = { kind, name: kind, field: 'f', decimals, where: [] }
  const measure = MEASURES.get(kind)!
  const more = Array.from({ length: texts }, (_, n) => [`text-${n}`, n, n, 0] as const)
  const came = [...events, ...more].map(([value, timeMs, offset, index]) => ({
    units: typeof value === 'string' ? textHashOf(value) : value,
    place: { timeMs, offset, index },
  }))
  const part = partOf(measure, came)
  const cell = hasRow(measure) ? (part as number[]) : [0, part]
  const parts = partsOf(layout([metric]), 0)
  expect({
    packed: packCell(cell, layout([metric]), beside).toString('hex'),
    pieces: Object.fromEntries([...beside].map(([name, bytes]) => [name, bytes.toString('hex')])),
    read: Object.fromEntries(Object.keys(measure.statistics).map((name) => [name, parts.read(part, name)])),
    buckets: parts.buckets?.(part).map(({ from, to, count }) => [from, to, count]) ?? null,
  }).toEqual({ packed, pieces, read, buckets })
})

function partOf(measure: Measure, came: readonly CameReading[]): Part {
  // Of a measure that goes by series the events are readings of one series.
  if (goesBySeries(measure)) return partOfSeries(measure, came)
  if (hasRow(measure)) {
    const row = new Array<number>(measure.slots).fill(0)
    for (const { units, place } of came) measure.add(row, 0, units, place)
    return row
  }
  const state = measure.create()
  if (came.length > 0)
    measure.addAll(
      state,
      Float64Array.from(came, ({ units }) => units),
      came.length,
      came.length,
    )
  return state
}

test('every measure has an example', () => {
  expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(MEASURES.keys()))
})
