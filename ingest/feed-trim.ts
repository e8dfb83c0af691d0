/** Keeps the feed of a partition within a count and a number of bytes, by the offset below which the server may forget. */

const MOST_ENTRIES = 2000
const MOST_BYTES = 4 * 1024 * 1024

export class FeedTrim {
  readonly #entries: { next: number; bytes: number }[] = []
  #bytes = 0

  /** Notes an entry; answers the offset from which the feed is kept. The first entry of a worker lets go of all before it: nothing is known of their size. */
  add(next: number, bytes: number): number {
    this.#entries.push({ next, bytes })
    this.#bytes += bytes
    let gone = 0
    while (
      this.#entries.length - gone > 1 &&
      (this.#entries.length - gone > MOST_ENTRIES || this.#bytes > MOST_BYTES)
    )
      this.#bytes -= this.#entries[gone++]!.bytes
    if (gone > 0) this.#entries.splice(0, gone)
    return this.#entries[0]!.next
  }
}
