/** How often what is read so far is told: where somebody wants it, and so that telling costs little beside reading. */

/** Shortest time between two parts of a partition. */
const PART_MS = 500
/** At most this part of the time goes into them. */
const SHARE = 0.1

export class PartPace {
  readonly #leastMs: number
  readonly #share: number
  #isWanted = false
  readonly #nextMs = new Map<number, number>()

  constructor(leastMs = PART_MS, share = SHARE) {
    this.#leastMs = leastMs
    this.#share = share
  }

  want(): void {
    this.#isWanted = true
  }

  offer(partition: number, tell: () => void): void {
    const beganMs = performance.now()
    if (!this.#isWanted || beganMs < (this.#nextMs.get(partition) ?? 0)) return
    tell()
    const tookMs = performance.now() - beganMs
    this.#nextMs.set(partition, beganMs + Math.max(this.#leastMs, tookMs / this.#share))
  }
}
