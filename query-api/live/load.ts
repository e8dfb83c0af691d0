/**
 * How busy the process is, and how far apart the frames of changes go for it. One chart alone is drawn 30 times a second; where many queries
 * are looked at, or much is asked beside them, all frames give way alike until the process is at work for half of the time.
 */
import { performance, type EventLoopUtilization } from 'node:perf_hooks'

const SHARE = 0.5
/** Frames are never further apart for it than so many times. */
const MOST = 3
/** Of a change of the load, how much counts at once: a second's burst is no load. */
const WEIGHT = 0.5

export class Load {
  #last: EventLoopUtilization = performance.eventLoopUtilization()
  #stretch = 1

  /** Times the shortest time between two frames. */
  get stretch(): number {
    return this.#stretch
  }

  /** To be called every second or so. */
  look(): void {
    const now = performance.eventLoopUtilization()
    this.note(performance.eventLoopUtilization(now, this.#last).utilization)
    this.#last = now
  }

  /** `busy`: the share of the time since the last that the process was at work, 0 to 1. */
  note(busy: number): void {
    const wanted = Math.min(Math.max((this.#stretch * busy) / SHARE, 1), MOST)
    this.#stretch += (wanted - this.#stretch) * WEIGHT
  }
}
