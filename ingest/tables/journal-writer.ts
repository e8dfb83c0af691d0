/** Writes what changed in the topic of a table into its journal, once nobody else does. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../log/errors.ts'
import type { LogAdmin, LogReader } from '../../log/log.ts'
import type { Source, TopicTable } from '../../model/definition.ts'
import type { JournalEntry, TableChange, TableRow } from '../../model/joins/journal.ts'
import { JournalLog } from './journal-log.ts'
import { TopicRows } from './topic-rows.ts'

export interface WriterOptions {
  readonly source: Source
  readonly table: TopicTable
  readonly clients: {
    readonly reader: Pick<LogReader, 'read'>
    readonly admin: Pick<LogAdmin, 'logEnds' | 'ranges'>
  }
  /** Resolves when it is in the journal for good. */
  readonly send: (entry: JournalEntry) => Promise<void>
  readonly log: (line: string, level?: 'warn' | 'error') => void
}

/** Of one entry: with escapes at most 600 KB, and a record of a topic has at most 1 MB by default. */
const ENTRY_CHARS = 100_000
/** A partition without a leader is waited for so long; then the change holds there from where the next one does. */
const LEADERS_WITHIN_MS = 5000

type Ends = ReadonlyMap<number, number>

export class JournalWriter {
  readonly #o: WriterOptions
  readonly #by = randomUUID()
  readonly #log: JournalLog
  /** As the journal has them. */
  readonly #rows = new Map<string, string>()
  #changes = 0
  #last: Ends | null = null
  readonly #topic: TopicRows
  #n = 0

  constructor(options: WriterOptions) {
    this.#o = options
    this.#topic = new TopicRows(options.clients, options.table.topic, options.log)
    this.#log = new JournalLog(options.clients, options.source, options.table, (change) => this.#take(change))
  }

  /** Reads journal and table, and takes over. Throws LogError, JournalDamaged, FollowedLogMoved. */
  async begin(): Promise<void> {
    const { source, table, send } = this.#o
    await this.#log.catchUp()
    const epoch = this.#log.journal.epoch + 1
    await send({ is: 'claim', by: this.#by, epoch, table: table.topic, topic: source.topic })
    await this.#log.catchUp()
  }

  /** What is new in the table's topic; false where another one has taken over. */
  async follow(): Promise<boolean> {
    const { journal } = this.#log
    if (journal.by !== this.#by) return false
    await this.#topic.read()
    const changed = this.#topic.differingFrom(this.#rows)
    const isFirst = this.#changes === 0
    const isDue = isFirst || changed.length > 0 || journal.refused !== null || (await this.#hasGrown())
    if (!isDue) return true
    const why = this.#topic.tooLarge
    if (why !== null) {
      if (journal.refused !== why) await this.#send({ is: 'refused', why })
    } else {
      for (const rows of piecesOf(changed)) await this.#send({ is: 'rows', rows })
      const ends = isFirst ? null : Object.fromEntries(await this.#eventEnds())
      await this.#send({ is: 'ends', at: Object.fromEntries(this.#topic.at), ends })
    }
    await this.#log.catchUp()
    if (journal.by !== this.#by) return false
    if (why === null) this.#topic.written()
    return true
  }

  async #send(
    entry:
      | { is: 'refused'; why: string }
      | { is: 'rows'; rows: TableRow[] }
      | { is: 'ends'; at: Record<string, number>; ends: Record<string, number> | null },
  ): Promise<void> {
    await this.#o.send({ ...entry, by: this.#by, n: ++this.#n } as JournalEntry)
  }

  #take({ rows, ends }: TableChange): void {
    this.#changes++
    this.#last = ends
    for (const [key, value] of rows)
      if (value === null) this.#rows.delete(key)
      else this.#rows.set(key, value)
  }

  /** Events got partitions that the last change has no place in. */
  async #hasGrown(): Promise<boolean> {
    const last = this.#last
    if (last === null) return false
    const { topic } = this.#o.source
    const ends = (await this.#o.clients.admin.logEnds([topic])).get(topic)
    return [...(ends ?? [])].some(([partition, end]) => end !== null && !last.has(partition))
  }

  /** Asked once all rows are written. */
  async #eventEnds(): Promise<Ends> {
    const { topic } = this.#o.source
    for (const untilMs = performance.now() + LEADERS_WITHIN_MS; ; await sleep(100)) {
      const all = [...((await this.#o.clients.admin.logEnds([topic])).get(topic) ?? [])]
      const known = all.flatMap(([partition, end]) => (end === null ? [] : [[partition, end] as const]))
      if (known.length > 0 && (known.length === all.length || performance.now() > untilMs))
        return new Map(known)
      if (performance.now() > untilMs) throw new LogError('LOG_UNREACHABLE', `${topic} has no leaders`)
    }
  }
}

/** At least one, be it empty. */
function piecesOf(rows: readonly TableRow[]): TableRow[][] {
  const pieces: TableRow[][] = [[]]
  let chars = 0
  for (const row of rows) {
    const own = row[0].length + (row[1]?.length ?? 0)
    if (chars > 0 && chars + own > ENTRY_CHARS) {
      pieces.push([])
      chars = 0
    }
    pieces.at(-1)!.push(row)
    chars += own
  }
  return pieces
}
