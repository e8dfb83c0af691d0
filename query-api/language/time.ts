/**
 * The time grammar: `now`, `latest` (greatest event time seen), each with steps `-15m`, `+1h` or `/d` (down to the start of the unit),
 * applied left to right; ISO 8601 (a date alone is its midnight); epoch ms. Days, weeks and months, and times that name no zone, are those of
 * the calendar that is asked for, else UTC's; then a time needs its zone.
 */
import { parseEventTime } from '../../model/time/event-time.ts'
import { badParam } from '../problem.ts'
import { addDays, addMonths, floorTo, UTC_CALENDAR, type Calendar } from './calendar.ts'

type Step = { addMs: number } | { addDays: number } | { addMonths: number } | { floorTo: Unit }
export type TimeExpression =
  | { absoluteMs: number }
  | { anchor: 'now' | 'latest'; steps: readonly Step[]; calendar: Calendar }

export interface Clocks {
  nowMs: number
  /** Greatest event time of the source that can be so; null before its first event. */
  latestMs: number | null
  /** Greatest log clock of the source, by which windows are kept. */
  clockMs: number | null
}

const FIXED = { s: 1000, m: 60_000, h: 3_600_000 } as const
const DAY_MS = 86_400_000
type Unit = keyof typeof FIXED | 'd' | 'w' | 'mo'
const RELATIVE = /^(now|latest)((?:[+-]\d{1,9}(?:mo|[smhdw])|\/(?:mo|[smhdw])){0,8})$/
const STEP = /([+-])(\d+)(mo|[smhdw])|\/(mo|[smhdw])/g
/** A range ends at most here, so that its windows stay within it: 9999-12-31. */
const LAST_MS = 253_402_300_800_000

export const TIME_FORMS =
  'now-15m, now/d, latest-1h, 2026-03-01, 2026-03-01T12:00:00Z or milliseconds since 1970'

/** Null where the text is none of {@link TIME_FORMS}. Without a calendar days are UTC's, and a time needs its zone. */
export function parseTime(text: string, calendar: Calendar | null = null): TimeExpression | null {
  const relative = RELATIVE.exec(text)
  if (relative)
    return {
      anchor: relative[1] === 'now' ? 'now' : 'latest',
      steps: stepsOf(relative[2]!, calendar),
      calendar: calendar ?? UTC_CALENDAR,
    }
  const absoluteMs = parseAbsolute(text, calendar)
  return absoluteMs !== null && absoluteMs <= LAST_MS ? { absoluteMs } : null
}

function parseAbsolute(text: string, calendar: Calendar | null): number | null {
  const local = calendar?.zone.instantOf
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\d$/.test(text))
    return parseEventTime(`${text}T00:00`, undefined, local ?? UTC_CALENDAR.zone.instantOf)
  // Of the many forms that events have, the API takes ISO 8601 alone.
  return text.length <= 40 && /^\d{4}-/.test(text) ? parseEventTime(text, undefined, local) : null
}

function stepsOf(text: string, calendar: Calendar | null): Step[] {
  return [...text.matchAll(STEP)].map((match): Step => {
    if (match[4] !== undefined) return { floorTo: match[4] as Unit }
    const [count, unit] = [Number(`${match[1]}${match[2]}`), match[3] as Unit]
    if (unit === 'mo') return { addMonths: count }
    if (unit !== 'd' && unit !== 'w') return { addMs: count * FIXED[unit] }
    const days = unit === 'w' ? count * 7 : count
    return calendar === null ? { addMs: days * DAY_MS } : { addDays: days }
  })
}

/** Milliseconds since 1970, clamped to what a date can hold. Before the first event `latest` is `now`. */
export function resolveTime(time: TimeExpression, clocks: Omit<Clocks, 'clockMs'>): number {
  if ('absoluteMs' in time) return time.absoluteMs
  let at = time.anchor === 'now' ? clocks.nowMs : (clocks.latestMs ?? clocks.nowMs)
  for (const step of time.steps) at = stepped(at, step, time.calendar)
  return clamped(at)
}

const clamped = (ms: number): number => Math.min(Math.max(ms, 0), LAST_MS)

function stepped(at: number, step: Step, calendar: Calendar): number {
  if ('addMs' in step) return at + step.addMs
  // What leaves the range of dates could not come back: it stays at the edge.
  if ('addDays' in step) return within(at + step.addDays * DAY_MS) ?? addDays(at, step.addDays, calendar)
  if ('addMonths' in step)
    return within(at + step.addMonths * 28 * DAY_MS) ?? addMonths(at, step.addMonths, calendar)
  const [unit, inRange] = [step.floorTo, clamped(at)]
  if (unit === 'd' || unit === 'w' || unit === 'mo') return floorTo(unit, inRange, calendar)
  const offsetMs = calendar.zone.offsetAt(inRange)
  return Math.floor((inRange + offsetMs) / FIXED[unit]) * FIXED[unit] - offsetMs
}

/** Throws bad_request where it is empty. */
export function rangeOf(
  { from, to }: { from: TimeExpression; to: TimeExpression },
  clocks: Omit<Clocks, 'clockMs'>,
): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = [resolveTime(from, clocks), resolveTime(to, clocks)]
  if (fromMs < toMs) return { fromMs, toMs }
  const detail = `the range is empty: from (${shownTime(fromMs)}) is not before to (${shownTime(toMs)})`
  throw badParam('from', detail)
}

/** The nearest edge of what can be asked for; null where a time is inside. */
function within(ms: number): number | null {
  return ms === clamped(ms) ? null : clamped(ms)
}

/** One spelling for each meaning: `now+0s` and `now` differ, `1000` and `1970-01-01T00:00:01Z` do not. */
export function timeKey(time: TimeExpression): string {
  return 'absoluteMs' in time ? String(time.absoluteMs) : time.anchor + time.steps.map(stepKey).join('')
}

function stepKey(step: Step): string {
  if ('addMs' in step) return `+${step.addMs}`
  if ('addDays' in step) return `+${step.addDays}d`
  return 'addMonths' in step ? `+${step.addMonths}mo` : `/${step.floorTo}`
}

export function usesLatest(time: TimeExpression): boolean {
  return 'anchor' in time && time.anchor === 'latest'
}

export function shownTime(ms: number): string {
  return new Date(ms).toISOString()
}
