/** Who has a live stream open: bounded for all, and for each address, so that no one address can take them all. Pure. */
import { ProblemError } from '../problem.ts'

/** Of one address half of what there is for all. */
export const LIVE_LIMITS = {
  clients: 1500,
  clientsAnAddress: 750,
  queriesAClient: 32,
  distinctQueries: 200,
  distinctQueriesAnAddress: 100,
  queryChars: 15_000,
} as const

interface Reader {
  readonly address: string
  readonly keys: ReadonlySet<string>
}

export class Readers<S> {
  /** Oldest first. */
  readonly #readers = new Map<S, Reader>()

  get count(): number {
    return this.#readers.size
  }

  all(): Iterable<S> {
    return this.#readers.keys()
  }

  add(stream: S, address: string, keys: ReadonlySet<string>): void {
    this.#readers.set(stream, { address, keys })
  }

  remove(stream: S): void {
    this.#readers.delete(stream)
  }

  /**
   * Forgets, and answers, the streams that must end so that one more with these queries fits: the oldest of its own address where that is at its
   * bound; else, where all is taken, of the address that holds most. Throws too_busy where none holds more than the newcomer's would.
   */
  makeRoom(address: string, keys: ReadonlySet<string>): S[] {
    const ended: S[] = []
    for (;;) {
      const full = this.#fullFor(address, keys)
      if (full === null) return ended
      const loser = full === 'address' ? address : this.#largest(address, keys)
      const oldest = [...this.#readers].find(([, reader]) => reader.address === loser)?.[0]
      if (oldest === undefined)
        throw new ProblemError(
          'too_busy',
          `${LIVE_LIMITS.clients} live streams, or ${LIVE_LIMITS.distinctQueries} different live queries, are open, which is the limit`,
        )
      this.#readers.delete(oldest)
      ended.push(oldest)
    }
  }

  #fullFor(address: string, keys: ReadonlySet<string>): 'address' | 'all' | null {
    const own = this.#count((reader) => reader.address === address, keys)
    if (own.streams >= LIVE_LIMITS.clientsAnAddress || own.queries > LIVE_LIMITS.distinctQueriesAnAddress)
      return 'address'
    const all = this.#count(() => true, keys)
    return all.streams >= LIVE_LIMITS.clients || all.queries > LIVE_LIMITS.distinctQueries ? 'all' : null
  }

  /** Null where nobody holds more than this address would, with what it asks for. */
  #largest(address: string, keys: ReadonlySet<string>): string | null {
    const shares = new Map([[address, { streams: 1, keys: new Set(keys) }]])
    for (const reader of this.#readers.values()) {
      const share = shares.get(reader.address) ?? { streams: 0, keys: new Set() }
      share.streams++
      for (const key of reader.keys) share.keys.add(key)
      shares.set(reader.address, share)
    }
    let largest = address
    const weigh = (of: string): number =>
      Math.max(
        shares.get(of)!.streams / LIVE_LIMITS.clients,
        shares.get(of)!.keys.size / LIVE_LIMITS.distinctQueries,
      )
    for (const one of shares.keys()) if (weigh(one) > weigh(largest)) largest = one
    return largest === address ? null : largest
  }

  #count(
    counts: (reader: Reader) => boolean,
    more: ReadonlySet<string>,
  ): { streams: number; queries: number } {
    let streams = 0
    const keys = new Set(more)
    for (const reader of this.#readers.values()) {
      if (!counts(reader)) continue
      streams++
      for (const key of reader.keys) keys.add(key)
    }
    return { streams, queries: keys.size }
  }
}
