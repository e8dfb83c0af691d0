/** From sums of cohorts to the answer about them. Pure. */
import type { RetentionRule, RetentionUnit } from '../../../model/definition.ts'
import { daysIn } from '../../../model/retention/periods.ts'
import type { Range } from '../../language/compare.ts'
import type { RetentionQuery } from '../../language/retention-query.ts'
import type { TimeZone } from '../../language/zone.ts'
import type { Bounds, RetentionAnswer, RetentionRow } from '../../wire.ts'
import type { Cohorts, Sums } from './cohorts.ts'
import { notesOf } from '../plan/projection.ts'

const DAY_MS = 86_400_000

export interface AskedRetention {
  readonly rule: RetentionRule
  readonly unit: RetentionUnit
  readonly periods: number
  readonly zone: TimeZone
}

export interface RetentionParts {
  readonly cohorts: Cohorts
  readonly leftOut: Cohorts
  /** An entity is in two partitions. */
  readonly isTwice: boolean
}

type Together = RetentionAnswer['total']

/** A cohort, and how far its periods are by now. */
interface Cohort extends Pick<RetentionRow, 'cohort' | 'startMs' | 'endMs' | 'finished'> {
  /** Periods that have begun, the cohort's own counted. */
  readonly begun: number
}

export function* retentionBody(
  query: RetentionQuery,
  asked: AskedRetention,
  range: Range,
  { cohorts, leftOut, isTwice }: RetentionParts,
): Generator<void, RetentionAnswer> {
  const { rule, unit, periods, zone } = asked
  const { names, others, total, doubts, provenance, notes } = cohorts
  const all = cohorts.dates.map(({ fromMs }) => cohortOf(fromMs, provenance.asOfMs, asked))
  const isSplit = query.by.length > 0
  const rowsOf = (
    sums: readonly Sums[],
    doubts: readonly number[],
    more: Pick<RetentionRow, 'labels'>,
  ): RetentionRow[] =>
    all.flatMap((one, at) =>
      // A date that the zone left out is none.
      one.startMs === one.endMs ? [] : [{ ...more, ...rowOf(one, sums[at]!, periods, doubts[at]!) }],
    )
  const rows: RetentionRow[] = isSplit ? [] : rowsOf(total, doubts, { labels: {} })
  const named: NonNullable<RetentionAnswer['names']> = []
  for (const { name, sums, doubts: ofName } of isSplit ? names : []) {
    const labels = { labels: name.labels, ...notesOf(name) }
    for (const row of rowsOf(sums, ofName, labels)) rows.push(row)
    named.push({ ...labels, ...together(all, sums, periods, ofName) })
    yield
  }
  const [late, over, keyedOtherwise] = [0, 1, 2].map((nth) => sumOf(leftOut.total, nth))
  const isMispartitioned = isTwice || (provenance.partitions > 1 && (keyedOtherwise ?? 0) > 0)
  return {
    rows,
    ...(isSplit && {
      names: named,
      others:
        others === null ? null : { count: others.count, ...together(all, others.sums, periods, doubts) },
    }),
    total: together(all, total, periods, doubts),
    meta: {
      ...provenance,
      source: query.source,
      retention: rule.name,
      unit,
      periods,
      by: isSplit ? query.by.join('+') : null,
      tz: zone.name,
      weekStart: rule.weekStart,
      fromMs: all[0]!.startMs,
      toMs: all.at(-1)!.endMs,
      askedFromMs: range.fromMs,
      askedToMs: range.toMs,
      namesTotal: names.length + (others?.count ?? 0),
      late: late!,
      over: over!,
      ...(isMispartitioned && {
        mispartitioned: { seenTwice: isTwice, keyedOtherwise: keyedOtherwise ?? 0 },
      }),
      ...notes,
    },
  }
}

function cohortOf(dateMs: number, asOfMs: number | null, { unit, periods, zone }: AskedRetention): Cohort {
  const startOf = (period: number): number => zone.instantOf(dateMs + period * daysIn(unit) * DAY_MS)
  const known = asOfMs ?? -Infinity
  let [begun, finished] = [0, 0]
  while (begun <= periods && startOf(begun) < known) begun++
  while (finished <= periods && startOf(finished + 1) <= known) finished++
  return {
    cohort: new Date(dateMs).toISOString().slice(0, 10),
    startMs: startOf(0),
    endMs: startOf(1),
    begun,
    finished,
  }
}

function rowOf(
  { begun, ...cohort }: Cohort,
  sums: Sums,
  periods: number,
  doubt: number,
): Omit<RetentionRow, 'labels'> {
  const size = sums === null ? null : sums[0]!
  const back = Array.from({ length: periods }, (_, at) =>
    sums === null || at + 1 >= begun ? null : sums[at + 1]!,
  )
  const share = back.map((one) => (one === null || size === 0 ? null : one / size!))
  const { finished, ...when } = cohort
  return { ...when, size, ...boundsOf(size, doubt), back, share, finished }
}

/** Each period of those cohorts only in which it is over: else the newest would draw the share down. */
function together(
  all: readonly Cohort[],
  sums: readonly Sums[],
  periods: number,
  doubts: readonly number[],
): Together {
  const whole = sumOf(sums, 0)
  return {
    size: whole,
    ...boundsOf(
      whole,
      doubts.reduce((sum, doubt) => sum + doubt, 0),
    ),
    periods: Array.from({ length: periods }, (_, at) => {
      const period = at + 1
      const over = sums.filter((one, nth) => one !== null && all[nth]!.finished > period)
      const [size, back] = [sumOf(over, 0) ?? 0, sumOf(over, period) ?? 0]
      return { period, cohorts: over.length, size, back, share: size === 0 ? null : back / size }
    }),
  }
}

const boundsOf = (size: number | null, doubt: number): Bounds =>
  size === null || doubt === 0 ? {} : { least: size, most: size + doubt }

/** Null where nothing is known of any. */
function sumOf(sums: readonly Sums[], nth: number): number | null {
  const known = sums.filter((one) => one !== null)
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one[nth]!, 0)
}
