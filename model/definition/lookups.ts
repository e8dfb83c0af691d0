/** Tables of a definition: read once a file, and of each what a source takes. */
import type { LookupTable, TopicTable } from '../definition.ts'
import { didYouMean, listed, type Place } from './faults.ts'
import type { TakeColumn } from './computed.ts'
import type { GivenLookups } from './schema-computed.ts'
import type { Report } from './series.ts'
import { journalTopic } from '../joins/journal.ts'
import { readTable, type Table } from '../joins/table.ts'

/** Bytes of a file, or the sentence that says why it cannot be read. */
export type ReadFile = (name: string) => Uint8Array | string

/** What the tables of one source may take in its definition, which every worker and every API reads again and again. */
const MOST_CHARS = 512 * 1024
const NO_FILES = 'tables are read beside a definition file only'

export interface Taken {
  readonly lookups?: readonly LookupTable[]
  readonly joins?: readonly TopicTable[]
}

export class Lookups {
  readonly #given: GivenLookups
  readonly #report: Report
  readonly #tables = new Map<string, Table | null>()
  readonly #used = new Set<string>()

  constructor(given: GivenLookups, read: ReadFile | undefined, report: Report) {
    this.#given = given
    this.#report = report
    for (const [name, one] of Object.entries(given)) {
      const file = this.#isFile(name, one) ? one.file : undefined
      if (file === undefined) continue
      const key = one.key ?? ''
      const bytes = read?.(file) ?? NO_FILES
      const table = typeof bytes === 'string' ? bytes : readTable(bytes, file, key)
      if (typeof table === 'string') report(['lookups', name, 'file'], `${file}: ${table}`)
      this.#tables.set(name, typeof table === 'string' ? null : table)
    }
  }

  /** Says what is wrong with where it is kept. */
  #isFile(name: string, { file, key, topic }: GivenLookups[string]): boolean {
    const at = ['lookups', name]
    if (file === undefined && topic === undefined)
      this.#report(at, 'it needs a file or a topic, such as { file: devices.csv, key: device }')
    else if (file !== undefined && topic !== undefined)
      this.#report([...at, 'topic'], 'a table is kept in a file or in a topic, not in both', 'key')
    else if (topic !== undefined && key !== undefined)
      this.#report([...at, 'key'], 'rows of a topic go by the keys of its records', 'key')
    else if (file !== undefined && key === undefined)
      this.#report(at, 'it needs key: the column that is looked up')
    return file !== undefined && key !== undefined
  }

  /** Of one source: `take` notes what its fields look up, `taken` answers it. */
  ofSource(at: Place, topic: string): { take: TakeColumn; taken: () => Taken } {
    const columns = new Map<string, string[]>()
    const take: TakeColumn = (name, column, place) => {
      this.#used.add(name)
      const table = this.#tables.get(name)
      const names = Object.keys(this.#given)
      if (this.#given[name] === undefined)
        this.#report(
          [...place, 'lookup'],
          `${name} is not among the lookups${didYouMean(name, names) || (names.length > 0 ? `; they are ${listed(names)}` : '')}`,
        )
      else if (table != null && !table.columns.includes(column))
        this.#report(
          [...place, 'take'],
          `${name} has no column ${column}${didYouMean(column, table.columns) || `; it has ${listed(table.columns)}`}`,
        )
      const taken = columns.get(name) ?? []
      if (!taken.includes(column)) columns.set(name, [...taken, column])
    }
    const taken = (): Taken => {
      const isKept = ([name]: [string, string[]]): boolean => this.#given[name]?.topic === undefined
      const lookups = [...columns]
        .filter(isKept)
        .map(([name, of]) => tableOf(name, of, this.#tables.get(name) ?? null))
      const chars = JSON.stringify(lookups).length
      if (chars > MOST_CHARS)
        this.#report(
          at,
          `what it looks up is ${chars} characters long; at most ${MOST_CHARS} are allowed: take fewer columns, or rows that are needed only`,
        )
      const joins = [...columns].filter((one) => !isKept(one)).map((one) => this.#joined(...one, topic))
      return { ...(lookups.length > 0 && { lookups }), ...(joins.length > 0 && { joins }) }
    }
    return { take, taken }
  }

  #joined(name: string, columns: readonly string[], events: string): TopicTable {
    const { topic } = this.#given[name] as { topic: string }
    const at = ['lookups', name, 'topic']
    if (topic === events)
      this.#report(at, `${topic} is the topic of the source; a table is kept in one of its own`)
    else if (journalTopic(events, topic) === null)
      this.#report(at, `the names ${events} and ${topic} are too long together: a topic is named by both`)
    return { name, topic, columns }
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
