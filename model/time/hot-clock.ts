/**
 * The log clock while a batch is folded: what {@link hear} does of what nearly always comes (several keys, none of them ahead or contradicted, a present
 * that moves on), over eight places in arrays in place of objects. All else is left to `hear`, which is the rule; the two never differ
 * (test/model/hot-clock.test.ts).
 */
import {
  ALONE_EVENTS,
  FORGOTTEN_AFTER,
  hear,
  historyMs,
  KEYS_HELD,
  LEAP_MS,
  type Clocked,
  type HeardKey,
} from './clock.ts'

export class HotClock {
  /** Where the clock stands, ms; NaN while it is not known. */
  clockMs = NaN
  readonly #futureMs: number
  #at: Clocked | null = null
  /** The fields below hold what `#at` had, moved on since. */
  #isHot = false
  #count = 0
  /** By place, and which key has which place does not matter. */
  readonly #keys = new Int32Array(KEYS_HELD)
  readonly #times = new Float64Array(KEYS_HELD)
  readonly #heard = new Float64Array(KEYS_HELD)
  /** Places in the order in which they were heard, four bits each, the oldest lowest. */
  #order = 0
  /** All of `times`, ascending. */
  readonly #sorted = new Float64Array(KEYS_HELD)
  /** Of the run: the least and the greatest time that it takes without {@link hear}. */
  #leastMs = 0
  #mostMs = 0
  #lastMs = 0
  /** Behind it the run becomes a history; infinite where it is one. */
  #livedMs = 0
  #newestMs = 0

  constructor(futureMs: number) {
    this.#futureMs = futureMs
  }

  /** Events of `at` follow; until {@link end} its clock is here and not there. */
  begin(at: Clocked): void {
    this.#at = at
    this.#take(at)
  }

  /** `at` is as if `hear` had taken every event. */
  end(): void {
    this.#give()
    this.#at = null
  }

  /** Takes one counted event, already counted in `events.counted`. */
  hear(key: number, timeMs: number): void {
    if (!this.#isHot || !this.#hearUsual(key | 0, timeMs)) this.#hearOdd(key, timeMs)
  }

  #hearOdd(key: number, timeMs: number): void {
    const at = this.#at!
    this.#give()
    hear(at, key, timeMs, this.#futureMs)
    this.#take(at)
  }

  /** False: it is not usual, and nothing has changed. */
  #hearUsual(key: number, timeMs: number): boolean {
    const [count, order, sorted] = [this.#count, this.#order, this.#sorted]
    const { counted } = this.#at!.events
    const greatest = sorted[count - 1]!
    if (
      timeMs > this.clockMs + this.#futureMs ||
      timeMs > this.#mostMs ||
      greatest > this.#mostMs ||
      timeMs < this.#leastMs ||
      sorted[0]! < this.#leastMs ||
      counted - this.#heard[order & 15]! > FORGOTTEN_AFTER
    )
      return false
    const top = (count - 1) << 2
    let place = (order >>> top) & 15
    if (this.#keys[place] !== key) {
      let shift = 0
      while (shift < top && this.#keys[(order >>> shift) & 15] !== key) shift += 4
      if (shift === top) {
        if (count < KEYS_HELD) return false
        shift = 0 // of all that are held it is the oldest that is forgotten
      }
      place = (order >>> shift) & 15
      this.#keys[place] = key
      this.#order = (order & ((1 << shift) - 1)) | ((order >>> (shift + 4)) << shift) | (place << top)
    }
    this.#heard[place] = counted
    this.#resort(this.#times[place]!, timeMs)
    this.#times[place] = timeMs
    if (timeMs > this.#newestMs) this.#newestMs = timeMs
    const livedMs = sorted[count >> 1]!
    if (livedMs > this.#lastMs) {
      this.#lastMs = livedMs
      this.#mostMs = Math.min(livedMs + LEAP_MS, this.#livedMs)
    }
    const clockMs = sorted[(count - 1) >> 1]!
    if (clockMs > this.clockMs) this.clockMs = clockMs
    return true
  }

  /** Puts one time in the place of another. */
  #resort(beforeMs: number, timeMs: number): void {
    const [sorted, last] = [this.#sorted, this.#count - 1]
    let at = 0
    while (sorted[at] !== beforeMs) at++
    while (at < last && sorted[at + 1]! < timeMs) {
      sorted[at] = sorted[at + 1]!
      at++
    }
    while (at > 0 && sorted[at - 1]! > timeMs) {
      sorted[at] = sorted[at - 1]!
      at--
    }
    sorted[at] = timeMs
  }

  #take(at: Clocked): void {
    const { clock, logClockMs } = at
    const { keys, run, livedSinceMs } = clock
    this.#isHot = false
    this.clockMs = logClockMs ?? NaN
    const count = keys.length
    if (count < 2 || logClockMs === null || clock.begunMs === null || clock.alone.count > 0) return
    if (run === null || run.count < ALONE_EVENTS) return
    let order = 0
    for (let k = 0; k < count; k++) {
      const one = keys[k]!
      if (one.ahead + one.witnesses > 0) return
      this.#keys[k] = one.key
      this.#times[k] = one.timeMs
      this.#heard[k] = one.heard
      order |= k << (k << 2)
      let place = k
      for (; place > 0 && this.#sorted[place - 1]! > one.timeMs; place--)
        this.#sorted[place] = this.#sorted[place - 1]!
      this.#sorted[place] = one.timeMs
    }
    this.#count = count
    this.#order = order
    const { startMs, lastMs } = run
    const isHistory = livedSinceMs !== null && startMs >= livedSinceMs
    this.#livedMs = isHistory ? Infinity : startMs + historyMs(clock, startMs) - 1
    this.#leastMs = startMs - LEAP_MS
    this.#mostMs = Math.min(lastMs + LEAP_MS, this.#livedMs)
    this.#lastMs = lastMs
    this.#newestMs = at.newestMs ?? -Infinity
    this.#isHot = true
  }

  #give(): void {
    if (!this.#isHot) return
    this.#isHot = false
    const at = this.#at!
    const { keys, run } = at.clock
    for (let k = 0; k < this.#count; k++) {
      const place = (this.#order >>> (k << 2)) & 15
      const one: HeardKey = keys[k]!
      one.key = this.#keys[place]! >>> 0
      one.timeMs = this.#times[place]!
      one.heard = this.#heard[place]!
    }
    run!.lastMs = this.#lastMs
    at.logClockMs = this.clockMs
    at.newestMs = this.#newestMs
  }
}
