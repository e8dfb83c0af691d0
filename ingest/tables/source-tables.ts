/** The tables of a source that are kept in topics: their journals, read once a process, and who writes them. */
import { openReader } from '../../log/kafka.ts'
import type { LogAdmin, LogConfig } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { TableHistory } from '../../model/joins/history.ts'
import type { Store } from '../../store/connection/connection.ts'
import { JournalLog } from './journal-log.ts'
import { TableKeeper } from './keeper.ts'
import { PartitionTables } from './partition-tables.ts'

export interface SourceTables {
  /** Of a worker that begins. */
  of(partition: number): PartitionTables
  stop(): Promise<void>
}

export interface TablesOptions {
  readonly source: Source
  readonly kafka: LogConfig
  readonly admin: LogAdmin
  /** Where they take turns in writing; null = this process only reads. */
  readonly store: Store | null
  readonly log: (line: string, level?: 'warn' | 'error') => void
}

/** Null where the source has none. */
export function openTables({ source, kafka, admin, store, log }: TablesOptions): SourceTables | null {
  if (source.joins === undefined) return null
  const reader = openReader(kafka)
  const followed = source.joins.map((table) => {
    const history = new TableHistory(table.columns)
    return { history, log: new JournalLog({ reader, admin }, source, table, (change) => history.add(change)) }
  })
  const keepers =
    store === null
      ? []
      : source.joins.map((table) => new TableKeeper({ source, table, store, kafka, admin, reader, log }))
  return {
    of: (partition) => new PartitionTables(followed, partition),
    async stop() {
      await Promise.all(keepers.map((keeper) => keeper.stop()))
      reader.close()
    },
  }
}
