/** Which fields of which hashes the last steps of a mirror changed, so that readers redo only that. Bounded: what is forgotten counts as "all". */

/** Changed hashes: their changed fields, or null for all of them. */
export type Changes = ReadonlyMap<string, ReadonlySet<string> | null>

const NOTHING: Changes = new Map()
const MOST_STEPS = 50
const MOST_FIELDS = 50_000

export class ChangeLog {
  #step = 0
  /** Oldest first; complete after step `#from`. */
  #steps: { step: number; changed: Map<string, Set<string> | null>; fields: number }[] = []
  #from = 0
  #fields = 0
  /** The step that goes on has an entry of its own: one in which nothing changed takes no place of those that are remembered. */
  #isNoted = false

  get step(): number {
    return this.#step
  }

  begin(): void {
    this.#isNoted = false
  }

  #open(): void {
    this.#isNoted = true
    this.#steps.push({ step: ++this.#step, changed: new Map(), fields: 0 })
    while (this.#steps.length > MOST_STEPS || (this.#fields > MOST_FIELDS && this.#steps.length > 1)) {
      const oldest = this.#steps.shift()!
      this.#from = oldest.step
      this.#fields -= oldest.fields
    }
  }

  /** `field` null: the whole hash. */
  note(suffix: string, field: string | null): void {
    if (!this.#isNoted) this.#open()
    const now = this.#steps.at(-1)!
    const had = now.changed.get(suffix)
    if (field === null) now.changed.set(suffix, null)
    else if (had === undefined) now.changed.set(suffix, new Set([field]))
    else had?.add(field)
    now.fields++
    this.#fields++
  }

  /** Everything may have changed up to and with this step. */
  forget(): void {
    this.#steps = []
    this.#fields = 0
    this.#from = ++this.#step
    this.#isNoted = false
  }

  /** What changed after a step; null where that is no longer known. */
  since(step: number): Changes | null {
    if (step < this.#from) return null
    if (step === this.#step) return NOTHING
    const all = new Map<string, Set<string> | null>()
    for (const { step: at, changed } of this.#steps)
      if (at > step)
        for (const [suffix, fields] of changed) {
          const had = all.get(suffix)
          all.set(suffix, fields === null || had === null ? null : new Set([...(had ?? []), ...fields]))
        }
    return all
  }
}
