/**
 * Whether a name still means the topic that was read under it. Pure. Brokers learn of a change one after the other, so one that names another id proves nothing:
 * only when it is said again and again, and nothing was read under the old id meanwhile, the topic was replaced. Ids never come back.
 */
const TIMES = 3
const FOR_MS = 600

export class SameTopic {
  /** The id that is read; null where the broker has none. */
  topicId: string | null = null
  /** A fetch under this id was answered: it is not one that a broker only remembered. */
  #isProved = false
  #other: { topicId: string; times: number; sinceMs: number } | null = null

  saw(topicId: string | null, nowMs: number): 'same' | 'unsure' | 'replaced' {
    if (topicId === null) return 'same'
    if (this.topicId === null || topicId === this.topicId) {
      this.topicId = topicId
      this.#other = null
      return 'same'
    }
    if (this.#other?.topicId !== topicId) this.#other = { topicId, times: 0, sinceMs: nowMs }
    this.#other.times++
    if (this.#other.times < TIMES || nowMs - this.#other.sinceMs < FOR_MS) return 'unsure'
    const wasRead = this.#isProved
    this.topicId = topicId
    this.#other = null
    this.#isProved = false
    return wasRead ? 'replaced' : 'same'
  }

  /** Nothing is read while another id is named: a broker that takes names only would answer from either. */
  get mayRead(): boolean {
    return this.#other === null
  }

  wasRead(): void {
    this.#isProved = true
  }
}
