/** What the keys of Tidemark take in memory, by what they hold. A few pages of keys are weighed at a time, while somebody looks; after a pass over all of them the next begins. */
import type { Weighed } from '../../store/weigh.ts'
import type { KeyKind } from '../wire.ts'

const kinds: Readonly<Record<string, KeyKind>> = {
  c: 'cells',
  n: 'names',
  z: 'rankings',
  feed: 'feed',
  seen: 'last values',
  last: 'last values',
  living: 'last values',
  i: 'ids',
  readings: 'readings',
  tail: 'recent events',
  rejects: 'recent events',
}

/** By its name, docs/store.md; null = it is none of Tidemark. */
export function kindOfKey(key: string): KeyKind | null {
  if (!key.startsWith('tm:')) return null
  const suffix = /^tm:\{[^}]*\}:g\d+:([^:]+)/.exec(key)?.[1] ?? ''
  return (Object.hasOwn(kinds, suffix) ? kinds[suffix] : undefined) ?? 'positions and notes'
}

export type KeyBytes = ReadonlyMap<KeyKind, number>

/** A hundredth of what passes between two answers, or a page. */
const STEP_MS = 20

export class KeyKinds {
  #pages: AsyncIterator<readonly Weighed[]> | null = null
  #sums = new Map<KeyKind, number>()
  #whole: KeyBytes | null = null
  #isBusy = false

  /** Of the last pass that came to its end; null = none did yet. */
  get bytes(): KeyBytes | null {
    return this.#whole
  }

  /** Weighs on for a moment. Throws what the store throws; the pass then begins anew. */
  async step(begin: () => AsyncIterable<readonly Weighed[]>): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      this.#pages ??= begin()[Symbol.asyncIterator]()
      for (const endMs = performance.now() + STEP_MS; performance.now() < endMs; ) {
        const { done, value } = await this.#pages.next()
        if (done === true) {
          this.#whole = this.#sums
          return this.#reset()
        }
        for (const { key, bytes } of value) {
          const kind = kindOfKey(key)
          if (kind !== null) this.#sums.set(kind, (this.#sums.get(kind) ?? 0) + bytes)
        }
      }
    } catch (error) {
      this.#reset()
      throw error
    } finally {
      this.#isBusy = false
    }
  }

  #reset(): void {
    this.#pages = null
    this.#sums = new Map()
  }
}
