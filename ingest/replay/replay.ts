import type { ReplayItem } from './source.ts'

/** Most that travels in one request. */
const BATCH_RECORDS = 2_000
const BATCH_CHARS = 512_000
/** Shortest wait between two paced batches, ms: below it, events are sent together. */
const LEAST_WAIT_MS = 20
/** A timer holds 24 days at most; a gap in the data may be longer. */
const MOST_WAIT_MS = 3_600_000

export interface ReplayOptions {
  files: readonly string[]
  /** Event time over wall time: 1 as it happened, 3600 an hour a second; Infinity as fast as the log takes it. */
  speed: number
  /** Records in all. */
  limit: number
  /** False when it was told to stop before the log had the batch. */
  send: (items: readonly ReplayItem[]) => Promise<boolean>
  now: () => number
  sleep: (ms: number) => Promise<void>
  stopped: () => boolean
}

export interface ReplaySummary {
  records: number
  /** Characters of JSON. */
  chars: number
  /** Events that lie before one already sent: rows out of order by more than the window. */
  outOfOrder: number
  firstMs: number | null
  lastMs: number | null
  files: { file: string; records: number }[]
}

/** Sends the items at the asked speed, in order, and answers what was sent. Stops after the batch in hand when told to. */
export async function replay(
  items: AsyncIterable<ReplayItem>,
  options: ReplayOptions,
): Promise<ReplaySummary> {
  const { files, speed, limit, send, now, sleep, stopped } = options
  const summary: ReplaySummary = {
    records: 0,
    chars: 0,
    outOfOrder: 0,
    firstMs: null,
    lastMs: null,
    files: files.map((file) => ({ file, records: 0 })),
  }
  const startedMs = now()
  let originMs: number | undefined
  let batch: ReplayItem[] = []
  let chars = 0

  async function flush(): Promise<void> {
    const going = batch
    batch = []
    chars = 0
    if (going.length > 0 && (await send(going))) for (const item of going) book(item)
  }

  function book({ timeMs, file, value }: ReplayItem): void {
    summary.records++
    summary.chars += value.length
    summary.files[file]!.records++
    if (summary.lastMs !== null && timeMs < summary.lastMs) summary.outOfOrder++
    summary.firstMs = Math.min(summary.firstMs ?? timeMs, timeMs)
    summary.lastMs = Math.max(summary.lastMs ?? timeMs, timeMs)
  }

  let taken = 0
  if (limit > 0)
    for await (const item of items) {
      originMs ??= item.timeMs
      const dueMs = startedMs + (item.timeMs - originMs) / speed
      for (let waitMs = dueMs - now(); waitMs > 0 && !stopped(); waitMs = dueMs - now()) {
        await flush()
        await sleep(Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, waitMs)))
      }
      if (stopped()) break
      batch.push(item)
      chars += item.value.length
      if (batch.length >= BATCH_RECORDS || chars >= BATCH_CHARS) await flush()
      if (++taken >= limit) break
    }
  await flush()
  return summary
}
