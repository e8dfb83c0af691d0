/** One scan, in the thread: where each partition is to be read from, and how far it is. */
import { MAX_TIMESTAMP_AT } from '../../log/batch.ts'
import { readInt64 } from '../../log/int64.ts'
import type { LogAdmin, LogReader, ReadSpan } from '../../log/log.ts'
import type { Advance, Advanced, Begin, Part, PartitionTask, Sized } from './messages.ts'
import type { PartPace } from './part-pace.ts'
import { PartitionScan } from './partition-scan.ts'
import { needsAll, readsInOrder, type ScanQuestion } from './question.ts'
import { MissingRecords, readRecords, type Skips } from './read-records.ts'
import { scanTables, type ScanTables } from './scan-tables.ts'
import { newestFirst, Reached } from './stretches.ts'
import { BLOCK_OFFSETS, ZoneLearner, type ZoneMap, type ZoneMaps } from './zone-map.ts'

/** The log no longer holds the next offset, though it did a moment ago. */
export class LogMoved extends Error {}
/** More groups than one scan may hold. */
export class TooManyCells extends Error {}
export class ScanEnded extends Error {}

/** What is said while it reads. */
export interface Told {
  readonly progress: (records: number) => void
  readonly part: (part: Omit<Part, 'is' | 'scan'>) => void
  readonly pace: PartPace
}

export interface LogClients {
  readonly reader: LogReader
  readonly admin: () => Promise<Pick<LogAdmin, 'ranges' | 'offsetsAt' | 'clusterId'>>
}

/** Offsets between two words of progress. */
const PROGRESS_OFFSETS = 20_000

/** Read in one go, newest first: a multiple of the blocks that are remembered. */
export const STRETCH_OFFSETS = 4 * BLOCK_OFFSETS

/** In a row, of offsets that were counted: whatever answers holds another log. */
const EMPTY_SPANS = 100

interface Reading {
  readonly scan: PartitionScan
  readonly zone: ZoneMap
  readonly learner: ZoneLearner
  next: number
  /** Offsets that were passed. */
  records: number
  readonly reached: Reached
  /** One at a time. */
  turn: Promise<unknown>
}

export class LogScan {
  readonly #question: ScanQuestion
  readonly #clients: LogClients
  readonly #zones: ZoneMaps
  readonly #mostCells: number
  readonly #told: Told
  readonly #stretchOffsets: number
  readonly #tables: ScanTables | null
  readonly #readings = new Map<number, Reading>()
  #fromMs: number
  #ended = false

  constructor(
    question: ScanQuestion,
    clients: LogClients,
    zones: ZoneMaps,
    mostCells: number,
    told: Told,
    stretchOffsets = STRETCH_OFFSETS,
  ) {
    this.#question = question
    this.#clients = clients
    this.#tables = scanTables(question.source, clients)
    this.#zones = zones
    this.#mostCells = mostCells
    this.#told = told
    this.#stretchOffsets = stretchOffsets
    this.#fromMs = question.fromMs
  }

