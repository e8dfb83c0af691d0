/** A metric divided by one of another source: two answers over the same windows and names, each whole by itself, and only what comes out is divided. Pure. */
import type { Statistic } from '../../model/measures/index.ts'
import { ProblemError } from '../problem.ts'
import { isWithin } from '../sources/provenance.ts'
import type { SeriesAnswer, Series, TopAnswer, TopRow } from '../wire.ts'
import { ratioError } from './plan/derived-parts.ts'

/** What of a metric's definition the division needs. */
export type Divisible = Pick<Statistic, 'ofNothing' | 'addsUp'>

type Value = number | null
type Column = readonly Value[]

/** Nothing is divided by nothing, nor by what is not known. */
export const divided = (of: Value, per: Value): Value =>
  of === null || per === null || per === 0 ? null : of / per

const dividedAll = (of: Column, per: Column): Value[] =>
  of.map((value, at) => divided(value, per[at] ?? null))

/** `of`: all names, or its greatest; `per`: those that are shown. Throws answer_too_large where a name's part is not among those of `of`. */
export function seriesQuotient(
  of: SeriesAnswer,
  per: SeriesAnswer,
  [top, bottom]: readonly [Divisible, Divisible],
): SeriesAnswer {
  const places = new Map(of.timesMs.map((ms, at) => [ms, at]))
  const aligned = (column: Column): Value[] => per.timesMs.map((ms) => column[places.get(ms) ?? -1] ?? null)
  const byKey = new Map(of.series.map((one, n) => [keyOf(one), n]))
  const endOf = (at: number): number => per.timesMs[at + 1] ?? per.meta.toMs
  // A name that has nothing there: nothing in windows of which all is known.
  const nothing = per.timesMs.map((ms, at) => (isWithin(of.meta, ms, endOf(at)) ? top.ofNothing : null))
  const shown = per.series.map((one) => byKey.get(keyOf(one)) ?? null)
  if (of.others !== undefined && shown.includes(null)) throw tooManyNames(of.series.length)
  const column = (n: number | null): Value[] => (n === null ? nothing : aligned(of.series[n]!.values))
  const addUp = top.addsUp && bottom.addsUp
  const partial = [...(of.meta.partial ?? []), ...(per.meta.partial ?? [])]
  const left = of.series.flatMap((one, n) => (shown.includes(n) ? [] : [one.values]))
  return {
    timesMs: per.timesMs,
    series: per.series.map((one, at): Series => {
      const n = shown[at]!
      const values = dividedAll(column(n), one.values)
      return { ...one, values, ...boundsOf(n === null ? null : of.series[n]!, one, aligned) }
    }),
    ...(per.others !== undefined && {
      others: {
        count: per.others.count,
        values: addUp
          ? dividedAll(
              aligned(sums([...left, ...(of.others ? [of.others.values] : [])], of.timesMs.length)),
              per.others.values,
            )
          : per.timesMs.map(() => null),
        ...(per.others.previous !== undefined && { previous: per.timesMs.map(() => null) }),
      },
    }),
    ...(per.previous !== undefined &&
      of.previous !== undefined && {
        previous: {
          ...per.previous,
          values: per.previous.values.map((values, at) => {
            const n = shown[at]!
            return n === null
              ? values.map((value) => divided(value === null ? null : top.ofNothing, value))
              : dividedAll(aligned(of.previous!.values[n]!), values)
          }),
        },
      }),
    meta: {
      ...of.meta,
      ...together(of.meta, per.meta),
      toMs: per.meta.toMs,
      fromMs: per.meta.fromMs,
      seriesTotal: per.meta.seriesTotal,
      ...(partial.length > 0 && { partial }),
    },
  }
}

/** Of what lies between `least` and `most`; nothing where all is known. */
function boundsOf(
  of: Series | null,
  per: Series,
  aligned: (column: Column) => Value[],
): { least?: Value[]; most?: Value[] } {
  if (of?.least === undefined && per.least === undefined) return {}
  const [least, most] =
    of === null ? [[], []] : [aligned(of.least ?? of.values), aligned(of.most ?? of.values)]
  const isSigned = [least, per.least ?? per.values].some((all) => all.some((one) => one !== null && one < 0))
  if (of === null || isSigned) return { least: per.values.map(() => null), most: per.values.map(() => null) }
  return { least: dividedAll(least, per.most ?? per.values), most: dividedAll(most, per.least ?? per.values) }
}

