/** Which sources the scanner takes. One that says something it does not know is left to the plain decoder, wholly. */
import type { Field, Metric, Path, Rows, Source } from '../definition.ts'
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
  rows: true,
  id: true,
  fields: true,
  lookups: true,
  joins: true,
  breakdowns: true,
  metrics: true,
  intervals: true,
  futureMs: true,
  budget: true,
  entity: true,
  funnels: true,
  journeys: true,
  retention: true,
  derived: true,
  sessions: true,
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
  compute: true,
}

const ROWS: Readonly<Record<keyof Rows, boolean>> = { lines: true, in: true, pairs: true, verdict: true }

export function canScan(source: Source): boolean {
  const { rows, id, timePath, timeElse = [], fields, metrics } = source
  const times = [timePath, ...timeElse]
  const names = fields.filter(({ type }) => type === 'string').flatMap(({ from }) => from)
  const numbers = fields.filter(({ type }) => type === 'number').flatMap(({ from }) => from)
  const others = [...times, ...numbers, ...(id?.from ?? [])]
  const paths = [...names, ...others]
  return (
    knows(SOURCE, source) &&
    knows(ROWS, rows ?? {}) &&
    fields.every((field) => knows(FIELD, field)) &&
    paths.every((path) => hasPlace(path, rows)) &&
    !others.some(isTopic) &&
    // What holds rows is no value beside.
    (!rows?.in || !paths.some((path) => path[1] === 'outer' && leadsTo(path.slice(2), rows.in!))) &&
    (!rows?.pairs?.length || !paths.some((path) => isInEvent(path) && leadsTo(path, rows.pairs!))) &&
    metrics.every(isKnown)
  )
}

const hasPlace = (path: Path, rows: Rows | undefined): boolean =>
  isInEvent(path) ||
  path[1] === 'key' ||
  isHeader(path) ||
  isTimestamp(path) ||
  isTopic(path) ||
  (path[1] === 'outer' && path.length > 2 && !!rows?.in) ||
  ((path[1] === 'name' || path[1] === 'value') && !!rows?.pairs)

/** To the holder itself or through it. */
const leadsTo = (path: Path, holder: Path): boolean => holder.every((name, at) => path[at] === name)

/** A property that is not in the list, such as one of a newer definition, says no. */
const knows = (known: Readonly<Record<string, boolean>>, given: object): boolean =>
  Object.entries(given).every(([name, value]) => value === undefined || known[name] === true)

const isKnown = ({ kind }: Metric): boolean => MEASURES.has(kind)

export const isInEvent = (path: Path): boolean => path[0] !== '$'
export const isKey = (path: Path): boolean => path.length === 2 && path[1] === 'key'
export const isHeader = (path: Path): boolean => path.length === 3 && path[1] === 'headers'
export const isTimestamp = (path: Path): boolean => path.length === 2 && path[1] === 'timestamp'
export const isTopic = (path: Path): boolean => path.length === 2 && path[1] === 'topic'
/** A text there is one of JSON, read by a walk. */
export const isInJson = (path: Path): boolean => isInEvent(path) || path[1] === 'outer' || path[1] === 'value'