  /** Finds out what is to be read. Throws LogError. */
  async begin({ partitions, cluster }: Begin): Promise<Sized> {
    const { source, fromMs, toMs } = this.#question
    const admin = await this.#clients.admin()
    const found = await admin.clusterId()
    // Another log is not the one that was counted (L7).
    if (cluster !== '' && found !== cluster)
      throw new MissingRecords(`Kafka here is cluster ${found}, and cluster ${cluster} was counted`)
    const ranges = await admin.ranges(source.topic)
    const all = needsAll(this.#question)
    // No event is later than its record by more than `future`: before this record there is none of the range.
    const earliest = all ? null : await admin.offsetsAt(source.topic, Math.max(0, fromMs - source.futureMs))
    const lost: [number, number | null][] = []
    let records = 0
    for (const task of partitions) {
      const start = ranges.get(task.partition)?.start ?? task.next
      if (start > task.first) lost.push([task.partition, await this.#firstTime(task, start)])
      const next = Math.max(task.first, start, earliest?.get(task.partition) ?? 0)
      const zone = this.#zones.of(task.zone)
      const learner = new ZoneLearner(zone)
      learner.seek(next)
      const scan = new PartitionScan(this.#question, next, this.#tables?.of(task.partition))
      this.#readings.set(task.partition, {
        scan,
        zone,
        learner,
        next,
        records: 0,
        reached: new Reached(),
        turn: Promise.resolve(),
      })
      records += all ? Math.max(0, task.next - next) : zone.sizeOf(next, task.next, fromMs, toMs ?? Infinity)
    }
    return { is: 'sized', records, lost }
  }

  /** Reads on. Throws LogError, MissingRecords, LogMoved, TooManyCells, ScanEnded. */
  advance(order: Advance): Promise<Advanced> {
    const reading = this.#readings.get(order.partition)
    if (reading === undefined) return Promise.reject(new ScanEnded('there is no such partition'))
    const advanced = reading.turn.then(() => this.#advance(reading, order))
    reading.turn = advanced.catch(() => undefined)
    return advanced
  }

  end(): void {
    this.#ended = true
    this.#readings.clear()
  }

  async #advance(reading: Reading, { partition, until, fromMs, skips }: Advance): Promise<Advanced> {
    if (fromMs > this.#fromMs) {
      this.#fromMs = fromMs
      for (const { scan } of this.#readings.values()) scan.trim(fromMs)
    }
    // What was counted up to here was joined with nothing that is written later.
    await this.#tables?.catchUp()
    await this.#read(reading, partition, until, skips)
    reading.scan.settle()
    this.#bound()
    const { scan, next } = reading
    return { is: 'advanced', next: Math.max(next, until), changes: scan.takeChanges(), cells: scan.cells }
  }

  /** Newest first, because that is what a reader looks at while it is read; in order only where a verdict may hang on what came before. */
  async #read(reading: Reading, partition: number, until: number, skips: Skips): Promise<void> {
    const stretches = readsInOrder(this.#question)
      ? [{ from: reading.next, until }]
      : newestFirst(reading.next, until, this.#stretchOffsets)
    for (const stretch of stretches) {
      if (stretch.from !== reading.next) reading.learner.seek(stretch.from)
      reading.next = stretch.from
      reading.reached.begin()
      await this.#readStretch(reading, partition, stretch.until, skips)
      reading.learner.settle(stretch.until)
      reading.reached.end()
      if (stretches.length > 1) this.#offerPart(reading, partition)
    }
    reading.next = Math.max(reading.next, until)
  }

  async #readStretch(reading: Reading, partition: number, until: number, skips: Skips): Promise<void> {
    const { topic } = this.#question.source
    const fetch = (offset: number): Promise<ReadSpan | null> | null =>
      offset < until ? this.#clients.reader.read(topic, partition, offset) : null
    this.#passOver(reading, until)
    let ahead = fetch(reading.next)
    for (let empty = 0; ahead !== null; ) {
      const span = await ahead
      empty = span?.batches.length === 0 ? empty + 1 : 0
      if (this.#ended) throw new ScanEnded('nobody asks any more')
      if (span === null || span.logStart > reading.next || empty > EMPTY_SPANS)
        throw new LogMoved(`the log no longer holds offset ${reading.next} of ${topic}/${partition}`)
      // The next bytes are on their way while these are decoded; where they turn out not to be wanted they are read in vain.
      const behind = (span.batches.at(-1)?.lastOffset ?? reading.next - 1) + 1
      ahead = fetch(Math.max(behind, reading.next))
      ahead?.catch(() => undefined)
      this.#take(reading, partition, span, until, skips)
      const next = this.#passOver(reading, until)
      if (next !== behind) ahead = fetch(next)
    }
  }

  #take(reading: Reading, partition: number, { batches }: ReadSpan, until: number, skips: Skips): void {
    const { scan, learner, reached } = reading
    let told = reading.next
    reading.next = readRecords(batches, reading.next, until, skips, {
      take: (record, tsMs) => {
        const { minMs, maxMs } = scan.take(record, tsMs)
        learner.read(record.offset, minMs, maxMs)
        reached.read(maxMs)
        if (record.offset - told < PROGRESS_OFFSETS) return
        this.#passed(reading, record.offset - told)
        told = record.offset
        this.#bound()
        this.#offerPart(reading, partition)
      },
      passed: (next) => learner.read(next - 1, Infinity, -Infinity),
    })
    this.#passed(reading, reading.next - told)
  }

  #passed(reading: Reading, records: number): void {
    reading.records += records
    this.#told.progress(records)
  }

  /** What is read so far, where somebody wants it and has had time for the part before. */
  #offerPart({ scan, reached, records }: Reading, partition: number): void {
    const reachedMs = readsInOrder(this.#question) ? null : reached.ms
    if (reachedMs === Infinity) return
    this.#told.pace.offer(partition, () => {
      scan.settle()
      this.#told.part({ partition, changes: scan.takeChanges(), records, reachedMs })
    })
  }

  /** Past blocks that hold nothing of the range; answers where reading goes on. */
  #passOver(reading: Reading, until: number): number {
    if (needsAll(this.#question)) return reading.next
    const next = reading.zone.skipTo(reading.next, until, this.#fromMs, this.#question.toMs ?? Infinity)
    if (next !== reading.next) reading.learner.seek(next)
    return (reading.next = next)
  }

  #bound(): void {
    let cells = 0
    for (const { scan } of this.#readings.values()) cells += scan.cells
    if (cells > this.#mostCells) throw new TooManyCells(`more than ${this.#mostCells} groups`)
  }

  /** When the first record came that the log holds, ms; null where it holds none. */
  async #firstTime({ partition, next }: PartitionTask, start: number): Promise<number | null> {
    if (start >= next) return null
    const span = await this.#clients.reader.read(this.#question.source.topic, partition, start)
    const batch = span?.batches[0]
    return batch === undefined ? null : readInt64(batch.bytes, MAX_TIMESTAMP_AT)
  }
}
