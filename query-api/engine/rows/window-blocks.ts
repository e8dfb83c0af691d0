/**
 * Sums over runs of windows, kept: a block holds 4 windows or 4 blocks, so that a range is a few blocks, and a window that changed
 * costs its own and the few above it. What is kept is never written to: sums share parts with each other.
 */
export interface BlockRules<S> {
  readonly leaf: (window: number) => S
  /** A new sum; none of the others changes. */
  readonly join: (sums: readonly S[]) => S
}

const FAN_OUT = 4
/** 4^8 windows: a range of more is several blocks. */
const LEVELS = 8

export class WindowBlocks<S> {
  readonly #rules: BlockRules<S>
  /** By level: 4^level windows each, by number. */
  readonly #levels: Map<number, S>[] = Array.from({ length: LEVELS + 1 }, () => new Map<number, S>())

  constructor(rules: BlockRules<S>) {
    this.#rules = rules
  }

  /** Blocks that are kept. */
  get kept(): Iterable<S> {
    return this.#all()
  }

  changed(window: number): void {
    let block = window
    for (const level of this.#levels) {
      level.delete(block)
      block = Math.floor(block / FAN_OUT)
    }
  }

  /** Lets go of what reaches out of `[first, end)`. */
  trim(first: number, end: number): void {
    let size = 1
    for (const level of this.#levels) {
      for (const block of level.keys())
        if (block * size < first || (block + 1) * size > end) level.delete(block)
      size *= FAN_OUT
    }
  }

  clear(): void {
    for (const level of this.#levels) level.clear()
  }

  /** The largest blocks that make up `[first, end)`, in order; a yield after each. */
  *over(first: number, end: number): Generator<void, S[]> {
    const found: S[] = []
    for (let window = first; window < end; ) {
      let [level, size] = [0, 1]
      while (level < LEVELS && window % (size * FAN_OUT) === 0 && window + size * FAN_OUT <= end) {
        level++
        size *= FAN_OUT
      }
      found.push(yield* this.#block(level, window / size))
      window += size
      yield
    }
    return found
  }

  *#block(level: number, block: number): Generator<void, S> {
    const known = this.#levels[level]!.get(block)
    if (known !== undefined) return known
    const parts: S[] = []
    if (level > 0)
      for (let nth = 0; nth < FAN_OUT; nth++) parts.push(yield* this.#block(level - 1, block * FAN_OUT + nth))
    const sum = level === 0 ? this.#rules.leaf(block) : this.#rules.join(parts)
    this.#levels[level]!.set(block, sum)
    yield
    return sum
  }

  *#all(): Generator<S> {
    for (const level of this.#levels) yield* level.values()
  }
}
