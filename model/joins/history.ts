/** A table as it was at any place of the log of events: its journal, read. */
import { rowValues } from './row.ts'
import type { TableChange } from './journal.ts'

interface Held {
  /** From the change of this number on, counted from 1. */
  readonly from: number
  readonly values: readonly (string | null)[] | null
}

export class TableHistory {
  readonly columns: readonly string[]
  /** Without their rows. */
  readonly changes: Omit<TableChange, 'rows'>[] = []
  /** Of each key what it held, one behind the other. */
  readonly #rows = new Map<string, Held[]>()

  constructor(columns: readonly string[]) {
    this.columns = columns
  }

  add({ rows, at, ends, next }: TableChange): void {
    this.changes.push({ at, ends, next })
    const from = this.changes.length
    for (const [key, text] of rows) {
      const values = text === null ? null : rowValues(text, this.columns)
      const held = this.#rows.get(key)
      const last = held?.at(-1)
      if (sameValues(last?.values ?? null, values)) continue
      // The last of several in one change holds.
      if (last?.from === from) held!.pop()
      if (held === undefined) this.#rows.set(key, [{ from, values }])
      else held.push({ from, values })
    }
  }

  /** `version`: how many changes hold. */
  valueOf(key: string, column: number, version: number): string | null {
    const held = this.#rows.get(key)
    if (held === undefined) return null
    for (let at = held.length - 1; at >= 0; at--)
      if (held[at]!.from <= version) return held[at]!.values?.[column] ?? null
    return null
  }
}

const sameValues = (a: readonly (string | null)[] | null, b: readonly (string | null)[] | null): boolean =>
  a === b || (a !== null && b !== null && a.every((value, at) => value === b[at]))

/** The table along the events of one partition. */
export class TableView {
  readonly history: TableHistory
  readonly #partition: number
  /** Of each change that has a place: the offset from which on it holds, ascending. */
  readonly #cuts: number[] = []
  /** How many changes hold. */
  version = 0

  constructor(history: TableHistory, partition: number) {
    this.history = history
    this.#partition = partition
  }

  /** To the event at an offset; forwards costs a comparison, back is as good. */
  moveTo(offset: number): void {
    this.#place()
    const cuts = this.#cuts
    while (this.version < cuts.length && cuts[this.version]! <= offset) this.version++
    while (this.version > 0 && cuts[this.version - 1]! > offset) this.version--
  }

  /** Changes that have a place in this partition. */
  get placed(): number {
    this.#place()
    return this.#cuts.length
  }

  /** From where on the change holds that comes behind so many; Infinity where there is none. */
  cutBehind(changes: number): number {
    this.#place()
    return this.#cuts[changes] ?? Infinity
  }

  /** The first change behind an offset of the journal: how many stand before it. */
  changesBefore(journalNext: number): number {
    const found = this.history.changes.findIndex(({ next }) => next > journalNext)
    return found < 0 ? this.history.changes.length : found
  }

  valueOf(key: string, column: number): string | null {
    return this.history.valueOf(key, column, this.version)
  }

  /** A partition that was not there yet when the end of the events was asked takes the change where the next one is. */
  #place(): void {
    const { changes } = this.history
    for (let at = this.#cuts.length; at < changes.length; at++) {
      const { ends } = changes[at]!
      const end = ends === null ? 0 : ends.get(this.#partition)
      if (end === undefined) continue
      const cut = Math.max(end, this.#cuts.at(-1) ?? 0)
      while (this.#cuts.length <= at) this.#cuts.push(cut)
    }
  }
}
