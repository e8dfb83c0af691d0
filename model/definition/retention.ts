/** What a definition says of retention, spelled out. */
import { DAY_MS } from '../chunk.ts'
import { fieldsIn } from '../condition-text.ts'
import { durationMs } from './duration.ts'
import { checkZone } from './events.ts'
import type { Place } from './faults.ts'
import type { GivenSource } from './schema.ts'
import type { Need, Report } from './series.ts'
import { readSplit } from './split.ts'
import type { ReadWhere } from './where.ts'
import type { Interval, RetentionRule, Source } from '../definition.ts'
import { daysIn } from '../retention/periods.ts'

const MOST = 10
const LONGEST_LATE_MS = 31 * DAY_MS
const LONGEST_KEEP_MS = 36_500 * DAY_MS
const WORDS = { takes: 'retention is split by', each: 'every member' }

export function readRetention(
  given: GivenSource,
  intervals: readonly Interval[],
  at: Place,
  need: Need,
  readWhere: ReadWhere,
  report: Report,
): RetentionRule[] {
  const named = Object.entries(given.retention ?? {})
  if (named.length > MOST) report(at, `${named.length} of them; at most ${MOST} are allowed`)
  return named.map(([name, said]): RetentionRule => {
    const place = [...at, name]
    const { joins, returns, days, weeks, zone, week_start: weekStart, by, late, keep, budget } = said
    const units: RetentionRule['units'] = [
      ...(days === undefined ? [] : [{ unit: 'day' as const, periods: days }]),
      ...(weeks === undefined ? [] : [{ unit: 'week' as const, periods: weeks }]),
    ]
    if (units.length === 0)
      report(place, 'cohorts are by day or by week: say  days: 14  or  weeks: 8  or both')
    if (zone !== undefined) checkZone(zone, [...place, 'zone'], report)
    const lateMs = durationMs(late)
    if (lateMs > LONGEST_LATE_MS) report([...place, 'late'], 'at most 31d: members are remembered as long')
    const changesMs = changesForMs(units, lateMs)
    const keepMs = keep === undefined || keep === 'forever' ? null : durationMs(keep)
    if (keepMs !== null && keepMs < changesMs)
      report(
        [...place, 'keep'],
        `members come back to a cohort for up to ${changesMs / DAY_MS} days; it takes ${Math.ceil(changesMs / DAY_MS)}d or more`,
      )
    if (keepMs !== null && keepMs > LONGEST_KEEP_MS)
      report([...place, 'keep'], 'more than 36500d; say forever')
    return {
      name,
      zone: zone ?? given.zone ?? 'UTC',
      weekStart,
      joins: readWhere(joins, [...place, 'joins']),
      returns: readWhere(returns, [...place, 'returns']),
      units,
      by: readSplit(by, given.key, [...place, 'by'], WORDS, need, report),
      lateMs,
      keepMs: keep === undefined ? longestMs(intervals, changesMs) : keepMs,
      budget,
    }
  })
}

/** From the end of the first day of a cohort (by the dates, which may be ahead of UTC) until nothing more can come to it. */
function changesForMs(units: RetentionRule['units'], lateMs: number): number {
  const days = Math.max(1, ...units.map(({ unit, periods }) => (periods + 2) * daysIn(unit)))
  return days * DAY_MS + lateMs
}

function longestMs(intervals: readonly Interval[], leastMs: number): number | null {
  if (intervals.some(({ keepMs }) => keepMs === null)) return null
  return Math.max(leastMs, ...intervals.map(({ keepMs }) => keepMs!))
}

/** Fields of events that retention asks for. */
export function fieldsOfRetention({ retention = [], key }: Source): string[] {
  return retention.flatMap(({ joins, returns, by }) => [
    key,
    ...fieldsIn([...joins, ...returns]),
    ...by.flatMap(({ fields }) => fields),
  ])
}
