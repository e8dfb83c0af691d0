/** What the parts of a definition mean to each other, and every shorthand spelled out into a {@link Source}. */
import type { Breakdown, Entity, Field, Interval, Metric, Source } from '../definition.ts'
import { didYouMean, listed, type Place } from './faults.ts'
import type { GivenMetric, GivenSource } from './schema.ts'
import { readEvents, readField } from './events.ts'
import { isComputed, readComputed } from './computed.ts'
import { readDerived } from './derived.ts'
import { durationMs } from './duration.ts'
import { readFunnels } from './funnels.ts'
import { readJourneys } from './journeys.ts'
import { checkKept, readDeclared, readKept } from './kept.ts'
import type { Lookups } from './lookups.ts'
import { readRetention } from './retention.ts'
import { readSessions } from './sessions.ts'
import { readSeries, type Need, type Report, type SeriesMemory } from './series.ts'
import { whereReader, type ReadWhere } from './where.ts'
import { MEASURES } from '../measures/index.ts'

const DAY_MS = 86_400_000
const LONGEST_MS = 36_500 * DAY_MS
const MOST_INTERVALS = 12
/** Series that a partition remembers, where the source has no entities. */
const SERIES_BUDGET = 50_000
/** Of entities where every window is kept for ever. */
const FORGET_MS = 90 * DAY_MS

export function spellOutKeep(keep: Readonly<Record<string, string>>, report: Report): Interval[] {
  const intervals = Object.entries(keep).map(
    ([name, kept]): Interval => ({
      name,
      ms: durationMs(name),
      keepMs: kept === 'forever' ? null : durationMs(kept),
    }),
  )
  if (intervals.length === 0) report(['keep'], 'at least one interval is needed, such as 1m: 2d')
  if (intervals.length > MOST_INTERVALS)
    report(['keep'], `${intervals.length} intervals; at most ${MOST_INTERVALS} are allowed`)
  const seen = new Map<number, string>()
  for (const { name, ms, keepMs } of intervals) {
    const place = ['keep', name]
    if (ms < 1000 || ms > DAY_MS || DAY_MS % ms !== 0)
      report(
        place,
        'an interval is 1s to 1d and divides a day, such as 1s, 10s, 1m, 5m, 15m, 1h, 6h, 1d',
        'key',
      )
    else if (keepMs !== null && keepMs < ms)
      report(place, `kept for ${keep[name]!}, which is less than one interval of ${name}`)
    if (keepMs !== null && keepMs > LONGEST_MS) report(place, 'more than 36500d; say forever')
    const twin = seen.get(ms)
    if (twin !== undefined) report(place, `the same interval as ${twin}`, 'key')
    seen.set(ms, name)
  }
  return intervals.toSorted((a, b) => a.ms - b.ms)
}

/** `unclear`: whether a field is there but cannot be read; nothing is said about who uses it. */
export function spellOutSource(
  name: string,
  given: GivenSource,
  intervals: readonly Interval[],
  lookups: Lookups,
  unclear: (field: string) => boolean,
  report: Report,
): Source {
  const at: Place = ['sources', name]
  const known = Object.keys(given.fields)
  const { take, taken } = lookups.ofSource([...at, 'fields'], given.topic)
  const fields: Field[] = []
  for (const [field, said] of Object.entries(given.fields)) {
    const place = [...at, 'fields', field]
    const one = isComputed(said)
      ? readComputed(field, said, fields, { names: known, unclear }, place, report, take)
      : readField(field, said, place, report)
    fields.push(one)
  }
  const need = (field: string, type: Field['type'] | null, place: Place, why = ''): void => {
    if (unclear(field)) return
    const found = fields.find((one) => one.name === field)
    if (!found)
      report(
        place,
        `${field} is not among the fields${didYouMean(field, known) || (known.length > 0 ? `; they are ${listed(known)}` : '')}`,
      )
    else if (found.list && why !== 'a breakdown takes' && why !== 'a condition takes')
      report(place, `${field} has several values; only breakdowns and conditions take a string[] field`)
    else if (type !== null && found.type !== type)
      report(
        place,
        `${field} is a ${found.type}; ${why} a ${type} field${type === 'string' ? `, such as  ${field}: { type: string, accept: number }` : ''}`,
      )
  }
  need(given.key, 'string', [...at, 'key'], 'a key is')
  if (fields.some((one) => one.name === given.key && one.compute !== undefined))
    report(
      [...at, 'key'],
      `${given.key} is worked out; a key is a field of the event, by which producers key records`,
    )
  const isList = (field: string): boolean => fields.some((one) => one.name === field && one.list)
  const breakdowns = readBreakdowns(given, [...at, 'breakdowns'], need, isList, report)
  const entity = readEntity(given.entity, intervals, [...at, 'entity'], need, report)
  const memory: SeriesMemory = {
    finestMs: intervals[0]?.ms ?? DAY_MS,
    forgetMs: entity?.forgetMs ?? longestKeepMs(intervals),
    budget: entity?.budget ?? SERIES_BUDGET,
  }
  const readWhere = whereReader({ name, fields }, need, report)
  const metrics = Object.entries(given.metrics).map(([metric, said]) =>
    readMetric(metric, said, breakdowns, memory, [...at, 'metrics', metric], need, readWhere, report),
  )
  const spread = breakdowns.find((one) => one.fields.some(isList))
  for (const { name: metric, kind, series } of metrics)
    if (series !== undefined && spread !== undefined)
      report(
        [...at, 'metrics', metric],
        `a ${kind} goes by series, and the breakdown ${spread.name} by a field of several values; one source holds only one of the two`,
      )
  checkKept(metrics, breakdowns, at, report)
  if (metrics.length === 0)
    report([...at, 'metrics'], 'at least one metric is needed, such as  events: count')
  if (metrics.length > 50) report([...at, 'metrics'], `${metrics.length} metrics; at most 50 are allowed`)
  if (fields.length > 200) report([...at, 'fields'], `${fields.length} fields; at most 200 are allowed`)
  const sessions = readSessions(given, [...at, 'sessions'], need, readWhere, report)
  const funnels = readFunnels(given.funnels, given.key, [...at, 'funnels'], need, readWhere, report)
  const journeys = readJourneys(given, sessions, [...at, 'journeys'], need, readWhere, report)
  const retention = readRetention(given, intervals, [...at, 'retention'], need, readWhere, report)
  const futureMs = durationMs(given.future)
  if (futureMs > LONGEST_MS) report([...at, 'future'], 'more than 36500d')
  return {
    name,
    topic: given.topic,
    key: given.key,
    ...readEvents(given, at, report),
    fields,
    ...taken(),
    breakdowns: [{ name: 'all', fields: [] }, ...breakdowns],
    metrics,
    intervals,
    futureMs,
    budget: given.budget,
    entity,
    ...(sessions !== null && { sessions }),
    ...(funnels.length > 0 && { funnels }),
    ...(journeys !== null && { journeys }),
    ...(retention.length > 0 && { retention }),
    ...readDerived(given.derived, metrics, [...at, 'derived'], report),
  }
}

