/** A journal in memory, as workers read it and a writer writes it. */
import type { LogReader } from '../../log/log.ts'
import { makeBatch } from '../log/batches.ts'

const BATCH = 2000

export class MemoryJournal {
  readonly entries: string[] = []
  /** Ends of the topic of events, by partition. */
  readonly events = new Map<number, number>()
  /** Of the table's topic, by partition: keys and values. */
  readonly table: [key: string, value: string | null][][] = [[]]
  fault: Error | null = null
  /** Before and after each look. */
  pause: () => Promise<void> = async () => {}
  readonly #topic: string

  readonly #events: string

  constructor(events: string, table: string) {
    this.#events = events
    this.#topic = table
  }

  send(entry: object): void {
    this.entries.push(JSON.stringify(entry))
  }

  get clients() {
    const recordsOf = (topic: string, partition: number) =>
      topic === this.#topic
        ? this.table[partition]!.map(([key, value]) => ({ key, value }))
        : this.entries.map((value) => ({ key: null, value }))
    const reader: Pick<LogReader, 'read'> = {
      read: async (topic, partition, offset) => {
        const all = recordsOf(topic, partition)
        if (offset > all.length) return null
        const some = all.slice(offset, offset + BATCH)
        const bytes = makeBatch({
          baseOffset: BigInt(offset),
          baseTimestampMs: 0,
          maxTimestampMs: 0,
          records: some.map(({ key, value }, offsetDelta) => ({
            offsetDelta,
            key: key === null ? null : Buffer.from(key),
            value: value === null ? null : Buffer.from(value),
          })),
        })
        const batch = {
          baseOffset: offset,
          lastOffset: offset + some.length - 1,
          control: false,
          aborted: false,
          bytes,
        }
        const batches = some.length === 0 ? [] : [batch]
        return { batches, logStart: 0, logEnd: all.length }
      },
    }
    const admin = {
      logEnds: async (topics: readonly string[]) => {
        if (this.fault !== null) throw this.fault
        await this.pause()
        const ends = new Map<string, Map<number, number | null>>(
          topics.map((topic) => [
            topic,
            topic === this.#events
              ? new Map(this.events)
              : topic === this.#topic
                ? new Map(this.table.map((records, partition) => [partition, records.length]))
                : new Map([[0, this.entries.length]]),
          ]),
        )
        await this.pause()
        return ends
      },
      ranges: async () =>
        new Map(
          this.table.map((records, partition) => [
            partition,
            { start: 0, end: records.length, stableEnd: records.length },
          ]),
        ),
    }
    return { reader, admin }
  }
}
