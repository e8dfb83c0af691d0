/** The page's time range in the grammar of the API, as it stands in the address: `?from=now-1h&to=now`. Pure. */

import { instantOf, localMs, offsetMs } from '../format/zone.ts'

export interface Range {
  readonly from: string
  readonly to: string
}

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof unitsMs | 'mo'
const unitNames: Record<string, string> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
}
const firstMondayMs = 4 * unitsMs.d

export type WeekStart = 'monday' | 'sunday'
let weekOriginMs = firstMondayMs
/** What `/w` goes back to. */
export const chooseWeekStart = (day: WeekStart): void => {
  weekOriginMs = firstMondayMs - (day === 'sunday' ? unitsMs.d : 0)
}

export const GRAMMAR = 'now-15m, now/d, 2026-03-01, 2026-03-01T12:00:00Z'

/** Months later, at most on the last day of that one. */
function addMonths(local: number, count: number): number {
  const at = new Date(local)
  const day = at.getUTCDate()
  at.setUTCDate(1)
  at.setUTCMonth(at.getUTCMonth() + count)
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate()
  return at.setUTCDate(Math.min(day, last))
}

function flooredTo(local: number, unit: Unit): number {
  if (unit === 'mo') return Date.UTC(new Date(local).getUTCFullYear(), new Date(local).getUTCMonth(), 1)
  const origin = unit === 'w' ? weekOriginMs : 0
  return Math.floor((local - origin) / unitsMs[unit]) * unitsMs[unit] + origin
}

/** Days, weeks and months are of the reader's zone: a day may have 23 or 25 hours. */
function stepped(anchorMs: number, steps: string): number {
  let at = anchorMs
  for (const [, sign, count, unit, floor] of steps.matchAll(/([+-])(\d+)(mo|[smhdw])|\/(mo|[smhdw])/g)) {
    const times = (sign === '-' ? -1 : 1) * Number(count)
    if (floor !== undefined) {
      const local = flooredTo(localMs(at), floor as Unit)
      at = /[smh]$/.test(floor) ? local - offsetMs(at) : instantOf(local)
    } else if (unit === 'mo') at = instantOf(addMonths(localMs(at), times))
    else if (unit === 'd' || unit === 'w') at = instantOf(localMs(at) + times * unitsMs[unit])
    else at += times * unitsMs[unit as keyof typeof unitsMs]
  }
  return at
}

/** Epoch ms that a time means at `nowMs`; undefined where it is none. `latest` is taken for now: only the API knows better. */
export function resolveTime(text: string, nowMs: number): number | undefined {
  const relative = /^(?:now|latest)((?:[+-]\d{1,9}(?:mo|[smhdw])|\/(?:mo|[smhdw])){0,8})$/.exec(text)
  if (relative !== null) {
    const at = stepped(nowMs, relative[1]!)
    return Number.isFinite(at) ? at : undefined
  }
  if (/^\d{9,15}$/.test(text)) return Number(text)
  const found = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text)
  if (found === null || (found[2] === undefined && found[3] !== undefined)) return undefined
  const at = Date.parse(`${found[1]!}${found[2] ?? 'T00:00'}${found[3] ?? 'Z'}`)
  return Number.isNaN(at) ? undefined : found[3] === undefined ? instantOf(at) : at
}

/** Its times mean another instant in another zone. */
export const isOfZone = ({ from, to }: Range): boolean =>
  [from, to].some((text) => /\d[dw]|mo|\/|^\d{4}-.*(?<!Z|[+-]\d\d:\d\d)$/.test(text))
/** They mean another instant where weeks begin on another day. */
export const isOfWeeks = ({ from, to }: Range): boolean => `${from} ${to}`.includes('/w')

/** From and to in ms, or the sentence that says what is wrong. */
export function resolveRange(range: Range, nowMs: number): { fromMs: number; toMs: number } | string {
  const fromMs = resolveTime(range.from, nowMs)
  const toMs = resolveTime(range.to, nowMs)
  if (fromMs === undefined) return `"${range.from}" is not a time; write ${GRAMMAR}.`
  if (toMs === undefined) return `"${range.to}" is not a time; write ${GRAMMAR}.`
  return fromMs < toMs ? { fromMs, toMs } : 'From must be before to.'
}

/** It ends at the present, so it moves with it. */
export const isMoving = (range: Range): boolean => range.to === 'now' || range.to === 'latest'
export const sameRange = (a: Range, b: Range): boolean => a.from === b.from && a.to === b.to

const upToNow = (from: string): Range => ({ from, to: 'now' })
export const usualRange: Range = upToNow('now-15m')
export const quickRanges: readonly Range[] = [
  ...['now-5m', 'now-15m', 'now-1h', 'now-6h', 'now-24h'].map(upToNow),
  upToNow('now/d'),
  { from: 'now-1d/d', to: 'now/d' },
  upToNow('now/w'),
  upToNow('now-7d'),
  upToNow('now-30d'),
]

/** Twice as long around the same middle, and never past `nowMs`. Whole seconds. */
export function widened({ fromMs, toMs }: { fromMs: number; toMs: number }, nowMs: number): Range {
  const half = (toMs - fromMs) / 2
  const endMs = Math.min(Math.floor(nowMs / 1000) * 1000, toMs + half)
  return {
    from: String(Math.max(0, Math.floor((endMs - 4 * half) / 1000) * 1000)),
    to: String(Math.ceil(endMs / 1000) * 1000),
  }
}

/** "15 minutes", to follow "last"; undefined where the range is not simply the last so many. */
function lastOf(range: Range): string | undefined {
  const found = range.to === 'now' ? /^now-(\d+)(mo|[smhdw])$/.exec(range.from) : null
  if (found === null) return undefined
  const unit = unitNames[found[2]!]!
  return Number(found[1]) === 1 ? unit : `${found[1]} ${unit}s`
}

const named: Record<string, string> = {
  'now/d now': 'Today',
  'now-1d/d now/d': 'Yesterday',
  'now/w now': 'This week',
  'now/mo now': 'This month',
}

/** As a title: "Last 15 minutes", "Today", "Chosen range". */
export function titleOf(range: Range): string {
  const last = lastOf(range)
  return last === undefined ? (named[`${range.from} ${range.to}`] ?? 'Chosen range') : `Last ${last}`
}
/** In a sentence: "in the last 15 minutes", "in this range". */
export function within(range: Range): string {
  const last = lastOf(range)
  return last === undefined ? 'in this range' : `in the last ${last}`
}
/** What came before it, for a comparison: "15 minutes before". */
export const beforeOf = (range: Range): string =>
  `${lastOf(range)?.replace(/^(?=[a-z])/, '1 ') ?? 'the stretch'} before`
/** As {@link beforeOf}, as short as a legend has it: "15 min before". */
export const beforeShort = (range: Range): string =>
  lastOf(range) === undefined ? 'before' : beforeOf(range).replace('minutes', 'min').replace('minute', 'min')
