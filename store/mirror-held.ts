/** The hashes that a mirror holds, bounded in bytes: the least recently used go first. */
import type { MirrorOptions } from './mirror-options.ts'

const HASH_BYTES = 300

export class HeldHashes<V> {
  readonly #sizes: Pick<Required<MirrorOptions<V>>, 'fieldBytes' | 'maxBytes'>
  /** Least recently used first. */
  readonly #hashes = new Map<string, Map<string, V>>()
  #bytes = 0
  /** Lists of which all was held, as long as nothing was let go. */
  #complete = new WeakSet<readonly string[]>()

  constructor(sizes: Pick<Required<MirrorOptions<V>>, 'fieldBytes' | 'maxBytes'>) {
    this.#sizes = sizes
  }

  get all(): ReadonlyMap<string, ReadonlyMap<string, V>> {
    return this.#hashes
  }

  /** A list that is the same as before is not looked through again. */
  missingOf(wanted: readonly string[]): readonly string[] {
    if (this.#complete.has(wanted)) return NONE
    const missing = wanted.filter((suffix) => !this.#hashes.has(suffix))
    if (missing.length === 0) this.#complete.add(wanted)
    return missing
  }

  put(suffix: string, field: string, value: V): void {
    const hash = this.#hashes.get(suffix)!
    if (!hash.has(field)) this.#bytes += this.#sizes.fieldBytes
    hash.set(field, value)
  }

  hold(suffix: string, hash: Map<string, V>): void {
    this.#hashes.set(suffix, hash)
    this.#bytes += HASH_BYTES + hash.size * this.#sizes.fieldBytes
  }

  /** The order is worth keeping up only when room grows scarce. */
  touch(wanted: () => readonly string[]): void {
    if (this.#bytes < this.#sizes.maxBytes / 2) return
    for (const suffix of wanted()) {
      const hash = this.#hashes.get(suffix)!
      this.#hashes.delete(suffix)
      this.#hashes.set(suffix, hash)
    }
  }

  evict(): void {
    if (this.#bytes > this.#sizes.maxBytes) this.#complete = new WeakSet()
    for (const [suffix, hash] of this.#hashes) {
      if (this.#bytes <= this.#sizes.maxBytes) return
      this.#hashes.delete(suffix)
      this.#bytes -= HASH_BYTES + hash.size * this.#sizes.fieldBytes
    }
  }

  clear(): void {
    this.#hashes.clear()
    this.#bytes = 0
    this.#complete = new WeakSet()
  }
}

const NONE: readonly string[] = []