const setOf = (fields: readonly string[]): string => fields.toSorted().join('+')

function readBreakdowns(
  given: GivenSource,
  at: Place,
  need: Need,
  isList: (field: string) => boolean,
  report: Report,
): Breakdown[] {
  const seen = new Map<string, string>()
  return given.breakdowns.map((said, index): Breakdown => {
    const fields = typeof said === 'string' ? [said] : said
    const name = fields.join('+')
    const place = [...at, index]
    for (const [part, field] of fields.entries())
      need(field, 'string', typeof said === 'string' ? place : [...place, part], 'a breakdown takes')
    const lists = fields.filter((field) => isList(field))
    const twin = seen.get(setOf(fields))
    if (lists.length > 1)
      report(place, `${lists.join(' and ')} have several values; a breakdown takes one such field`)
    else if (new Set(fields).size < fields.length) report(place, 'the same field twice')
    else if (twin !== undefined)
      report(place, twin === name ? `${name} is given twice` : `the same fields as ${twin}`)
    else if (name === 'all')
      report(
        place,
        'all is the total, which is always there; give the field another name, { type: string, from: all }',
      )
    seen.set(setOf(fields), name)
    return { name, fields }
  })
}

function readMetric(
  name: string,
  said: GivenMetric,
  breakdowns: readonly Breakdown[],
  memory: SeriesMemory,
  at: Place,
  need: Need,
  readWhere: ReadWhere,
  report: Report,
): Metric {
  if (said === 'count') return { kind: 'count', name, where: [], rank: [] }
  const where = readWhere(said.where, [...at, 'where'])
  const measure = [...MEASURES.values()].find(({ kind }) => kind in said)!
  const { kind, input, isRankable } = measure
  const field = said[kind] as string
  if (input !== 'none') need(field, input === 'text' ? 'string' : 'number', [...at, kind], `${kind} takes`)
  const names = breakdowns.map((one) => one.name)
  // The order of the keys is part of the definition's hash.
  return {
    kind,
    name,
    ...(input !== 'none' && { field }),
    ...(input === 'number' && { decimals: said.decimals! }),
    where,
    ...readSeries(measure, said, memory, at, need, report),
    ...(isRankable && { rank: readDeclared(said.rank ?? [], names, [...at, 'rank'], report) }),
    ...readKept(said.breakdowns, names, [...at, 'breakdowns'], report),
  }
}

/** The longest keep that ends. */
function longestKeepMs(intervals: readonly Interval[]): number {
  const longestMs = Math.max(0, ...intervals.map(({ keepMs }) => keepMs ?? 0))
  return longestMs > 0 ? longestMs : FORGET_MS
}

function readEntity(
  given: GivenSource['entity'],
  intervals: readonly Interval[],
  at: Place,
  need: Need,
  report: Report,
): Entity | null {
  if (!given) return null
  const onlineMs = durationMs(given.online)
  if (onlineMs > LONGEST_MS) report([...at, 'online'], 'more than 36500d')
  const last = given.last ?? null
  if (last) {
    need(last.by, null, [...at, 'last', 'by'])
    for (const [index, field] of last.of.entries()) need(field, null, [...at, 'last', 'of', index])
  }
  const forgetMs =
    given.forget === undefined ? Math.max(longestKeepMs(intervals), onlineMs) : durationMs(given.forget)
  if (given.forget !== undefined && forgetMs > LONGEST_MS) report([...at, 'forget'], 'more than 36500d')
  if (given.forget !== undefined && forgetMs < onlineMs)
    report(
      [...at, 'forget'],
      `shorter than online, ${given.online}: it would be forgotten while it is online`,
    )
  return { onlineMs, forgetMs, budget: given.budget, last }
}
