/** Which hashes of one partition hold the cells of a range of windows, as far as the names held tell; and the way back from hash to window. */
import {
  blockOf,
  cellAt,
  chunkSuffix,
  DAY_MS,
  groupOf,
  namesSuffix,
  TOTAL_ID,
  windowsIn,
} from '../../../model/chunk.ts'
import type { Cell } from '../../../model/measures.ts'

/** Of `n:` keys name to id, of `c:` keys slot to cell, and what lies beside it. */
export type Hash = ReadonlyMap<string, number | Cell | string>
export type Hashes = ReadonlyMap<string, Hash>

export interface ChunkAt {
  readonly block: number
  readonly group: number
}

/** The chunks of one breakdown and interval. */
export class Chunks {
  readonly #breakdown: string
  readonly #interval: string
  readonly #intervalMs: number
  readonly #isTotal: boolean
  readonly #prefix: string

  constructor(
    breakdown: { name: string; fields: readonly string[] },
    interval: { name: string; ms: number },
  ) {
    this.#breakdown = breakdown.name
    this.#interval = interval.name
    this.#intervalMs = interval.ms
    this.#isTotal = breakdown.fields.length === 0
    this.#prefix = `c:${breakdown.name}:${interval.name}:`
  }

  dayOf(windowNumber: number): number {
    return Math.floor((windowNumber * this.#intervalMs) / DAY_MS)
  }

  /** UTC days that windows `[first, end)` touch. */
  days(first: number, end: number): number[] {
    const from = this.dayOf(first)
    return Array.from({ length: this.dayOf(end - 1) - from + 1 }, (_, at) => from + at)
  }

  namesOf(day: number): string {
    return namesSuffix(this.#breakdown, day)
  }

  /** Number of names a day has given out, by what is held; the total needs none. */
  named(held: Hashes, day: number): number {
    return this.#isTotal ? TOTAL_ID : this.namedIn(held, this.namesOf(day))
  }

  /** The same, of the hash of its names. */
  namedIn(held: Hashes, names: string): number {
    return this.#isTotal ? TOTAL_ID : (held.get(names)?.size ?? 0)
  }

  suffix({ block, group }: ChunkAt): string {
    return chunkSuffix(this.#breakdown, this.#interval, block, group)
  }

  /** Chunks of windows `[first, end)`, each once. Ids have no gaps: the number of names is the last id. */
  covering(held: Hashes, first: number, end: number): ChunkAt[] {
    const groups = new Map<number, Set<number>>()
    for (const day of this.days(first, end)) {
      const names = this.named(held, day)
      if (names === 0) continue
      const from = Math.max(first, Math.floor((day * DAY_MS) / this.#intervalMs))
      const to = Math.min(end, Math.floor(((day + 1) * DAY_MS) / this.#intervalMs)) - 1
      for (let block = 0; block <= blockOf(names, this.#isTotal); block++) {
        const set = groups.get(block) ?? new Set()
        groups.set(block, set)
        for (
          let group = groupOf(from, block, this.#isTotal);
          group <= groupOf(to, block, this.#isTotal);
          group++
        )
          set.add(group)
      }
    }
    return [...groups].flatMap(([block, set]) => [...set].map((group) => ({ block, group })))
  }

  /** Those of {@link covering} that are held: few of many, where names are many and each of them has little. */
  held(held: Hashes, first: number, end: number): ChunkAt[] {
    if (this.#mostOf(held, first, end) <= held.size) return this.covering(held, first, end)
    return [...held.keys()].flatMap((suffix) => {
      const chunk = this.parse(suffix)
      if (chunk === null) return []
      const [from, to] = this.windows(chunk)
      return from < end && to > first ? [chunk] : []
    })
  }

  /** No less than {@link covering} would find. */
  #mostOf(held: Hashes, first: number, end: number): number {
    const blocks = this.days(first, end).map((day) => blockOf(this.named(held, day), this.#isTotal) + 1)
    return Math.max(...blocks) * (end - first + blocks.length)
  }

  /** Null for suffixes of other breakdowns, intervals or kinds. */
  parse(suffix: string): ChunkAt | null {
    if (!suffix.startsWith(this.#prefix)) return null
    const [block, group] = suffix.slice(this.#prefix.length).split('.').map(Number)
    return { block: block!, group: group! }
  }

  /** First window of a chunk, and the one after its last. */
  windows({ block, group }: ChunkAt): [first: number, end: number] {
    const count = windowsIn(block, this.#isTotal)
    return [group * count, (group + 1) * count]
  }

  /** `field`: of a cell, or of what lies beside it. */
  cellAt({ block, group }: ChunkAt, field: string): { windowNumber: number; id: number } {
    return cellAt(block, group, Number.parseInt(field, 10), this.#isTotal)
  }
}
