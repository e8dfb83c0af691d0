/** Keys of one partition that could not be read lately, for whoever asks what is wrong. */
import type { DamagedKey } from '../errors.ts'

const REMEMBERED = 20
const FOR_MS = 60_000

export class DamageLog {
  readonly #now: () => number
  readonly #entries = new Map<string, { damage: DamagedKey; atMs: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  note(suffix: string, damage: DamagedKey): void {
    if (!this.#entries.has(suffix) && this.#entries.size >= REMEMBERED)
      this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(suffix, { damage, atMs: this.#now() })
  }

  /** It was read well. */
  forget(suffix: string): void {
    this.#entries.delete(suffix)
  }

  list(): DamagedKey[] {
    const sinceMs = this.#now() - FOR_MS
    return [...this.#entries.values()].flatMap(({ damage, atMs }) => (atMs > sinceMs ? damage : []))
  }
}
