/** Folds records into a delta. Pure: no clock, no I/O; admission follows log order, arithmetic does not (laws L8, L11). */
import { DAY_MS, TOTAL_ID } from './chunk.ts'
import type { DecodedEvent, RecordReject } from './decode.ts'
import type { Condition, Source } from './definition.ts'
import { arrive, hear, keyHash } from './clock.ts'
import {
  beginDelta,
  cellOf,
  pairsIn,
  type Delta,
  type PreparedRecord,
  type Skipped,
  type TailEvent,
} from './delta.ts'
import { dayOf, firstDayOf } from './living.ts'
import { contribute, layout, type Contribution } from './measures.ts'
import type { Names, Value } from './names.ts'
import { rankingsOf } from './ranking.ts'
import { addSighting, limitOf } from './sightings.ts'
import { copyStanding, type Standing } from './standing.ts'

/** A cut ends at the record boundary where one of these is reached, so that one call stays about a millisecond. */
export const FULL_PAIRS = 700
export const FULL_BYTES = 256 * 1024
/** A record that touches more cells than this is a reject. */
export const WIDEST_RECORD_CELLS = 4000
/** Bytes of a value that tail and rejects keep. */
export const EVIDENCE_BYTES = 4096
const TAIL_EVENTS = 8
const TAIL_MARKED = 32

/** The loaded names of a breakdown and day; the caller loads them before the fold (`daysOf`). */
export type NamesOf = (breakdown: number, day: number) => Names

export interface Fold {
  begin(standing: Standing): Delta
  /** Folds `records[from..]` in order until the delta is full; answers the index of the first one left out. */
  into(delta: Delta, records: readonly (PreparedRecord | Skipped)[], from: number, names: NamesOf): number
}

/** UTC days (since 1970) of the events of these records. */
export function daysOf(records: readonly (PreparedRecord | Skipped)[]): Set<number> {
  const days = new Set<number>()
  for (const record of records)
    if ('outcome' in record && 'events' in record.outcome)
      for (const event of record.outcome.events) days.add(Math.floor(event.timeMs / DAY_MS))
  return days
}

/** A cut that holds entities also ends where the clock comes to another UTC day: see living.ts. */
export function isFull(delta: Delta): boolean {
  if (
    delta.sighted.size > 0 &&
    delta.standing.logClockMs !== null &&
    dayOf(delta.standing.logClockMs) !== dayOf(delta.clockBeforeMs ?? -DAY_MS)
  )
    return true
  return pairsIn(delta) >= FULL_PAIRS || delta.evidenceBytes >= FULL_BYTES
}

