/**
 * Queries that are asked again and again, with what each kept to be faster next time, as a live query keeps it. One answer at a time each:
 * whoever asks while one is worked out shares the next with all who ask meanwhile, so that no answer is older than its question. What is
 * kept is bounded in cells and goes from the least recently used on.
 */
import type { PreparedQuery } from '../engine/rows/one-snapshot.ts'
import { noAsks, SteadyAsks, type Asks } from './steady-asks.ts'

/** Cells kept by all queries together, and by one: a few hundred bytes each. */
export const KEPT_CELLS = { all: 200_000, one: 100_000 } as const
const MAX_QUERIES = 200
const IDLE_MS = 60_000

interface Kept {
  readonly source: string
  readonly asks: Asks
  readonly prepared: PreparedQuery<unknown>
  /** The answer that is worked out, and the one after it. */
  running: Promise<unknown> | null
  next: Promise<unknown> | null
  cells: number
  usedMs: number
}

export class KeptQueries {
  readonly #execute: <A>(source: string, prepared: PreparedQuery<A>) => Promise<A>
  readonly #now: () => number
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>()
  readonly #steady = new SteadyAsks()

  constructor(
    execute: <A>(source: string, prepared: PreparedQuery<A>) => Promise<A>,
    now: () => number = () => performance.now(),
  ) {
    this.#execute = execute
    this.#now = now
  }

  get cells(): number {
    return [...this.#kept.values()].reduce((sum, { cells }) => sum + cells, 0)
  }

  get size(): number {
    return this.#kept.size
  }

  /** Sources of which somebody asks the same without pause. */
  get steadySources(): string[] {
    return this.#steady.sources(this.#now())
  }

  /** `key` stands for all that the answer depends on; `turn` lets a computation wait for its turn. */
  run<A>(
    key: string,
    source: string,
    prepare: () => PreparedQuery<A>,
    turn: <T>(work: () => Promise<T>) => Promise<T>,
  ): Promise<A> {
    const kept = this.#kept.get(key) ?? {
      source,
      asks: noAsks(),
      prepared: prepare(),
      running: null,
      next: null,
      cells: 0,
      usedMs: 0,
    }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    kept.usedMs = this.#now()
    const execute = (): Promise<unknown> => turn(() => this.#execute(source, kept.prepared))
    if (kept.running === null) return this.#begin(kept, execute) as Promise<A>
    kept.next ??= kept.running.then(
      () => this.#begin(kept, execute),
      () => this.#begin(kept, execute),
    )
    return kept.next as Promise<A>
  }

  #begin(kept: Kept, execute: () => Promise<unknown>): Promise<unknown> {
    kept.next = null
    this.#steady.begin(kept.asks, kept.source, this.#now())
    const running = execute().finally(() => {
      kept.running = null
      this.#steady.end(kept.asks, kept.source, this.#now())
      kept.cells = kept.prepared.keptCells
      this.#bound()
    })
    kept.running = running
    return running
  }

  #bound(): void {
    const oldestMs = this.#now() - IDLE_MS
    let cells = this.cells
    for (const [key, kept] of this.#kept) {
      const isTooMuch = cells > KEPT_CELLS.all || this.#kept.size > MAX_QUERIES
      if (!isTooMuch && kept.usedMs >= oldestMs && kept.cells <= KEPT_CELLS.one) continue
      if (kept.running !== null) continue
      cells -= kept.cells
      kept.prepared.forget()
      kept.cells = 0
      this.#kept.delete(key)
    }
  }
}
