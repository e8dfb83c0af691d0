/** Which query is where in one stream: the API counts places as they are given, so that both sides know them before they are told. */
export interface PlacesChange {
  readonly stream: string
  readonly add: readonly string[]
  readonly remove: readonly number[]
}

export class Places {
  /** By `q` of the caller. */
  readonly #wanted: ReadonlyMap<number, string>
  readonly #send: (change: PlacesChange) => Promise<void>
  /** `q` of the caller by place. */
  readonly #given = new Map<number, number>()
  /** With these the stream begins. */
  readonly first: readonly number[]
  #next = 0
  #stream: string | null = null
  #sent: Promise<void> = Promise.resolve()

  /** `send` never throws: what fails ends the stream, and a new one has all. */
  constructor(
    wanted: ReadonlyMap<number, string>,
    first: readonly number[],
    send: (change: PlacesChange) => Promise<void>,
  ) {
    this.#wanted = wanted
    this.#send = send
    this.first = first
    for (const q of first) this.#given.set(this.#next++, q)
  }

  /** Undefined where nobody wants it any more. */
  of(place: number): number | undefined {
    const q = this.#given.get(place)
    return q !== undefined && this.#wanted.has(q) ? q : undefined
  }

  /** The stream has a name: what was wanted meanwhile can be asked for. */
  named(stream: string): void {
    this.#stream = stream
    this.follow()
  }

  /** Asks for what is wanted and not there, and lets go of what is not wanted. */
  follow(): void {
    if (this.#stream === null) return
    const there = new Set(this.#given.values())
    const remove = [...this.#given].flatMap(([place, q]) => (this.#wanted.has(q) ? [] : place))
    const more = [...this.#wanted].filter(([q]) => !there.has(q))
    if (remove.length === 0 && more.length === 0) return
    for (const place of remove) this.#given.delete(place)
    for (const [q] of more) this.#given.set(this.#next++, q)
    const change = { stream: this.#stream, add: more.map(([, text]) => text), remove }
    // One after the other, or places would be given in another order.
    this.#sent = this.#sent.then(() => this.#send(change))
  }
}