/** All names of both. Throws answer_too_large where there are more than were asked for. */
export function topQuotient(
  of: TopAnswer,
  per: TopAnswer,
  [top, bottom]: readonly [Divisible, Divisible],
  { order, limit }: { readonly order: 'asc' | 'desc'; readonly limit: number },
): TopAnswer {
  for (const one of [of, per]) if (one.others !== null) throw tooManyNames(one.rows.length)
  const [tops, bottoms] = [of, per].map(({ rows }) => new Map(rows.map((row) => [keyOf(row), row]))) as [
    Map<string, TopRow>,
    Map<string, TopRow>,
  ]
  const both = [...new Set([...bottoms.keys(), ...tops.keys()])].map((key) => {
    const [a, b] = [tops.get(key), bottoms.get(key)]
    const value = divided(a?.value ?? (a === undefined ? top.ofNothing : null), b?.value ?? null)
    const was = b?.previous ?? null
    const previous = divided(a === undefined ? (was === null ? null : top.ofNothing) : a.previous, was)
    const { least: _, most: __, ...row } = (b ?? a)!
    return { key, a, b, row: { ...row, value, previous, change: changeOf(value, previous), share: null } }
  })
  both.sort((x, y) => compared(x.row.value, y.row.value, order) || (x.key < y.key ? -1 : 1))
  const [shown, past] = [both.slice(0, limit), both.slice(limit)]
  const sum = (rows: readonly (TopRow | undefined)[], field: 'value' | 'previous'): Value =>
    rows.reduce<number>((all, row) => all + (row?.[field] ?? 0), 0)
  const whole = (field: 'value' | 'previous'): Value => divided(of.total[field], per.total[field])
  const rest = (field: 'value' | 'previous'): Value =>
    top.addsUp && bottom.addsUp && per.total[field] !== null
      ? divided(
          sum(
            past.map(({ a }) => a),
            field,
          ),
          sum(
            past.map(({ b }) => b),
            field,
          ),
        )
      : null
  const valued = (read: (field: 'value' | 'previous') => Value) => {
    const [value, previous] = [read('value'), read('previous')]
    return { value, previous, change: changeOf(value, previous) }
  }
  return {
    rows: shown.map(({ row }) => row),
    others: past.length === 0 ? null : { count: past.length, ...valued(rest), share: null },
    total: valued(whole),
    meta: { ...of.meta, ...together(of.meta, per.meta), rowsTotal: both.length },
  }
}

const changeOf = (value: Value, previous: Value): Value =>
  value === null || previous === null || previous <= 0 ? null : (value - previous) / previous

/** What is not known comes last, whichever way. */
function compared(a: Value, b: Value, order: 'asc' | 'desc'): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return order === 'desc' ? b - a : a - b
}

const keyOf = ({ labels, other }: Pick<Series, 'labels' | 'other'>): string => JSON.stringify([labels, other])

function sums(columns: readonly Column[], length: number): Value[] {
  return Array.from({ length }, (_, at) =>
    columns.every((column) => column[at] === null)
      ? null
      : columns.reduce((sum, column) => sum + (column[at] ?? 0), 0),
  )
}

type Meta = SeriesAnswer['meta'] | TopAnswer['meta']
const greater = (a: Value, b: Value): Value => (a === null || b === null ? null : Math.max(a, b))
const less = (a: Value, b: Value): Value => (a === null || b === null ? null : Math.min(a, b))

/** No answer knows more than the one of the two that knows less. What else there is stays that of what is divided, and that of the other stands beside it. */
function together(of: Meta, per: Meta) {
  const lost = greater(
    of.lostBeforeMs ?? per.lostBeforeMs ?? null,
    per.lostBeforeMs ?? of.lostBeforeMs ?? null,
  )
  const error = ratioError(of.approximate ?? null, per.approximate ?? null)
  const scanned = (of.scannedRecords ?? 0) + (per.scannedRecords ?? 0)
  return {
    metric: `${of.metric}/${per.metric}`,
    asOfMs: less(of.asOfMs, per.asOfMs),
    lagMs: greater(of.lagMs, per.lagMs),
    complete: Math.min(of.complete, per.complete),
    sinceMs: greater(of.sinceMs, per.sinceMs),
    ...(lost !== null && { lostBeforeMs: lost }),
    from: of.from === 'log' || per.from === 'log' ? ('log' as const) : ('cells' as const),
    ...(scanned > 0 && { scannedRecords: scanned }),
    ...((of.unnamedLeftOut ?? per.unnamedLeftOut) === true && { unnamedLeftOut: true as const }),
    ...((of.cutLeftOut ?? per.cutLeftOut) === true && { cutLeftOut: true as const }),
    ...(error !== null && { approximate: error }),
    per: divisorOf(per),
  }
}

/** Where what is divided by stands. */
function divisorOf({ source, metric, ...meta }: Meta): NonNullable<Meta['per']> {
  const { vector, topic, asOfMs, complete, incomplete, behindRecords, generation, def, from, rebuilding } =
    meta
  return {
    source,
    metric,
    topic,
    vector,
    asOfMs,
    complete,
    ...(incomplete !== undefined && { incomplete }),
    behindRecords,
    generation,
    def,
    from,
    ...(rebuilding !== undefined && { rebuilding }),
  }
}

function tooManyNames(most: number): ProblemError {
  const detail = `a metric is divided by one of another source name by name, and one of the two has more than ${most} names in this range; ask for fewer fields, add a filter, or a shorter range`
  return new ProblemError('answer_too_large', detail, [{ pointer: '/by', detail }])
}
