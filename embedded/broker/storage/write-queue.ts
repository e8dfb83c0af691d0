/** Bytes of waiting batches that go to the disk in one write. */
const GROUP_BYTES = 8 * 1024 * 1024

/** Writes one thing after the other: what comes while a write runs waits, and then goes together in the next one. */
export class WriteQueue<T extends { readonly batch: Buffer }> {
  readonly #writeGroup: (group: readonly T[], bytes: number) => Promise<void>
  #waiting: T[] = []
  #isWriting = false
  #written: Promise<void> = Promise.resolve()

  constructor(writeGroup: (group: readonly T[], bytes: number) => Promise<void>) {
    this.#writeGroup = writeGroup
  }

  get isWriting(): boolean {
    return this.#isWriting
  }

  /** Resolves when what runs and waits now is written. */
  get written(): Promise<void> {
    return this.#written
  }

  push(item: T): void {
    this.#waiting.push(item)
    if (!this.#isWriting) this.begin()
  }

  /** Begins to write: `first`, if given, then what waits, until nothing waits any more. Never called while somebody writes. */
  begin(first?: () => Promise<void>): void {
    this.#isWriting = true
    this.#written = this.#drain(first)
  }

  async #drain(first?: () => Promise<void>): Promise<void> {
    try {
      await first?.()
    } finally {
      while (this.#waiting.length > 0) {
        let bytes = 0
        let count = 0
        while (count < this.#waiting.length && bytes < GROUP_BYTES)
          bytes += this.#waiting[count++]!.batch.length
        await this.#writeGroup(this.#waiting.splice(0, count), bytes)
      }
      // In the same turn as the last look at the queue: an append that comes later begins anew.
      this.#isWriting = false
    }
  }
}
