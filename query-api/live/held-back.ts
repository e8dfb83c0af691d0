/**
 * What a reader saw of each query, and whether the next answer may be told. One that counts less than the reader saw (another process, a copy
 * of the store, a store that lost its last second) would go back in time: that is said, and numbers are held back until they are there again, for a while at most.
 */
import type { Counted } from './cursor.ts'

/** Held back for so long at most. */
export const BEHIND_MS = 10_000

/** To tell the frame, the whole answer, nothing, or that numbers are held back. */
export type Verdict = 'as it is' | 'whole' | 'hold' | { readonly records: number; readonly seen: number }

export class HeldBack {
  /** Of each source, before it came here. */
  readonly #before: ReadonlyMap<string, Counted>
  readonly #beganMs: number
  readonly #now: () => number
  /** Of each query, the last that was told. */
  readonly #saw = new Map<number, Counted>()
  readonly #sinceMs = new Map<number, number>()

  /** `now`: a clock that nobody sets. */
  constructor(before: readonly Counted[], now: () => number) {
    this.#before = new Map(before.map((one) => [one.source, one]))
    this.#now = now
    this.#beganMs = now()
  }

  /** `counted`: of the frame that is next; null where it tells no numbers. */
  judge(q: number, counted: Counted | null): Verdict {
    const sinceMs = this.#sinceMs.get(q)
    if (counted === null) return 'as it is'
    const saw = this.#saw.get(q) ?? this.#sawBefore(counted.source)
    const isLess = saw?.generation === counted.generation && counted.records < saw.records
    if (isLess && sinceMs === undefined) {
      this.#sinceMs.set(q, this.#now())
      return { records: counted.records, seen: saw.records }
    }
    if (isLess && this.#now() - sinceMs! < BEHIND_MS) return 'hold'
    this.#saw.set(q, counted)
    return this.#sinceMs.delete(q) ? 'whole' : 'as it is'
  }

  /** Not for ever: what is asked for the first time later on is not held to it. */
  #sawBefore(source: string): Counted | undefined {
    return this.#now() - this.#beganMs < BEHIND_MS ? this.#before.get(source) : undefined
  }

  /** Nobody looks at it any more. */
  forget(q: number): void {
    this.#saw.delete(q)
    this.#sinceMs.delete(q)
  }
}
