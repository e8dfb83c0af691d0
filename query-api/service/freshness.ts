/**
 * How long each part of the way from a record to the screen took over the last minute, for every batch that a live query waited for.
 * Times of the log, of workers and of this process are compared: they go by the store's clock, the log by its brokers'.
 */
import type { Wake } from '../../store/wake.ts'
import type { Freshness, FreshnessPart } from '../wire.ts'
import { RecentTimes } from './recent-times.ts'

/** A batch that was counted, as this process heard of it. */
export interface HeardBatch extends Wake {
  readonly heardMs: number
}

/** The frame that covers it, of one live query. */
export interface SentFrame {
  readonly beganMs: number
  readonly computedMs: number
  /** The last reader's socket took it. */
  readonly sentMs: number
}

const WINDOW_MS = 60_000
const PARTS = ['fetch', 'apply', 'notify', 'wait', 'compute', 'send'] as const
const SHARES = [0.5, 0.99] as const

export class FreshnessRuler {
  readonly #parts = new Map<FreshnessPart['part'], RecentTimes>()
  readonly #total = new RecentTimes(WINDOW_MS)

  constructor() {
    for (const part of PARTS) this.#parts.set(part, new RecentTimes(WINDOW_MS))
  }

  note({ recordMs, fetchedMs, appliedMs, heardMs }: HeardBatch, frame: SentFrame): void {
    const marks = [recordMs, fetchedMs, appliedMs, heardMs, frame.beganMs, frame.computedMs, frame.sentMs]
    for (const [n, part] of PARTS.entries()) {
      const [from, to] = [marks[n], marks[n + 1]]
      if (from != null && to != null) this.#parts.get(part)!.add(Math.max(0, to - from), frame.sentMs)
    }
    if (recordMs !== null) this.#total.add(Math.max(0, frame.sentMs - recordMs), frame.sentMs)
  }

  /** Null where nobody waited for anything. */
  read(nowMs: number): Freshness | null {
    const total = this.#total.read(SHARES, nowMs)
    if (total === null) return null
    const parts = [...this.#parts].flatMap(([part, times]): FreshnessPart[] => {
      const found = times.read(SHARES, nowMs)
      return found === null ? [] : [{ part, p50Ms: found.ms[0]!, p99Ms: found.ms[1]! }]
    })
    return { windowMs: WINDOW_MS, batches: total.count, p50Ms: total.ms[0]!, p99Ms: total.ms[1]!, parts }
  }
}
