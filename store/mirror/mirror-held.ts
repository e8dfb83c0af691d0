/** The hashes that a mirror holds, bounded in bytes: the least recently used go first. */
import type { MirrorOptions, Wanted } from './mirror-options.ts'

const HASH_BYTES = 300
/** A field with numbers: its name, its value, its place in the map. */
const FIELD_BYTES = 150
/** A letter that is kept packed, and what it becomes once somebody asks for it: a hash of 6 bytes takes 8, a bin of 3 takes 16. */
const LETTER_BYTES = 5

/** What is packed of a value; null where it was unpacked since. */
function lettersOf(value: unknown): number | null {
  if (typeof value === 'string') return value.length
  if (!Array.isArray(value)) return 0
  let letters = 0
  for (const part of value as readonly unknown[]) {
    if (typeof part === 'string') letters += part.length
    else if (typeof part === 'object') return null
  }
  return letters
}

const bytesOf = (value: unknown): number => FIELD_BYTES + LETTER_BYTES * (lettersOf(value) ?? 0)

export class HeldHashes<V> {
  readonly #sizes: Pick<Required<MirrorOptions<V>>, 'maxBytes'>
  /** Least recently used first. */
  readonly #hashes = new Map<string, Map<string, V>>()
  readonly #bytesOf = new Map<string, number>()
  #bytes = 0
  /** Lists of which all was held, as long as nothing was let go. */
  #complete = new WeakSet<readonly string[]>()

  constructor(sizes: Pick<Required<MirrorOptions<V>>, 'maxBytes'>) {
    this.#sizes = sizes
  }

  /** What all of it takes, about. */
  get bytes(): number {
    return this.#bytes
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
    const before = hash.get(field)
    hash.set(field, value)
    // Of what was unpacked since nobody knows how long it was: about as long as it is now.
    if (before !== undefined && lettersOf(before) === null) return
    this.#grow(suffix, bytesOf(value) - (before === undefined ? 0 : bytesOf(before)))
  }

  hold(suffix: string, hash: Map<string, V>): void {
    this.#hashes.set(suffix, hash)
    let bytes = HASH_BYTES
    for (const value of hash.values()) bytes += bytesOf(value)
    this.#grow(suffix, bytes - (this.#bytesOf.get(suffix) ?? 0))
  }

  #grow(suffix: string, bytes: number): void {
    this.#bytes += bytes
    this.#bytesOf.set(suffix, (this.#bytesOf.get(suffix) ?? 0) + bytes)
  }

  /** The order is worth keeping up only when room grows scarce. */
  touch(wanted: () => Wanted): void {
    if (this.#bytes < this.#sizes.maxBytes / 2) return
    for (const suffix of wanted().flat()) {
      const hash = this.#hashes.get(suffix)!
      this.#hashes.delete(suffix)
      this.#hashes.set(suffix, hash)
    }
  }

  evict(): void {
    if (this.#bytes > this.#sizes.maxBytes) this.#complete = new WeakSet()
    for (const suffix of this.#hashes.keys()) {
      if (this.#bytes <= this.#sizes.maxBytes) return
      this.#hashes.delete(suffix)
      this.#bytes -= this.#bytesOf.get(suffix)!
      this.#bytesOf.delete(suffix)
    }
  }

  clear(): void {
    this.#hashes.clear()
    this.#bytesOf.clear()
    this.#bytes = 0
    this.#complete = new WeakSet()
  }
}

const NONE: readonly string[] = []
