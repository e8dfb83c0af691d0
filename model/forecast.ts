/** How much memory a source may take in the store, at most, before anything is sent. Sizes were measured on Redis 7.0 with jemalloc, which takes more than libc's (docs/definitions.md). */
import { blockOf, DAY_MS, idsIn, windowsIn } from './chunk.ts'
import type { Interval, Source } from './definition.ts'
import { isKeptIn } from './kept-in.ts'
import { factsOf } from './facts.ts'
import { measureOf } from './measures/index.ts'
import { reserveOf } from './dictionary.ts'
import { rankedIntervals } from './ranking.ts'
import { MOST_READINGS } from './readings.ts'

/** Past this many bytes a value no longer fits a listpack, and every cell of its chunk costs more. */
const LISTPACK_VALUE_BYTES = 64
export const CHUNK_BYTES = 150
/** A member of `due`, one a breakdown, interval and group of windows. */
export const DUE_BYTES = 138
export const NAME_BYTES = 100
export const RANKED_BYTES = 118
export const ENTITY_BYTES = 150
export const LATEST_BYTES = 200
/** Latest values for each entity of the budget. */
export const VALUES_AN_ENTITY = 4
/** An id that is remembered. */
export const ID_BYTES = 20
/** One of the readings of a series. */
export const READING_BYTES = 10
/** Series of one key, where a metric names more fields that tell them apart. */
export const SERIES_A_KEY = 4
/** Feed 1 MB, tail 256 and dead letters 1,000 entries of at most 4.5 KB. */
export const STREAM_BYTES = 6_700_000
/** What is kept for ever is counted for this long. */
export const FOREVER_DAYS = 365

export interface CellsForecast {
  readonly breakdown: string
  readonly interval: string
  readonly windows: number
  readonly cells: number
  readonly bytes: number
}

export interface RankForecast {
  readonly metric: string
  readonly breakdown: string
  readonly interval: string
  readonly members: number
  readonly bytes: number
}

/** Upper bounds of one partition, where every breakdown has `names` names a day and each of them has events in every window. */
export interface Forecast {
  readonly names: number
  readonly cells: readonly CellsForecast[]
  /** Names given out: by breakdown, for all days that are kept. */
  readonly nameTables: readonly {
    readonly breakdown: string
    readonly days: number
    readonly bytes: number
  }[]
  readonly rankings: readonly RankForecast[]
  readonly streamBytes: number
  /** Presence and latest values; null where the source has no entities. */
  readonly entities: { readonly count: number; readonly bytes: number } | null
  /** Ids of events that are remembered; null where the source has none. How many come a day nobody knows: as many as there is place for. */
  readonly ids: { readonly count: number; readonly bytes: number } | null
  /** Of each metric that goes by the readings of a series. */
  readonly readings: readonly { readonly metric: string; readonly series: number; readonly bytes: number }[]
  /** What continues facts, such as sessions; their cells and names stand among the others. */
  readonly facts: readonly { readonly fact: string; readonly count: number; readonly bytes: number }[]
  readonly bytes: number
}

/** `names`: distinct values a breakdown sees in one UTC day; of the source's budget or more, the budget and its reserve are taken. */
export function forecast(source: Source, names: number): Forecast {
  const given = names < source.budget ? names : source.budget + reserveOf(source.budget)
  const ofFacts = factsOf(source).map(({ written }) => forecast(written, names))
  const own = source.breakdowns.flatMap(({ name, fields }) =>
    source.intervals.map((interval) => forecastCells(name, fields.length === 0, interval, given, source)),
  )
  const split = source.breakdowns.filter(({ fields }) => fields.length > 0)
  const days = Math.ceil(Math.max(...source.intervals.map(keptMs)) / DAY_MS) + 1
  const cells = [...own, ...ofFacts.flatMap((one) => one.cells)]
  const ownNames = split.map(({ name }) => ({
    breakdown: name,
    days,
    bytes: days * (given * NAME_BYTES + CHUNK_BYTES + DUE_BYTES),
  }))
  const nameTables = [...ownNames, ...ofFacts.flatMap((one) => one.nameTables)]
  const rankings = source.metrics.flatMap((metric) =>
    (metric.rank ?? []).flatMap((breakdown) =>
      rankedIntervals(source.intervals).map((interval): RankForecast => {
        const members = windowsKept(interval, source.futureMs) * (given + 1)
        return {
          metric: metric.name,
          breakdown,
          interval: interval.name,
          members,
          bytes: members * RANKED_BYTES,
        }
      }),
    ),
  )
  const entities = forecastEntities(source, names)
  const ids = source.id === undefined ? null : { count: source.id.budget, bytes: source.id.budget * ID_BYTES }
  const readings = forecastReadings(source, names)
  const facts = factsOf(source).map(({ name, remembered }) => {
    const count = names < source.budget ? Math.min(names, remembered.budget) : remembered.budget
    return { fact: name, count, bytes: count * remembered.bytesEach }
  })
  const single = [entities, ids].filter((part) => part !== null)
  const bytes = [...cells, ...nameTables, ...rankings, ...single, ...readings, ...facts].reduce(
    (sum, one) => sum + one.bytes,
    STREAM_BYTES,
  )
  return {
    names: given,
    cells,
    nameTables,
    rankings,
    entities,
    ids,
    readings,
    facts,
    streamBytes: STREAM_BYTES,
    bytes,
  }
}

