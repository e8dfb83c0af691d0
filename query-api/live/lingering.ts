/** What nobody looks at any more, for a moment: few, and not for long. */
const LINGERS_MS = 5000
const MOST = 32

export class Lingering {
  /** Oldest first. */
  readonly #ends = new Map<string, { readonly timer: NodeJS.Timeout; readonly end: () => void }>()

  add(key: string, end: () => void): void {
    this.keep(key)
    const timer = setTimeout(() => this.#end(key), LINGERS_MS)
    timer.unref()
    this.#ends.set(key, { timer, end })
    if (this.#ends.size > MOST) this.#end(this.#ends.keys().next().value!)
  }

  /** Somebody looks at it again. */
  keep(key: string): void {
    clearTimeout(this.#ends.get(key)?.timer)
    this.#ends.delete(key)
  }

  /** All of them, now. */
  end(): void {
    for (const key of this.#ends.keys()) this.#end(key)
  }

  #end(key: string): void {
    const { end } = this.#ends.get(key)!
    this.keep(key)
    end()
  }
}
