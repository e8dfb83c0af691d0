/** Which events the feed shows: at most four new ones a second, and every one that came through the collector, pinned. Pure. */
import type { TailRow } from '../../query-api/wire.ts'

export interface FeedState {
  /** Newest first. */
  readonly rows: readonly TailRow[]
  /** Sent through the collector, newest first. */
  readonly sent: readonly TailRow[]
  /** How many of `rows` came with the latest turn. */
  readonly fresh: number
  readonly turnedMs: number
}

export const emptyFeed: FeedState = { rows: [], sent: [], fresh: 0, turnedMs: -Infinity }

const TURN_MS = 1_000
const PER_TURN = 4
const MOST_ROWS = 40
const MOST_SENT = 3

export const rowKey = (row: TailRow): string => `${row.source}/${row.partition}@${row.offset}.${row.index}`
const newestFirst = (a: TailRow, b: TailRow): number => b.tsMs - a.tsMs || (rowKey(a) < rowKey(b) ? 1 : -1)

function withSent(sent: readonly TailRow[], tail: readonly TailRow[]): readonly TailRow[] {
  const had = new Set(sent.map(rowKey))
  const more = new Map(
    tail.filter((row) => row.via === 'http' && !had.has(rowKey(row))).map((row) => [rowKey(row), row]),
  )
  const all = [...sent, ...more.values()].sort(newestFirst).slice(0, MOST_SENT)
  return all.some((row) => !had.has(rowKey(row))) ? all : sent
}

/** Where most of what arrives comes through the collector, none of it was sent by hand. */
const mostlyHttp = (tail: readonly TailRow[]): boolean =>
  tail.filter((row) => row.via === 'http').length > Math.max(2 * MOST_SENT, tail.length / 2)

/** Takes what the API's tails hold now. Times are monotonic ms. */
export function turn(state: FeedState, all: readonly TailRow[], nowMs: number): FeedState {
  const plain = mostlyHttp(all)
  const tail = [...new Map(all.map((row) => [rowKey(row), plain ? { ...row, via: null } : row])).values()]
  if (plain && state.sent.length > 0) return turn({ ...state, sent: [] }, all, nowMs)
  const sent = withSent(state.sent, tail)
  if (nowMs - state.turnedMs < TURN_MS) return sent === state.sent ? state : { ...state, sent }
  const ordinary = tail.filter((row) => row.via !== 'http').sort(newestFirst)
  const first = state.rows.length === 0
  const newest = state.rows[0]
  const had = new Set(state.rows.map(rowKey))
  const news = (
    newest === undefined
      ? ordinary
      : ordinary.filter((row) => row.tsMs >= newest.tsMs && !had.has(rowKey(row)))
  ).slice(0, first ? MOST_ROWS : PER_TURN)
  if (news.length === 0)
    return sent === state.sent && state.fresh === 0 ? state : { ...state, sent, fresh: 0 }
  return {
    rows: [...news, ...state.rows].slice(0, MOST_ROWS),
    sent,
    fresh: first ? 0 : news.length,
    turnedMs: nowMs,
  }
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** Values an event holds, those of objects inside it too; times are in the row already. */
function plainValues(fields: object): string[] {
  return Object.values(fields)
    .flatMap((value: unknown) =>
      typeof value === 'object' && value !== null ? plainValues(value) : [text(value)],
    )
    .filter((word) => word !== '' && !/^\d{4}-\d\d-\d\dT/.test(word))
}

/** A raw event in the few words that matter: "DE page_view /harbour/tides", "porto-cold-07 temperature 9.1 °C". */
export function inWords(row: TailRow): string {
  let event: unknown
  try {
    event = JSON.parse(row.raw)
  } catch {
    return row.raw
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return row.raw
  const fields = event as Record<string, unknown>
  const wanted =
    row.source === 'clicks'
      ? ['country', 'type', 'path']
      : row.source === 'readings'
        ? ['device', 'signal', 'value', 'unit']
        : []
  const shipped = wanted.map((name) => text(fields[name])).filter((word) => word !== '')
  // What a source of the reader's own holds, only the reader knows: its first plain values, in their order.
  const words = wanted.length > 0 ? shipped : plainValues(fields).slice(0, 8)
  return words.length === 0 ? row.raw : words.join(' ')
}
