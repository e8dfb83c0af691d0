/**
 * The page's one stream, as a table: what it is, what happened, what it is then. Pure; times are monotonic ms.
 * We retry ourselves, because a reader deserves to know when the next try is.
 */

export interface Link {
  readonly state: 'asleep' | 'connecting' | 'live' | 'lost'
  /** When this state began; for `live`, when the server was last heard. */
  readonly atMs: number
  /** Tries that failed in a row. */
  readonly failures: number
  /** Only for `lost`: when to try again. */
  readonly retryAtMs: number
}

/** `moved`: another process must be asked. `woke`: the machine slept; whether anybody is still there is not known. */
export type LinkEvent = 'show' | 'hide' | 'heard' | 'failed' | 'tick' | 'retry' | 'moved' | 'woke'

/** A server sends a beat each second: five missing ones mean that nobody is there. */
export const SILENCE_MS = 5_000
/** While a connection is made, or first answers are worked out, a server under strain may be silent for longer: beginning anew would ask it for everything again. */
export const PATIENCE_MS = 15_000
const backOffMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const

/** How long to wait after `failures` failed tries in a row: 1, 2, 4, 8, then every 15 s. */
export const waitMs = (failures: number): number =>
  backOffMs[Math.min(failures, backOffMs.length) - 1] ?? backOffMs[0]

export const asleep: Link = { state: 'asleep', atMs: 0, failures: 0, retryAtMs: 0 }

type Move = (link: Link, nowMs: number, isBusy: boolean) => Link
const stay: Move = (link) => link
const sleep: Move = () => asleep
const connect: Move = (link, nowMs) => ({
  state: 'connecting',
  atMs: nowMs,
  failures: link.failures,
  retryAtMs: 0,
})
const hear: Move = (_link, nowMs) => ({ state: 'live', atMs: nowMs, failures: 0, retryAtMs: 0 })
const lose: Move = (link, nowMs) => ({
  state: 'lost',
  atMs: nowMs,
  failures: link.failures + 1,
  retryAtMs: nowMs + waitMs(link.failures + 1),
})
const loseWhenSilent: Move = (link, nowMs, isBusy) =>
  nowMs - link.atMs > (isBusy || link.state === 'connecting' ? PATIENCE_MS : SILENCE_MS)
    ? lose(link, nowMs, isBusy)
    : link
const connectWhenDue: Move = (link, nowMs, isBusy) =>
  nowMs >= link.retryAtMs ? connect(link, nowMs, isBusy) : link

const quiet = { show: stay, hide: sleep, retry: stay, moved: connect, woke: connect }
const table: Record<Link['state'], Record<LinkEvent, Move>> = {
  asleep: {
    show: connect,
    hide: stay,
    heard: stay,
    failed: stay,
    tick: stay,
    retry: stay,
    moved: stay,
    woke: stay,
  },
  connecting: { ...quiet, heard: hear, failed: lose, tick: loseWhenSilent },
  live: { ...quiet, heard: hear, failed: lose, tick: loseWhenSilent },
  lost: {
    show: connect,
    hide: sleep,
    heard: stay,
    failed: stay,
    tick: connectWhenDue,
    retry: connect,
    moved: stay,
    woke: connect,
  },
}

/** Between two ticks of a second so much went by only for a machine that slept, or was about to. */
export const SLEPT_MS = 10_000

/** `isBusy`: some question has had no answer yet. */
export const step = (link: Link, event: LinkEvent, nowMs: number, isBusy = false): Link =>
  table[link.state][event](link, nowMs, isBusy)
