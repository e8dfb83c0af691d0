/**
 * The journal of a table that is kept in a topic: a topic of one partition in which each change of the table stands with the place in the log of events from
 * which it holds. Read from its beginning it says the same to everybody (docs/decisions/lookups-from-a-topic.md).
 */
import { z } from 'zod'

/** What is read there is no journal: it cannot be gone on with. */
export class JournalDamaged extends Error {}

const offsets = z.record(z.string().regex(/^\d{1,9}$/), z.int().min(0))
const base = { by: z.string(), n: z.int() }
const entryShape = z.discriminatedUnion('is', [
  /** From here on the entries of `by` count and no others. */
  z.strictObject({
    is: z.literal('claim'),
    by: z.string(),
    epoch: z.int().min(1),
    table: z.string(),
    topic: z.string(),
  }),
  /** Rows that changed, by their keys; null is gone. They hold once `ends` follows. */
  z.strictObject({
    is: z.literal('rows'),
    ...base,
    rows: z.array(z.tuple([z.string(), z.string().nullable()])),
  }),
  /** Where the log of events ended after the rows were written: there they hold. Null: from its beginning. `at`: how far the table's topic was read. */
  z.strictObject({ is: z.literal('ends'), ...base, at: offsets, ends: offsets.nullable() }),
  /** The table cannot be followed: events wait. */
  z.strictObject({ is: z.literal('refused'), ...base, why: z.string() }),
])
export type JournalEntry = z.infer<typeof entryShape>
export type TableRow = readonly [key: string, value: string | null]

export interface TableChange {
  readonly rows: readonly TableRow[]
  /** By partition of the table's topic. */
  readonly at: ReadonlyMap<number, number>
  /** By partition of the events; null: from the beginning of all. */
  readonly ends: ReadonlyMap<number, number> | null
  /** Where the journal goes on behind it. */
  readonly next: number
}

const LONGEST_NAME = 249
/** The topic that holds it. Null where the two names are too long together for one. */
export function journalTopic(events: string, table: string): string | null {
  const name = `tidemark.${events}.lookup.${table}`
  return name.length > LONGEST_NAME ? null : name
}

export class TableJournal {
  /** Offset of the next entry. */
  next = 0
  epoch = 0
  by = ''
  /** Tells it from another one of the same name. */
  id = ''
  /** Why events wait, where the table cannot be followed. */
  refused: string | null = null
  #n = 0
  #pending: TableRow[] | null = null
  readonly #table: string
  readonly #topic: string

  /** `table` and `topic`: of which table and of which events. */
  constructor(table: string, topic: string) {
    this.#table = table
    this.#topic = topic
  }

  /** A change was begun and has no place yet. */
  get isPending(): boolean {
    return this.#pending !== null
  }

  /** The next entry; answers the change that holds from now on. Throws JournalDamaged. */
  take(offset: number, value: string | null): TableChange | null {
    const entry = readEntry(offset, value)
    this.next = offset + 1
    if (entry.is === 'claim') {
      if (entry.table !== this.#table || entry.topic !== this.#topic)
        throw new JournalDamaged(
          `offset ${offset} is of table ${entry.table} and events ${entry.topic}, not of ${this.#table} and ${this.#topic}`,
        )
      if (entry.epoch <= this.epoch) return null
      this.epoch = entry.epoch
      this.by = entry.by
      if (this.id === '') this.id = entry.by
      this.#n = 0
      this.#pending = null
      return null
    }
    // Whoever was replaced may not know it yet, and a producer may repeat itself.
    if (entry.by !== this.by || entry.n <= this.#n) return null
    this.#n = entry.n
    if (entry.is === 'refused') {
      this.refused = entry.why
      return null
    }
    if (entry.is === 'rows') {
      this.#pending ??= []
      for (const row of entry.rows) this.#pending.push(row)
      return null
    }
    const rows = this.#pending
    if (rows === null) throw new JournalDamaged(`offset ${offset} gives a place to nothing`)
    this.#pending = null
    this.refused = null
    return {
      rows,
      at: offsetsOf(entry.at),
      ends: entry.ends === null ? null : offsetsOf(entry.ends),
      next: this.next,
    }
  }
}

function readEntry(offset: number, value: string | null): JournalEntry {
  let raw: unknown
  try {
    raw = JSON.parse(value ?? '')
  } catch {
    throw new JournalDamaged(`offset ${offset} is not JSON`)
  }
  const read = entryShape.safeParse(raw)
  if (!read.success) throw new JournalDamaged(`offset ${offset} is no entry of a journal`)
  return read.data
}

const offsetsOf = (given: Record<string, number>): ReadonlyMap<number, number> =>
  new Map(Object.entries(given).map(([partition, offset]) => [Number(partition), offset]))
