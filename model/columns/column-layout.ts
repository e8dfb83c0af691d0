/** Which fields of a source are asked for, and in which column each lies. */
import { fieldsIn } from '../condition-text.ts'
import type { Source } from '../definition.ts'
import { measureOf, textInput } from '../measures/index.ts'
import type { ColumnsShape } from './columns.ts'
import { fieldsOfFunnels } from '../definition/funnels.ts'
import { fieldsOfJourneys } from '../definition/journeys.ts'
import { fieldsOfRetention } from '../definition/retention.ts'
import { fieldsOfSessions } from '../definition/sessions.ts'

export interface ColumnLayout extends ColumnsShape {
  /** By place of the field in the source: its column among the texts or the numbers; -1 where nothing asks for it. */
  readonly textOf: readonly number[]
  readonly numberOf: readonly number[]
  /** By place of the metric: its column of units; -1 where it takes nothing of the event. */
  readonly unitsOf: readonly number[]
}

/** `also`: fields that somebody asks for beside the definition. */
export function columnLayout(source: Source, also: readonly string[] = []): ColumnLayout {
  const asked = new Set<string>(also)
  for (const { fields } of source.breakdowns) for (const field of fields) asked.add(field)
  for (const { where } of source.metrics) for (const field of fieldsIn(where)) asked.add(field)
  for (const { series } of source.metrics)
    if (series !== undefined) for (const field of [source.key, ...series.by]) asked.add(field)
  if (source.entity !== null) asked.add(source.key) // else its hash is enough
  if (source.entity?.last)
    for (const field of [source.entity.last.by, ...source.entity.last.of]) asked.add(field)
  for (const field of [...fieldsOfSessions(source), ...fieldsOfFunnels(source)]) asked.add(field)
  for (const field of fieldsOfJourneys(source)) asked.add(field)
  for (const field of fieldsOfRetention(source)) asked.add(field)
  // Each is worked out of one that stands before it.
  for (const { name, compute } of source.fields.toReversed()) {
    if (compute === undefined) continue
    if (source.metrics.some((metric) => textInput(metric) === name)) asked.add(name)
    if (asked.has(name) && 'of' in compute) asked.add(compute.of)
  }
  let [texts, numbers, units] = [0, 0, 0]
  const textOf = source.fields.map(({ name, type }) => (type === 'string' && asked.has(name) ? texts++ : -1))
  const numberOf = source.fields.map(({ name, type }) =>
    type === 'number' && asked.has(name) ? numbers++ : -1,
  )
  const unitsOf = source.metrics.map((metric) => (measureOf(metric).input === 'none' ? -1 : units++))
  return { textOf, numberOf, unitsOf, texts, numbers, units }
}
