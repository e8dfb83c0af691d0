/** Keeps the feed of a partition within a number of entries and bytes and an age (store/layout/feed.ts), by the offset below which the server may forget. */
import type { FeedFrom } from '../store/calls/apply-call.ts'
import { FEED_ENTRIES, FEED_KEPT_MS } from '../store/layout/feed.ts'

/** A batch that brings more is one of a worker that catches up. */
const MOST_UNHEARD_BYTES = 32 * 1024

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

  /**
   * Notes an entry; answers the offset from which the feed is kept. The first entry of a worker lets go of all before it: nothing is known of their size.
   * `none`: nobody listens, and the entry is too large to be worth its time; a reader that comes all the same finds nothing to follow, and reads the hashes.
   */
  add(next: number, bytes: number, nowMs: number, isHeard: boolean | null): number | 'none' {
    if (isHeard === false && bytes > MOST_UNHEARD_BYTES) {
      this.#entries = []
      this.#first = this.#bytes = 0
      return 'none'
    }
    this.#entries.push({ next, bytes, atMs: nowMs })
    this.#bytes += bytes
    this.#trim(nowMs)
    return this.#entries[this.#first]!.next
  }

  /** What {@link add} or, without `next`, {@link age} answers. */
  from(next: number | null, bytes: number, nowMs: number, isHeard: boolean | null): FeedFrom {
    return next === null ? this.age(nowMs) : this.add(next, bytes, nowMs, isHeard)
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
