/**
 * One clock for all processes: the store's TIME. What several of them compare (when a worker last reported, up to when all is known)
 * must not hang on whose machine runs ahead.
 *
 * The clock of this process is only used to go on between two looks, and that is its monotonic one, so that a wall clock that is set
 * moves nothing. A look is off by at most half its round trip; of the last few the quickest counts.
 */
import { catalogKey } from '../keys.ts'
import type { Store } from '../connection/connection.ts'

export interface StoreClock {
  /** The store's time, ms; until it answered for the first time, this machine's. */
  now(): number
  /** A time of this machine's wall clock, as the store's clock had it. */
  fromWall(wallMs: number): number
  /** This machine's wall clock minus the store's, ms; null until the store answered. */
  skewMs(): number | null
  /** Resolves after the first look, whatever came of it. */
  readonly begun: Promise<void>
  close(): void
}

export interface StoreClockOptions {
  readonly everyMs?: number
  /** Of this machine; for tests. */
  readonly wall?: () => number
  readonly monotonic?: () => number
}

const EVERY_MS = 2000
/** Looks compared: the quickest of the last half minute or so. */
const LOOKS = 5
/** In a cluster every node has a clock: all ask the one that has this key's slot. */
const KEY = catalogKey('clock')

interface Look {
  /** Store's time minus monotonic time. */
  readonly offsetMs: number
  readonly roundTripMs: number
}

export function openStoreClock(store: Pick<Store, 'pipeline'>, options: StoreClockOptions = {}): StoreClock {
  const wall = options.wall ?? Date.now
  const monotonic = options.monotonic ?? (() => performance.now())
  let looks: Look[] = []
  let offsetMs: number | null = null

  async function look(): Promise<void> {
    const beganMs = monotonic()
    const [, time] = (await store.pipeline([['EXISTS', KEY], ['TIME']])) as [number, [Buffer, Buffer]]
    const roundTripMs = monotonic() - beganMs
    const storeMs = Number(time[0].toString()) * 1000 + Math.floor(Number(time[1].toString()) / 1000)
    looks = [...looks.slice(1 - LOOKS), { offsetMs: storeMs - beganMs - roundTripMs / 2, roundTripMs }]
    const quickest = looks.reduce((best, one) => (one.roundTripMs <= best.roundTripMs ? one : best))
    // A clock that was set, or a failover to another machine: what older looks say is over.
    const newest = looks.at(-1)!
    if (
      Math.abs(newest.offsetMs - quickest.offsetMs) >
      newest.roundTripMs / 2 + quickest.roundTripMs / 2 + 50
    )
      looks = [newest]
    offsetMs = (looks.length === 1 ? newest : quickest).offsetMs
  }

  const now = (): number => (offsetMs === null ? wall() : Math.round(monotonic() + offsetMs))
  let looking: Promise<void> | null = null
  const begin = (): Promise<void> =>
    (looking ??= look()
      .catch(() => {})
      .finally(() => (looking = null))) // the store's own users say that it is away
  const timer = setInterval(() => void begin(), options.everyMs ?? EVERY_MS)
  timer.unref()

  return {
    now,
    fromWall: (wallMs) => (offsetMs === null ? wallMs : wallMs + now() - wall()),
    skewMs: () => (offsetMs === null ? null : wall() - now()),
    begun: begin(),
    close: () => clearInterval(timer),
  }
}
