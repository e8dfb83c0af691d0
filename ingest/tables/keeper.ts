/**
 * Follows the topic of a table and writes each change of it into the journal, in two steps: the rows, then where the events ended after the rows were
 * written. One process does it at a time; one that was replaced and does not know it yet writes what counts for nobody.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openProducer } from '../../log/kafka.ts'
import type { LogAdmin, LogConfig, LogProducer, LogReader } from '../../log/log.ts'
import type { Source, TopicTable } from '../../model/definition.ts'
import { journalTopic, type JournalEntry } from '../../model/joins/journal.ts'
import type { Store } from '../../store/connection/connection.ts'
import { giveLeaseBack, takeLease } from '../../store/calls/lease.ts'
import { JournalWriter } from './journal-writer.ts'

export interface KeeperOptions {
  readonly source: Source
  readonly table: TopicTable
  readonly store: Store
  readonly kafka: LogConfig
  readonly admin: LogAdmin
  readonly reader: LogReader
  readonly log: (line: string, level?: 'warn' | 'error') => void
}

const LOOK_EVERY_MS = 200
const LEASE_MS = 5000
const RENEW_EVERY_MS = 1000
/** Nothing of it may go while an event that it holds for can be counted again. */
const JOURNAL_CONFIG = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }

export class TableKeeper {
  readonly #o: KeeperOptions
  readonly #me = randomUUID()
  readonly #lease: string
  #writer: JournalWriter | null = null
  #producer: LogProducer | null = null
  #heldUntilMs = 0
  #stopped = false
  #trouble = ''
  readonly #running: Promise<void>

  constructor(options: KeeperOptions) {
    this.#o = options
    this.#lease = `lookup:${journalTopic(options.source.topic, options.table.topic)}`
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    const { table, log, store } = this.#o
    while (!this.#stopped) {
      try {
        await this.#turn()
        if (this.#trouble !== '') log(`table ${table.name}: ${table.topic} is followed again`, 'warn')
        this.#trouble = ''
      } catch (error) {
        const { message } = error as Error
        if (message !== this.#trouble) log(`table ${table.name}: ${message}; tried again`, 'warn')
        this.#trouble = message
        this.#writer = null
      }
      await sleep(LOOK_EVERY_MS)
    }
    await this.#producer?.close().catch(() => {})
    await giveLeaseBack(store, this.#lease, this.#me).catch(() => {})
  }

  async #turn(): Promise<void> {
    const nowMs = performance.now()
    if (nowMs > this.#heldUntilMs) {
      const isMine = await takeLease(this.#o.store, this.#lease, this.#me, LEASE_MS)
      if (!isMine) {
        this.#writer = null
        return
      }
      this.#heldUntilMs = nowMs + RENEW_EVERY_MS
    }
    this.#writer ??= await this.#begin()
    if (!(await this.#writer.follow())) this.#writer = null
  }

  async #begin(): Promise<JournalWriter> {
    const { source, table, admin, reader, kafka, log } = this.#o
    const journal = journalTopic(source.topic, table.topic)!
    if ((await admin.partitions(table.topic)) === null) {
      await admin.createTopic(table.topic, 1, { 'cleanup.policy': 'compact' })
      log(
        `table ${table.name}: there was no topic ${table.topic}; it is made, of one partition, compacted`,
        'warn',
      )
    }
    const cleanup = await admin.cleanupSetting(table.topic)
    if (cleanup !== null && cleanup !== 'compact')
      log(
        `table ${table.name}: cleanup.policy of ${table.topic} is ${cleanup}: a row goes when its record grows old. Set it to compact`,
        'warn',
      )
    if ((await admin.partitions(journal)) === null) await admin.createTopic(journal, 1, JOURNAL_CONFIG)
    const producer = (this.#producer ??= await openProducer(kafka))
    const send = async (entry: JournalEntry): Promise<void> => {
      await producer.send(journal, [{ key: null, partition: 0, value: JSON.stringify(entry) }])
    }
    const writer = new JournalWriter({ source, table, clients: { reader, admin }, send, log })
    await writer.begin()
    return writer
  }
}