export function compileFold(source: Source): Fold {
  const intervals = source.intervals
  const row = layout(source.metrics)
  const position = new Map(source.fields.map((field, at) => [field.name, at]))
  const breakdowns = source.breakdowns.map((breakdown) =>
    breakdown.fields.map((field) => position.get(field)!),
  )
  const holds = source.metrics.map(({ where }) => compileConditions(where, position))
  const place = { timeMs: 0, offset: 0, index: 0 }
  const keyAt = position.get(source.key)!
  const last = source.entity?.last
    ? {
        by: position.get(source.entity.last.by)!,
        of: source.entity.last.of.map((field) => position.get(field)!),
      }
    : null
  const maps = breakdowns.length * intervals.length
  const ranks = rankingsOf(source).map((rankings) => rankings.length)
  /** Pairs one event writes at the most, presence aside. */
  const perEvent = ranks.reduce((sum, count) => sum + count, maps)

  function contributionsOf(event: DecodedEvent): Contribution[] {
    const made: Contribution[] = []
    for (let metric = 0; metric < holds.length; metric++) {
      const units = event.units[metric]!
      if (units !== null && holds[metric]!(event.values)) made.push({ metric, units })
    }
    return made
  }

  function count(delta: Delta, event: DecodedEvent, kept: readonly boolean[], names: NamesOf): void {
    const day = Math.floor(event.timeMs / DAY_MS)
    const contributions = contributionsOf(event)
    for (let b = 0; b < breakdowns.length; b++) {
      let id = TOTAL_ID
      if (b > 0) {
        const values = breakdowns[b]!.map((at) => event.values[at] as Value)
        id = names(b, day).idOf(values, source.budget, (name, given) =>
          delta.names.push({ breakdown: b, day, name, id: given }),
        )
      }
      for (let i = 0; i < intervals.length; i++) {
        if (!kept[i]) continue
        const map = b * intervals.length + i
        contribute(
          cellOf(delta, map, Math.floor(event.timeMs / intervals[i]!.ms), id, row, ranks[map]!),
          contributions,
          place,
          row,
        )
      }
    }
  }

  function presence(
    delta: Delta,
    event: DecodedEvent,
    clockMs: number | null,
    offset: number,
    index: number,
  ): void {
    const entity = event.values[keyAt] as Value
    const { timeMs } = event
    if (entity === null || dayOf(timeMs) < firstDayOf(source.entity!.forgetMs, clockMs)) return
    const limitMs = limitOf(clockMs, timeMs, source.futureMs)
    one(delta.sighted, entity)
    addSighting(listOf(delta.seen, entity), { timeMs, limitMs })
    if (!last) return
    const field = JSON.stringify([entity, event.values[last.by] ?? null])
    one(delta.valued, field)
    addSighting(listOf(delta.last, field), {
      timeMs,
      limitMs,
      offset,
      index,
      values: last.of.map((at) => event.values[at] ?? null),
    })
  }

  function events(delta: Delta, record: PreparedRecord, list: readonly DecodedEvent[], names: NamesOf): void {
    const { standing } = delta
    const clockMs = standing.logClockMs
    for (const [index, event] of list.entries()) {
      const kept = intervals.map(
        ({ ms, keepMs }) =>
          clockMs === null || keepMs === null || (Math.floor(event.timeMs / ms) + 1) * ms + keepMs > clockMs,
      )
      if (!kept.includes(true)) {
        standing.events.late++
        continue
      }
      standing.events.counted++
      for (let i = 0; i < kept.length; i++) if (!kept[i]) standing.lateByInterval[i]!++
      hear(standing, keyHash(event.values[keyAt] as Value), event.timeMs, source.futureMs)
      place.timeMs = event.timeMs
      place.offset = record.offset
      place.index = index
      count(delta, event, kept, names)
      if (source.entity) presence(delta, event, clockMs, record.offset, index)
      keepForTail(delta, record, event, index, list.length === 1)
    }
  }

  function account(delta: Delta, record: PreparedRecord): void {
    delta.standing.offsets.data += record.count ?? 1
    delta.standing.next = record.offset + 1
    if (record.tsMs !== null) delta.standing.lastTsMs = record.tsMs
    arrive(delta.standing, record.tsMs ?? firstTimeOf(record))
    delta.standing.lastOffset = record.offset
    delta.lastRecord = { key: record.key, value: record.value }
  }

  /** A record that may be too wide travels alone; one that is, leaves nothing but its reject. */
  function wide(delta: Delta, record: PreparedRecord, list: readonly DecodedEvent[], names: NamesOf): void {
    const before = copyStanding(delta.standing)
    events(delta, record, list, names)
    if (delta.cellCount <= WIDEST_RECORD_CELLS) return
    const cells = delta.cellCount
    for (const { breakdown, day, name } of delta.names.toReversed()) names(breakdown, day).forget(name)
    const fresh = beginDelta(before, delta.cells.length)
    for (const [at, map] of fresh.cells.entries()) delta.cells[at] = map
    for (const list of [delta.names, delta.tail, delta.marked]) list.length = 0
    for (const map of [delta.seen, delta.last, delta.sighted, delta.valued]) map.clear()
    Object.assign(delta.standing, fresh.standing)
    delta.cellCount = delta.rankedCount = delta.evidenceBytes = 0
    reject(delta, record, {
      events: list.length,
      reason: 'too_wide',
      detail: `the record touches ${cells} cells; ${WIDEST_RECORD_CELLS} are allowed: send fewer events a record`,
    })
  }

  return {
    begin: (standing) => beginDelta(standing, maps),
    into(delta, records, from, names) {
      let at = from
      for (; at < records.length && !isFull(delta); at++) {
        const record = records[at]!
        if ('skipped' in record) {
          delta.standing.offsets[record.skipped] += record.count
          delta.standing.next = record.offset + 1
          continue
        }
        if ('reject' in record.outcome) reject(delta, record, record.outcome.reject)
        else {
          const most = record.outcome.events.length * perEvent
          if (most <= FULL_PAIRS) events(delta, record, record.outcome.events, names)
          else if (delta.standing.next !== delta.base) break
          else wide(delta, record, record.outcome.events, names)
        }
        account(delta, record)
      }
      return at
    },
  }
}

/** One more of it. */
function one(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function reject(delta: Delta, record: PreparedRecord, why: RecordReject): void {
  delta.standing.events.rejected += why.events
  delta.rejects.push({
    ...why,
    offset: record.offset,
    count: record.count ?? 1,
    tsMs: record.tsMs ?? delta.standing.lastTsMs ?? 0,
    key: record.key,
    value: record.value,
  })
  delta.evidenceBytes += Math.min(record.value?.length ?? 0, EVIDENCE_BYTES) + 256
}

/** A record without a timestamp is taken to have come when its first event happened. */
function firstTimeOf({ outcome }: PreparedRecord): number | null {
  return 'events' in outcome ? outcome.events[0]!.timeMs : null
}

function listOf<S>(lists: Map<string, S[]>, key: string): S[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}

/** Keeps the newest few events of a cut, and those that carry a mark (sent by hand). */
function keepForTail(
  delta: Delta,
  record: PreparedRecord,
  event: DecodedEvent,
  index: number,
  alone: boolean,
): void {
  const kept = {
    offset: record.offset,
    index,
    tsMs: record.tsMs ?? event.timeMs,
    atMs: event.timeMs,
    via: record.via,
    raw: event.raw,
    alone: alone ? record.value : null,
  }
  if (record.via === null) {
    if (delta.tail.length >= TAIL_EVENTS * 8) delta.tail.splice(0, TAIL_EVENTS * 7)
    delta.tail.push(kept)
  } else if (delta.marked.length < TAIL_MARKED) delta.marked.push(kept)
}

/** The tail entries of a finished cut, in log order. */
export function tailOf(delta: Delta): TailEvent[] {
  return [...delta.tail.slice(-TAIL_EVENTS), ...delta.marked].sort(
    (a, b) => a.offset - b.offset || a.index - b.index,
  )
}

function compileConditions(
  where: readonly Condition[],
  position: Map<string, number>,
): (values: DecodedEvent['values']) => boolean {
  const tests = where.map(({ field, op, values }) => ({
    at: position.get(field)!,
    is: op === 'is',
    set: new Set<string | number | null>(values),
  }))
  if (tests.length === 0) return () => true
  return (values) => tests.every(({ at, is, set }) => set.has(values[at]!) === is)
}
