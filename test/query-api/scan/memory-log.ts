/** A log in memory for scans: batches as Kafka would hand them out, and the thread that reads them, without a thread. */
import { openBatch } from '../../../log/walk.ts'
import type { LogReader, RawBatch } from '../../../log/log.ts'
import { makeBatch } from '../../log/batches.ts'
import type { LogClients } from '../../../query-api/scan/log-scan.ts'
import { serveScans, type PartSize } from '../../../query-api/scan/serve-scans.ts'
import type { StartThread } from '../../../query-api/scan/thread-client.ts'

export interface LoggedRecord {
  readonly tsMs: number
  readonly value: string
}

interface Logged {
  readonly batches: RawBatch[]
  readonly times: number[]
  start: number
}

export class MemoryLog {
  readonly #partitions: Logged[]
  /** Offsets that were asked for, in order. */
  readonly reads: { partition: number; offset: number }[] = []
  cluster = 'test'
  /** Of every reading from now on. */
  fault: Error | null = null
  /** Until it resolves, nothing is read. */
  gate: Promise<void> = Promise.resolve()
  /** Of each reading, in place of the gate. */
  before: ((offset: number) => Promise<void>) | null = null

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => ({ batches: [], times: [], start: 0 }))
  }

  /** One batch. `control`: a marker, which holds nothing. */
  append(partition: number, records: readonly LoggedRecord[], control = false): void {
    const own = this.#partitions[partition]!
    const base = own.times.length
    const baseTimestamp = records[0]!.tsMs
    const bytes = makeBatch({
      baseOffset: BigInt(base),
      baseTimestampMs: baseTimestamp,
      maxTimestampMs: Math.max(...records.map(({ tsMs }) => tsMs)),
      records: records.map(({ tsMs, value }, at) => ({
        offsetDelta: at,
        timestampDelta: tsMs - baseTimestamp,
        key: null,
        value: Buffer.from(value),
        headers: [],
      })),
    })
    openBatch(bytes)
    own.batches.push({
      baseOffset: base,
      lastOffset: base + records.length - 1,
      bytes,
      control,
      aborted: false,
    })
    own.times.push(...records.map(({ tsMs }) => tsMs))
  }

  /** The records before an offset are gone. */
  trim(partition: number, start: number): void {
    this.#partitions[partition]!.start = start
  }

  /** Compaction takes a batch. */
  drop(partition: number, batch: number): void {
    this.#partitions[partition]!.batches.splice(batch, 1)
  }

  end(partition: number): number {
    return this.#partitions[partition]!.times.length
  }

  get clients(): LogClients {
    const reader: LogReader = {
      read: async (_topic, partition, offset) => {
        await (this.before?.(offset) ?? this.gate)
        if (this.fault !== null) throw this.fault
        this.reads.push({ partition, offset })
        const { batches, start, times } = this.#partitions[partition]!
        if (offset < start || offset > times.length) return null
        const from = batches.findIndex(({ lastOffset }) => lastOffset >= offset)
        return {
          batches: from < 0 ? [] : batches.slice(from, from + 2),
          logStart: start,
          logEnd: times.length,
        }
      },
      close: () => undefined,
    }
    return {
      reader,
      admin: async () => ({
        clusterId: async () => this.cluster,
        ranges: async () =>
          new Map(
            this.#partitions.map(({ start, times }, partition) => [
              partition,
              { start, end: times.length, stableEnd: times.length },
            ]),
          ),
        offsetsAt: async (_topic, timeMs) =>
          new Map(
            this.#partitions.map(({ times, start }, partition) => {
              const at = times.findIndex((tsMs, offset) => offset >= start && tsMs >= timeMs)
              return [partition, at < 0 ? times.length : at]
            }),
          ),
      }),
    }
  }

  /** Messages cross as they would between threads: copied, and in a later turn. */
  thread(mostCells?: number, size?: PartSize): StartThread {
    return ({ heard }) => {
      const take = serveScans(
        { postMessage: (message) => setImmediate(() => heard(structuredClone(message))) },
        this.clients,
        mostCells,
        size,
      )
      return { post: (message) => setImmediate(() => take(structuredClone(message))), close: async () => {} }
    }
  }
}
