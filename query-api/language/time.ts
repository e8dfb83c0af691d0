/**
 * The time grammar: `now`, `latest` (greatest event time seen), each with steps `-15m`, `+1h` or `/d` (down to the start of the unit,
 * UTC; weeks begin on Monday), applied left to right; ISO 8601 (a date alone is its midnight UTC; a time needs its zone); epoch ms.
 */
import { parseEventTime } from '../../model/event-time.ts'

type Step = { addMs: number } | { floorTo: Unit }
export type TimeExpression = { absoluteMs: number } | { anchor: 'now' | 'latest'; steps: readonly Step[] }

export interface Clocks {
  nowMs: number
  /** Greatest event time of the source that can be so; null before its first event. */
  latestMs: number | null
  /** Greatest log clock of the source, by which windows are kept. */
  clockMs: number | null
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof UNITS
/** 1970-01-05 was the first Monday. */
const FIRST_MONDAY_MS = 4 * UNITS.d
const RELATIVE = /^(now|latest)((?:[+-]\d{1,9}[smhdw]|\/[smhdw]){0,8})$/
const STEP = /([+-])(\d+)([smhdw])|\/([smhdw])/g
/** A range ends at most here, so that its windows stay within it: 9999-12-31. */
const LAST_MS = 253_402_300_800_000

export const TIME_FORMS =
  'now-15m, now/d, latest-1h, 2026-03-01, 2026-03-01T12:00:00Z or milliseconds since 1970'

/** Null where the text is none of {@link TIME_FORMS}. */
export function parseTime(text: string): TimeExpression | null {
  const relative = RELATIVE.exec(text)
  if (relative) return { anchor: relative[1] === 'now' ? 'now' : 'latest', steps: stepsOf(relative[2]!) }
  const absoluteMs = parseAbsolute(text)
  return absoluteMs !== null && absoluteMs <= LAST_MS ? { absoluteMs } : null
}

function parseAbsolute(text: string): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return parseEventTime(`${text}T00:00Z`)
  // Of the many forms that events have, the API takes ISO 8601 alone.
  return text.length <= 40 && /^\d{4}-/.test(text) ? parseEventTime(text) : null
}

function stepsOf(text: string): Step[] {
  return [...text.matchAll(STEP)].map((match) =>
    match[4] !== undefined
      ? { floorTo: match[4] as Unit }
      : { addMs: Number(`${match[1]}${match[2]}`) * UNITS[match[3] as Unit] },
  )
}

/** Milliseconds since 1970, clamped to what a date can hold. Before the first event `latest` is `now`. */
export function resolveTime(time: TimeExpression, clocks: Omit<Clocks, 'clockMs'>): number {
  if ('absoluteMs' in time) return time.absoluteMs
  let at = time.anchor === 'now' ? clocks.nowMs : (clocks.latestMs ?? clocks.nowMs)
  for (const step of time.steps) at = 'addMs' in step ? at + step.addMs : floorTo(at, step.floorTo)
  return Math.min(Math.max(at, 0), LAST_MS)
}

function floorTo(at: number, unit: Unit): number {
  const origin = unit === 'w' ? FIRST_MONDAY_MS : 0
  return Math.floor((at - origin) / UNITS[unit]) * UNITS[unit] + origin
}

/** One spelling for each meaning: `now+0s` and `now` differ, `1000` and `1970-01-01T00:00:01Z` do not. */
export function timeKey(time: TimeExpression): string {
  if ('absoluteMs' in time) return String(time.absoluteMs)
  return (
    time.anchor + time.steps.map((step) => ('addMs' in step ? `+${step.addMs}` : `/${step.floorTo}`)).join('')
  )
}

export function usesLatest(time: TimeExpression): boolean {
  return 'anchor' in time && time.anchor === 'latest'
}

export function shownTime(ms: number): string {
  return new Date(ms).toISOString()
}
