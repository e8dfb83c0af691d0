/** The tables in topics that a scan joins its events with: their journals, read as workers read them. */
import { LogError } from '../../log/errors.ts'
import { Follower } from '../../log/follow.ts'
import type { LogAdmin, LogReader } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { JoinedTables } from '../../model/joins/joined-tables.ts'
import { TableHistory, TableView } from '../../model/joins/history.ts'
import { journalTopic, TableJournal } from '../../model/joins/journal.ts'

export interface ScanTables {
  of(partition: number): JoinedTables
  /** To the ends of the journals as they are now. Throws JournalDamaged, FollowedLogMoved, LogError. */
  catchUp(): Promise<void>
}

interface Clients {
  readonly reader: LogReader
  readonly admin: () => Promise<Pick<LogAdmin, 'ranges'>>
}

/** Null where the source has none. */
export function scanTables(source: Source, { reader, admin }: Clients): ScanTables | null {
  if (source.joins === undefined) return null
  const all = source.joins.map((table) => {
    const topic = journalTopic(source.topic, table.topic)!
    const journal = new TableJournal(table.topic, source.topic)
    const history = new TableHistory(table.columns)
    const follower = new Follower(reader, { topic, partition: 0, from: 0 }, (offset, _, value) => {
      const change = journal.take(offset, value === null ? null : value.toString())
      if (change !== null) history.add(change)
    })
    return { name: table.name, topic, history, follower }
  })
  let turn: Promise<unknown> = Promise.resolve()

  async function readOn(): Promise<void> {
    const asked = await admin()
    for (const { topic, follower } of all) {
      const end = (await asked.ranges(topic)).get(0)?.end ?? 0
      if (!(await follower.readTo(end)))
        throw new LogError('LOG_UNREACHABLE', `${topic}/0 does not hand out what is before offset ${end}`)
    }
  }

  return {
    of: (partition) =>
      new JoinedTables(new Map(all.map(({ name, history }) => [name, new TableView(history, partition)]))),
    catchUp() {
      const done = turn.then(readOn)
      turn = done.catch(() => undefined)
      return done
    },
  }
}
