/** Times by how long they took, over the last while: fixed memory however many there are, percentiles exact to 5 %. Pure; times are passed in. */
const GROWTH = 1.1
const BUCKETS = 180
const SLOTS = 6

export class RecentTimes {
  readonly #slotMs: number
  readonly #slots = Array.from({ length: SLOTS }, () => new Uint32Array(BUCKETS))
  /** Number of the slot that each place holds. */
  readonly #numbers = new Array<number>(SLOTS).fill(-1)

  constructor(windowMs: number) {
    this.#slotMs = windowMs / (SLOTS - 1)
  }

  add(tookMs: number, nowMs: number): void {
    const number = Math.floor(nowMs / this.#slotMs)
    const place = number % SLOTS
    if (this.#numbers[place] !== number) {
      this.#numbers[place] = number
      this.#slots[place]!.fill(0)
    }
    this.#slots[place]![bucketOf(tookMs)]!++
  }

  /** How many, and within which time each of `shares` of them were; null where there are none. */
  read(shares: readonly number[], nowMs: number): { count: number; ms: number[] } | null {
    const newest = Math.floor(nowMs / this.#slotMs)
    const counts = new Uint32Array(BUCKETS)
    for (const [place, slot] of this.#slots.entries()) {
      const age = newest - this.#numbers[place]!
      if (age >= 0 && age < SLOTS) for (let n = 0; n < BUCKETS; n++) counts[n]! += slot[n]!
    }
    const count = counts.reduce((sum, one) => sum + one, 0)
    if (count === 0) return null
    return {
      count,
      ms: shares.map((share) => valueAt(counts, Math.min(count - 1, Math.floor(count * share)))),
    }
  }
}

/** Below a tenth of a millisecond all is one. */
function bucketOf(ms: number): number {
  return ms <= 0.1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / 0.1) / Math.log(GROWTH)))
}

/** Of the one that comes `nth` by size: the middle of its bucket. */
function valueAt(counts: Uint32Array, nth: number): number {
  let before = 0
  let bucket = 0
  while (before + counts[bucket]! <= nth) before += counts[bucket++]!
  if (bucket === 0) return 0
  return Number((0.1 * GROWTH ** (bucket - 0.5)).toPrecision(3))
}
