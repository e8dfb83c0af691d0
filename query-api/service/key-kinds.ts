/** What the keys of Tidemark take in memory, by what they hold. A few pages of keys are weighed at a time, while somebody looks; after a pass over all of them the next begins. */
import type { WeighedPage } from '../../store/weigh.ts'
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
  facts: 'facts',
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

export interface KeysFound {
  readonly bytes: KeyBytes
  /** Of all keys: those that were passed. */
  readonly share: number
  /** Keys of somebody else were among them. */
  readonly hasOthers: boolean
}

/** Of time that a step takes, or one page. */
const STEP_MS = 20
/** Below it an estimate says nothing. */
const PASSED_LEAST = 300

export class KeyKinds {
  #pages: AsyncIterator<WeighedPage> | null = null
  #sums = new Map<KeyKind, number>()
  #passed = 0
  #whole: { readonly bytes: KeyBytes; readonly hasOthers: boolean } | null = null
  #hasOthers = false
  #estimate: KeysFound | null = null
  #isBusy = false

  /** Of the last pass that came to its end; before, what the share of keys that was passed lets expect. Null = nothing is known yet. */
  get found(): KeysFound | null {
    return this.#whole === null ? this.#estimate : { ...this.#whole, share: 1 }
  }

  /** Weighs on for a moment. Throws what the store throws; the pass then begins anew. */
  async step(begin: () => AsyncIterable<WeighedPage>): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      this.#pages ??= begin()[Symbol.asyncIterator]()
      for (const endMs = performance.now() + STEP_MS; performance.now() < endMs; ) {
        const { done, value } = await this.#pages.next()
        if (done === true) {
          this.#whole = { bytes: this.#sums, hasOthers: this.#hasOthers }
          return this.#reset()
        }
        this.#add(value)
      }
    } catch (error) {
      this.#reset()
      throw error
    } finally {
      this.#isBusy = false
    }
  }

  #add({ keys, own, passed, all }: WeighedPage): void {
    this.#hasOthers ||= passed > own
    this.#passed += passed
    for (const { key, bytes } of keys) {
      const kind = kindOfKey(key)
      if (kind !== null) this.#sums.set(kind, (this.#sums.get(kind) ?? 0) + bytes)
    }
    const share = this.#passed / Math.max(all, this.#passed)
    if (this.#passed >= PASSED_LEAST)
      this.#estimate = {
        bytes: new Map([...this.#sums].map(([kind, bytes]) => [kind, bytes / share])),
        share,
        hasOthers: this.#hasOthers,
      }
  }

  #reset(): void {
    this.#pages = null
    this.#sums = new Map()
    this.#passed = 0
    this.#hasOthers = false
  }
}
