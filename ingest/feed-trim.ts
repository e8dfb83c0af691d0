/** Keeps the feed of a partition within a number of entries and bytes and an age (store/layout/feed.ts), by the offset below which the server may forget. */
import { FEED_ENTRIES, FEED_KEPT_MS } from '../store/layout/feed.ts'

interface Entry {
  readonly next: number
  readonly bytes: number
  readonly atMs: number
}

export class FeedTrim {
  readonly #mostBytes: () => number
  #entries: Entry[] = []
  /** Place of the oldest in `#entries`. */
  #first = 0
  #bytes = 0

  constructor(mostBytes: () => number) {
    this.#mostBytes = mostBytes
  }

  /** Notes an entry; answers the offset from which the feed is kept. The first entry of a worker lets go of all before it: nothing is known of their size. */
  add(next: number, bytes: number, nowMs: number): number {
    this.#entries.push({ next, bytes, atMs: nowMs })
    this.#bytes += bytes
    this.#trim(nowMs)
    return this.#entries[this.#first]!.next
  }

  /** Where nothing is added: the offset from which the feed is kept; null where no entry is too old. */
  age(nowMs: number): number | null {
    const before = this.#entries[this.#first]
    if (before === undefined) return null
    this.#trim(nowMs)
    const now = this.#entries[this.#first]!
    return now === before ? null : now.next
  }

  /** The newest entry stays, so that one can see that the feed reaches `next`. */
  #trim(nowMs: number): void {
    const most = this.#mostBytes()
    while (this.#first < this.#entries.length - 1) {
      const { bytes, atMs } = this.#entries[this.#first]!
      const isTooOld = nowMs - atMs > FEED_KEPT_MS
      const isTooMuch = this.#bytes > most || this.#entries.length - this.#first > FEED_ENTRIES
      if (!isTooOld && !isTooMuch) break
      this.#bytes -= bytes
      this.#first++
    }
    if (this.#first < FEED_ENTRIES) return
    this.#entries = this.#entries.slice(this.#first)
    this.#first = 0
  }
}
