import { BrokerError, type ErrorName } from '../errors.ts'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../messages/fetch.ts'
import type { PartitionLog } from '../storage/partition-log.ts'
import type { Topics } from '../storage/topics.ts'

/** No response carries more records than this, whatever the client would take. */
const MAX_RESPONSE_BYTES = 55 * 1024 * 1024
const MAX_WAIT_MS = 5 * 60 * 1000
const NO_BYTES = Buffer.alloc(0)

interface Wanted extends FetchPartition {
  readonly topic: string
  readonly log: PartitionLog | null
  error: ErrorName
  records: Buffer
}

/**
 * Answers with whole batches: at once when `minBytes` are there or something is wrong, else when they have come or
 * `maxWaitMs` have passed or the client has gone. The first batch comes however small the limits are.
 */
export async function fetch(topics: Topics, request: FetchRequest, gone: AbortSignal): Promise<FetchResponse> {
  const wanted = request.topics.flatMap((topic) => topic.partitions.map((partition) => want(topics, topic.name, partition)))
  await newsFor(wanted, request, gone)
  await readAll(wanted, Math.min(request.maxBytes, MAX_RESPONSE_BYTES))
  const rest = wanted.values()
  return {
    topics: request.topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(() => shown(rest.next().value!)) })),
  }
}

function want(topics: Topics, topic: string, partition: FetchPartition): Wanted {
  const log = topics.get(topic)?.partitions[partition.index] ?? null
  const isInside = log !== null && partition.offset >= log.startOffset && partition.offset <= log.endOffset
  const error = log === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : isInside ? 'NONE' : 'OFFSET_OUT_OF_RANGE'
  return { ...partition, topic, log, error, records: NO_BYTES }
}

/** Waits until there is something to say. */
function newsFor(wanted: readonly Wanted[], { minBytes, maxWaitMs }: FetchRequest, gone: AbortSignal): Promise<void> {
  const isDue = (): boolean => {
    if (gone.aborted || minBytes <= 0 || wanted.length === 0) return true
    let bytes = 0
    for (const { error, log, offset } of wanted) {
      if (error !== 'NONE') return true
      bytes += log!.bytesFrom(offset)
    }
    return bytes >= minBytes
  }
  if (maxWaitMs <= 0 || isDue()) return Promise.resolve()
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const done = (): void => {
      for (const stop of stops) stop()
      resolve()
    }
    const timer = setTimeout(done, Math.min(maxWaitMs, MAX_WAIT_MS))
    stops.push(() => clearTimeout(timer), () => gone.removeEventListener('abort', done))
    gone.addEventListener('abort', done)
    for (const { log } of wanted) stops.push(log!.onAppend(() => isDue() && done()))
  })
}

/** Reads partition by partition until the budget is used up, beginning somewhere else each time so that none is starved. */
async function readAll(wanted: readonly Wanted[], maxBytes: number): Promise<void> {
  const start = Math.floor(Math.random() * wanted.length)
  let left = maxBytes
  let isEmpty = true
  for (let i = 0; i < wanted.length; i++) {
    const partition = wanted[(start + i) % wanted.length]!
    if (partition.error !== 'NONE') continue
    try {
      const limit = Math.max(0, Math.min(partition.maxBytes, left))
      partition.records = await partition.log!.read(partition.offset, limit, isEmpty)
    } catch (thrown) {
      if (!(thrown instanceof BrokerError)) throw thrown
      partition.error = thrown.kind // retention took the offset away meanwhile
    }
    left -= partition.records.length
    if (partition.records.length > 0) isEmpty = false
  }
}

function shown({ index, error, log, records }: Wanted): FetchedPartition {
  if (log === null) return { index, error, logEnd: -1, logStart: -1, records: NO_BYTES }
  return { index, error, logEnd: log.endOffset, logStart: log.startOffset, records }
}
