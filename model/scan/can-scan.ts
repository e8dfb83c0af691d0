/** Which sources the scanner takes. One that says something it does not know is left to the plain decoder, wholly. */
import type { Field, Metric, Path, Source } from '../definition.ts'
import { MEASURES } from '../measures/index.ts'

const SOURCE: Readonly<Record<keyof Source, boolean>> = {
  name: true,
  topic: true,
  key: true,
  time: true,
  timePath: true,
  timeElse: true,
  zone: true,
  framed: true,
  rows: false,
  id: true,
  fields: true,
  breakdowns: true,
  metrics: true,
  intervals: true,
  futureMs: true,
  budget: true,
  entity: true,
  sessions: true,
  funnels: true,
}
const FIELD: Readonly<Record<keyof Field, boolean>> = {
  name: true,
  type: true,
  list: false,
  takes: true,
  absent: true,
  clean: true,
  query: true,
  optional: true,
  from: true,
}

export function canScan(source: Source): boolean {
  const paths = [source.timePath, ...(source.timeElse ?? []), ...source.fields.flatMap(({ from }) => from)]
  return (
    knows(SOURCE, source) &&
    source.fields.every((field) => knows(FIELD, field)) &&
    paths.every((path) => isInEvent(path) || isKey(path) || isHeader(path) || isTimestamp(path)) &&
    (source.id?.from ?? []).every(isInEvent) &&
    source.metrics.every(isKnown)
  )
}

/** A property that is not in the list, such as one of a newer definition, says no. */
const knows = (known: Readonly<Record<string, boolean>>, given: object): boolean =>
  Object.entries(given).every(([name, value]) => value === undefined || known[name] === true)

const isKnown = ({ kind }: Metric): boolean => MEASURES.has(kind)

export const isInEvent = (path: Path): boolean => path[0] !== '$'
export const isKey = (path: Path): boolean => path.length === 2 && path[1] === 'key'
export const isHeader = (path: Path): boolean => path.length === 3 && path[1] === 'headers'
export const isTimestamp = (path: Path): boolean => path.length === 2 && path[1] === 'timestamp'
