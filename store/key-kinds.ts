/**
 * What the keys of Tidemark take in memory, by what they hold. A few pages of keys are weighed at a time, by the keeper for its samples and while somebody looks; after a pass
 * over all of them the next begins.
 */
import type { WeighedPage } from './connection/weigh.ts'

export type KeyKind =
  | 'cells'
  | 'names'
  | 'rankings'
  | 'feed'
  | 'last values'
  | 'ids'
  | 'readings'
  | 'facts'
  | 'recent events'
  | 'positions and notes'

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

/**
 * What the data of the store is: kinds of keys, and those of others. Keys are weighed one by one by samples of their members, which comes to a little more or less than all
 * data: where nobody else has keys, or it is more, each kind takes its share of the data. Else what is left is of others. Null where nothing was weighed.
 */
export function dataByKey(
  data: number,
  weighed: KeysFound | null,
): [KeyKind | 'other keys', number][] | null {
  if (weighed === null || weighed.bytes.size === 0) return null
  const { bytes, hasOthers } = weighed
  const all = [...bytes.values()].reduce((sum, one) => sum + one, 0)
  const scale = hasOthers ? Math.min(1, data / Math.max(all, 1)) : data / Math.max(all, 1)
  const own = [...bytes]
    .map(([kind, one]): [KeyKind, number] => [kind, Math.floor(one * scale)])
    .sort(([, a], [, b]) => b - a)
  const rest = data - own.reduce((sum, [, one]) => sum + one, 0)
  if (hasOthers) return [...own, ['other keys', rest]]
  own[0]![1] += rest
  return own
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

  /** Weighs on for a moment; true = a pass came to its end. Throws what the store throws; the pass then begins anew. */
  async step(begin: () => AsyncIterable<WeighedPage>): Promise<boolean> {
    if (this.#isBusy) return false
    this.#isBusy = true
    try {
      this.#pages ??= begin()[Symbol.asyncIterator]()
      for (const endMs = performance.now() + STEP_MS; performance.now() < endMs; ) {
        const { done, value } = await this.#pages.next()
        if (done === true) {
          this.#whole = { bytes: this.#sums, hasOthers: this.#hasOthers }
          this.#reset()
          return true
        }
        this.#add(value)
      }
      return false
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
