/** Tables of a definition: read once a file, and of each what a source takes. */
import type { LookupTable } from './definition.ts'
import { didYouMean, listed, type Place } from './definition-faults.ts'
import type { TakeColumn } from './definition-computed.ts'
import type { GivenLookups } from './definition-schema-computed.ts'
import type { Report } from './definition-series.ts'
import { readTable, type Table } from './fields/table.ts'

/** Bytes of a file, or the sentence that says why it cannot be read. */
export type ReadFile = (name: string) => Uint8Array | string

/** What the tables of one source may take in its definition, which every worker and every API reads again and again. */
const MOST_CHARS = 512 * 1024
const NO_FILES = 'tables are read beside a definition file only'

export class Lookups {
  readonly #given: GivenLookups
  readonly #report: Report
  readonly #tables = new Map<string, Table | null>()
  readonly #used = new Set<string>()

  constructor(given: GivenLookups, read: ReadFile | undefined, report: Report) {
    this.#given = given
    this.#report = report
    for (const [name, { file, key }] of Object.entries(given)) {
      const bytes = read?.(file) ?? NO_FILES
      const table = typeof bytes === 'string' ? bytes : readTable(bytes, file, key)
      if (typeof table === 'string') report(['lookups', name, 'file'], `${file}: ${table}`)
      this.#tables.set(name, typeof table === 'string' ? null : table)
    }
  }

  /** Of one source: `take` notes what its fields look up, `taken` answers it. */
  ofSource(at: Place): { take: TakeColumn; taken: () => { lookups?: readonly LookupTable[] } } {
    const columns = new Map<string, string[]>()
    const take: TakeColumn = (name, column, place) => {
      this.#used.add(name)
      const table = this.#tables.get(name)
      const names = Object.keys(this.#given)
      if (table === undefined)
        this.#report(
          [...place, 'lookup'],
          `${name} is not among the lookups${didYouMean(name, names) || (names.length > 0 ? `; they are ${listed(names)}` : '')}`,
        )
      else if (table !== null && !table.columns.includes(column))
        this.#report(
          [...place, 'take'],
          `${name} has no column ${column}${didYouMean(column, table.columns) || `; it has ${listed(table.columns)}`}`,
        )
      const taken = columns.get(name) ?? []
      if (!taken.includes(column)) columns.set(name, [...taken, column])
    }
    const taken = (): { lookups?: readonly LookupTable[] } => {
      const lookups = [...columns].map(([name, of]) => tableOf(name, of, this.#tables.get(name) ?? null))
      const chars = JSON.stringify(lookups).length
      if (chars > MOST_CHARS)
        this.#report(
          at,
          `what it looks up is ${chars} characters long; at most ${MOST_CHARS} are allowed: take fewer columns, or rows that are needed only`,
        )
      return lookups.length === 0 ? {} : { lookups }
    }
    return { take, taken }
  }

  /** Says which are for nothing. */
  finish(): void {
    for (const name of Object.keys(this.#given))
      if (!this.#used.has(name)) this.#report(['lookups', name], 'no field looks anything up in it', 'key')
  }
}

/** Rows without any value are as good as none. */
function tableOf(name: string, columns: readonly string[], table: Table | null): LookupTable {
  const places = columns.map((column) => table?.columns.indexOf(column) ?? -1)
  const rows = [...(table?.rows ?? [])]
    .map(([key, values]): LookupTable['rows'][number] => [key, ...places.map((at) => values[at] ?? null)])
    .filter(([, ...values]) => values.some((value) => value !== null))
  return { name, columns, rows: rows.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}