/** As many entities come anew each day as a breakdown sees names; never more than the budget, which is what `names` at the source's budget stands for. */
function forecastEntities({ entity, budget }: Source, names: number): Forecast['entities'] {
  if (entity === null) return null
  const count = livingAtMost(entity, names, names >= budget)
  return {
    count,
    bytes: count * (ENTITY_BYTES + (entity.last === null ? 0 : VALUES_AN_ENTITY * LATEST_BYTES)),
  }
}

/** Series come and go as entities do; of each all readings that are remembered. */
function forecastReadings({ metrics, budget }: Source, names: number): Forecast['readings'] {
  return metrics.flatMap(({ name, series }) => {
    if (series === undefined) return []
    const perKey = series.by.length === 0 ? 1 : SERIES_A_KEY
    const count = livingAtMost(series, names * perKey, names >= budget)
    return [{ metric: name, series: count, bytes: count * MOST_READINGS * READING_BYTES }]
  })
}

function livingAtMost(
  { forgetMs, budget }: { readonly forgetMs: number; readonly budget: number },
  newADay: number,
  isFull: boolean,
): number {
  return isFull ? budget : Math.min(newADay * (Math.ceil(forgetMs / DAY_MS) + 1), budget)
}

/** One cell of a breakdown with its field. */
export function cellBytesOf({ metrics }: Source, breakdown: string): number {
  const kept = metrics.filter((metric) => isKeptIn(metric, breakdown))
  const valueBytes = kept.reduce((sum, metric) => sum + measureOf(metric).packedBytes, 0)
  return valueBytes <= LISTPACK_VALUE_BYTES ? 1.2 * (valueBytes + 7) : valueBytes + 64
}

function forecastCells(
  breakdown: string,
  isTotal: boolean,
  interval: Interval,
  names: number,
  source: Source,
): CellsForecast {
  const windows = windowsKept(interval, source.futureMs)
  const cellBytes = cellBytesOf(source, breakdown)
  const lastId = isTotal ? 0 : names
  let cells = 0
  let chunks = 0
  for (let block = 0; block <= blockOf(lastId, isTotal); block++) {
    const ids = isTotal ? 1 : Math.min(idsIn(block).count, lastId + 1 - idsIn(block).first)
    const together = windowsIn(block, isTotal)
    // A chunk goes when the last of its windows has passed: one more than fits, and it may be nearly whole.
    const groups = Math.ceil(windows / together) + (together > 1 ? 1 : 0)
    cells += groups * together * ids
    chunks += groups
  }
  return {
    breakdown,
    interval: interval.name,
    windows,
    cells,
    bytes: Math.ceil(
      cells * cellBytes +
        chunks * CHUNK_BYTES +
        (Math.ceil(windows / windowsIn(0, isTotal)) + 1) * membersOf(blockOf(lastId, isTotal)) * DUE_BYTES,
    ),
  }
}

/** Members of `due` that one group of windows may have: names that come one by one make some more. */
const membersOf = (lastBlock: number): number =>
  lastBlock < 2 ? lastBlock + 1 : 3 + Math.ceil(Math.log2(lastBlock - 1))

const keptMs = ({ keepMs }: Interval): number => keepMs ?? FOREVER_DAYS * DAY_MS

/** Windows of an interval that may be there at one time: those kept, the one in progress, and those of events from the allowed future. */
function windowsKept(interval: Interval, futureMs: number): number {
  return Math.ceil((keptMs(interval) + futureMs) / interval.ms) + 1
}
