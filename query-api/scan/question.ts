/** What a scan counts, as plain data that crosses to the thread that reads: which events, by which names, in windows of one interval. */
import type { Interval, Source } from '../../model/definition.ts'
import { keptEverywhere } from '../../model/kept-in.ts'
import { anyBySeries, countedOf } from '../engine/plan/derived-parts.ts'
import { fieldsIn, type Condition } from '../language/conditions.ts'

export interface ScanQuestion {
  /** As it is counted: by its rules records are decoded and judged. */
  readonly source: Source
  readonly metric: string
  /** Fields of the one breakdown that is made. */
  readonly fields: readonly string[]
  /** Events that do not meet all of them are not counted. */
  readonly conditions: readonly Condition[]
  readonly interval: Interval
  /** Events of before are not counted; multiple of the interval. */
  readonly fromMs: number
  /** Nor are those from here on; null: whatever comes. */
  readonly toMs: number | null
}

/** The source as if it had kept the asked breakdown and interval alone, and for ever: what cells and answers are made by. */
export function countedSource({ source, metric, fields, interval }: ScanQuestion): Source {
  return {
    ...source,
    breakdowns: breakdownsOf(source, fields),
    intervals: [{ ...interval, keepMs: null }],
    metrics: countedOf(source, metric).map((one) => ({ ...keptEverywhere(one), rank: [] })),
    budget: Number.MAX_SAFE_INTEGER,
  }
}

/** What records are decoded by: all metrics, because one that cannot take its value refuses the record, but the asked one first, as the cells have it. */
export function decodedSource(question: ScanQuestion): Source {
  const { source, metric, fields } = question
  const asked = new Set(countedOf(source, metric).map(({ name }) => name))
  return {
    ...source,
    breakdowns: breakdownsOf(source, fields),
    metrics: source.metrics.toSorted((a, b) => Number(asked.has(b.name)) - Number(asked.has(a.name))),
    entity: null,
  }
}

/** Fields that conditions look at. */
export const fieldsAsked = ({ conditions }: ScanQuestion): string[] => fieldsIn(conditions)

const breakdownsOf = ({ breakdowns }: Source, fields: readonly string[]): Source['breakdowns'] =>
  fields.length === 0 ? [breakdowns[0]!] : [breakdowns[0]!, { name: fields.join('+'), fields }]

/** Whether a verdict on an event may hang on any event before it, so that only a reading from the first offset on is exact. */
export function needsAll({ source, metric }: Pick<ScanQuestion, 'source' | 'metric'>): boolean {
  return source.id !== undefined || anyBySeries(countedOf(source, metric))
}

/** Whether records may be read in any order: a table that is joined is as it was at each record, and moves on with them. */
export const readsInOrder = (question: Pick<ScanQuestion, 'source' | 'metric'>): boolean =>
  needsAll(question) || question.source.joins !== undefined
