/** The journal of one table, followed to its end whenever somebody must know all of it. */
import { LogError } from '../../log/errors.ts'
import { Follower } from '../../log/follow.ts'
import type { LogAdmin, LogReader } from '../../log/log.ts'
import type { Source, TopicTable } from '../../model/definition.ts'
import { journalTopic, TableJournal, type TableChange } from '../../model/joins/journal.ts'

export interface JournalDoors {
  readonly reader: Pick<LogReader, 'read'>
  readonly admin: Pick<LogAdmin, 'logEnds'>
}

export class JournalLog {
  readonly table: TopicTable
  readonly topic: string
  readonly journal: TableJournal
  readonly #admin: JournalDoors['admin']
  readonly #follower: Follower
  #asking: Promise<void> | null = null
  #after: Promise<void> | null = null

  /** `changed`: hears each change once, in order. */
  constructor(
    { reader, admin }: JournalDoors,
    source: Source,
    table: TopicTable,
    changed: (change: TableChange) => void,
  ) {
    this.table = table
    this.topic = journalTopic(source.topic, table.topic)!
    const journal = (this.journal = new TableJournal(table.topic, source.topic))
    this.#admin = admin
    this.#follower = new Follower(
      reader,
      { topic: this.topic, partition: 0, from: 0 },
      (offset, _, value) => {
        const change = journal.take(offset, value === null ? null : value.toString())
        if (change !== null) changed(change)
      },
    )
  }

  /**
   * When it resolves, all is known that was in the journal at the time of the call. Several who ask at once share what is asked of Kafka, but never a question that
   * was put before they came. Throws JournalDamaged, FollowedLogMoved, LogError.
   */
  catchUp(): Promise<void> {
    if (this.#asking === null)
      return (this.#asking = this.#ask().finally(() => {
        this.#asking = null
      }))
    return (this.#after ??= this.#asking
      .catch(() => {})
      .then(() => {
        this.#after = null
        return this.catchUp()
      }))
  }

  async #ask(): Promise<void> {
    const ends = (await this.#admin.logEnds([this.topic])).get(this.topic)
    const end = ends?.get(0)
    if (end === undefined)
      throw new LogError('TOPIC_UNKNOWN', `${this.topic}, in which the changes of ${this.table.topic} stand`)
    if (end === null) throw new LogError('LOG_UNREACHABLE', `${this.topic}/0 has no leader`)
    if (!(await this.#follower.readTo(end)))
      throw new LogError('LOG_UNREACHABLE', `${this.topic}/0 does not hand out what is before offset ${end}`)
  }
}
