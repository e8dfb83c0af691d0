/** What is sent to the store in one turn of the event loop goes out in one write: the calls of many partitions are small, and a system call for each costs more than they do. */
interface Corkable {
  cork(): void
  uncork(): void
}

export class Together {
  readonly #held = new Set<Corkable>()

  /** Before something is written: the connection holds back until this turn is over. Which is at once: nothing waits for more to come. */
  hold(stream: Corkable | undefined): void {
    if (stream === undefined || this.#held.has(stream)) return
    if (this.#held.size === 0) setImmediate(() => this.#release())
    this.#held.add(stream)
    stream.cork()
  }

  #release(): void {
    for (const stream of this.#held) stream.uncork()
    this.#held.clear()
  }
}
