/** The page's time range in the grammar of the API, as it stands in the address: `?from=now-1h&to=now`. Pure. */

export interface Range {
  readonly from: string
  readonly to: string
}

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof units
const unitNames: Record<Unit, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' }
const firstMondayMs = 4 * units.d

export const GRAMMAR = 'now-15m, now/d, 2026-03-01, 2026-03-01T12:00:00Z'

function stepped(anchorMs: number, steps: string): number {
  let at = anchorMs
  for (const [, sign, count, unit, floor] of steps.matchAll(/([+-])(\d+)([smhdw])|\/([smhdw])/g)) {
    const size = units[(floor ?? unit) as Unit]
    const origin = floor === 'w' ? firstMondayMs : 0
    at =
      floor === undefined
        ? at + (sign === '-' ? -1 : 1) * Number(count) * size
        : Math.floor((at - origin) / size) * size + origin
  }
  return at
}

/** Epoch ms that a time means at `nowMs`; undefined where it is none. `latest` is taken for now: only the API knows better. */
export function resolveTime(text: string, nowMs: number): number | undefined {
  const relative = /^(?:now|latest)((?:[+-]\d{1,9}[smhdw]|\/[smhdw]){0,8})$/.exec(text)
  if (relative !== null) return stepped(nowMs, relative[1]!)
  if (/^\d{9,15}$/.test(text)) return Number(text)
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined
  const at = Date.parse(text.length === 10 ? `${text}T00:00Z` : text)
  return Number.isNaN(at) ? undefined : at
}

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

/** It is cut by days or weeks, which begin in UTC. */
export const isOfDays = ({ from, to }: Range): boolean =>
  [from, to].some((text) => /\/[dw]/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text))

/** "15 minutes", to follow "last"; undefined where the range is not simply the last so many. */
function lastOf(range: Range): string | undefined {
  const found = range.to === 'now' ? /^now-(\d+)([smhdw])$/.exec(range.from) : null
  if (found === null) return undefined
  const unit = unitNames[found[2] as Unit]
  return Number(found[1]) === 1 ? unit : `${found[1]} ${unit}s`
}

const named: Record<string, string> = { 'now/d now': 'Today, UTC', 'now-1d/d now/d': 'Yesterday, UTC' }

/** As a title: "Last 15 minutes", "Today, UTC", "Chosen range". */
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
