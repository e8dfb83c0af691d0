/** For tests of the log clock: a log of readings, told in order. */
import { arrive, emptyClock, hear, keyHash, type Clocked } from '../../model/time/clock.ts'

export const NOW = 1_777_636_800_000
export const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
export const FUTURE = MINUTE

export class Log implements Clocked {
  first = 0
  logClockMs: number | null = null
  newestMs: number | null = null
  sinceMs: number | null = null
  clock = emptyClock()
  events = { counted: 0 }
  ahead = 0
  /** Counted events that were later than any of `keepMs` would allow, had the interval of a second been kept 45 minutes. */
  late = 0

  send(key: string | null, timeMs: number, arrivedMs: number | null = timeMs): this {
    if (this.logClockMs !== null && timeMs + SECOND + 45 * MINUTE <= this.logClockMs) this.late++
    this.events.counted++
    hear(this, keyHash(key), timeMs, FUTURE)
    arrive(this, arrivedMs)
    return this
  }

  /** `count` events of these keys in turn, a second apart, beginning at `fromMs`. */
  live(keys: readonly (string | null)[], fromMs: number, count: number, arrivedMs?: number): this {
    for (let n = 0; n < count; n++)
      this.send(keys[n % keys.length]!, fromMs + n * SECOND, arrivedMs ?? fromMs + n * SECOND)
    return this
  }
}

export const FLEET = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7']
