/** Entities by a time that only grows: the earliest first, of one time by the bytes of their names. A binary heap. */
interface Entry {
  readonly entity: string
  readonly timeMs: number
}

export class Earliest {
  readonly #entries: Entry[] = []

  get first(): Entry | undefined {
    return this.#entries[0]
  }

  push(entity: string, timeMs: number): void {
    const entries = this.#entries
    entries.push({ entity, timeMs })
    for (let at = entries.length - 1; at > 0; ) {
      const parent = (at - 1) >>> 1
      if (!isBefore(entries[at]!, entries[parent]!)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Takes the first away. */
  pop(): void {
    const entries = this.#entries
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return
    entries[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < entries.length && isBefore(entries[child]!, entries[least]!)) least = child
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#entries[a]!
    this.#entries[a] = this.#entries[b]!
    this.#entries[b] = kept
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs
  return Buffer.compare(Buffer.from(a.entity), Buffer.from(b.entity)) < 0
}
