import { BrokerError, type ErrorName } from '../protocol/errors.ts'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../messages/fetch.ts'
import type { TopicRef } from '../messages/metadata.ts'
import type { Room } from './memory.ts'
import type { PartitionLog } from '../storage/partition-log.ts'
import type { Topics } from '../storage/topics.ts'
import { missingOf, topicOf } from './topic-ref.ts'

/** No response carries more records than this, whatever the client would take. */
const MAX_RESPONSE_BYTES = 55 * 1024 * 1024
const MAX_WAIT_MS = 5 * 60 * 1000
const NO_BYTES = Buffer.alloc(0)

interface Wanted extends FetchPartition {
  readonly log: PartitionLog | null
  /** What to say should the log go away meanwhile. */
  readonly gone: ErrorName
  error: ErrorName
  records: Buffer
}

/**
 * Answers with whole batches: at once when `minBytes` are there or something is wrong, else when they have come or
 * `maxWaitMs` have passed or the client has gone. The first batch comes however small the limits are. A partition that is
 * named more than once is answered once, by what was said of it last.
 */
export async function fetch(
  topics: Topics,
  request: FetchRequest,
  gone: AbortSignal,
  room: Room,
): Promise<FetchResponse> {
  const named = new Map<string, { topic: TopicRef; partitions: Map<number, Wanted> }>()
  for (const { topic, partitions } of request.topics) {
    const key = 'id' in topic ? topic.id : topic.name
    const known = named.get(key) ?? { topic, partitions: new Map<number, Wanted>() }
    for (const partition of partitions) known.partitions.set(partition.index, want(topics, topic, partition))
    named.set(key, known)
  }
  const wanted = [...named.values()].flatMap(({ partitions }) => [...partitions.values()])
  await newsFor(wanted, request, gone)
  const there = wanted.reduce(
    (sum, { error, log, offset }) => sum + (error === 'NONE' ? log!.bytesFrom(offset) : 0),
    0,
  )
  const granted = room.take(Math.max(0, Math.min(request.maxBytes, MAX_RESPONSE_BYTES, there)))
  try {
    await readAll(wanted, granted)
  } finally {
    room.give(granted) // what was read is on its way, and is taken again for as long as that lasts
  }
  return {
    topics: [...named.values()].map(({ topic, partitions }) => ({
      topic,
      partitions: [...partitions.values()].map(shown),
    })),
  }
}

function want(topics: Topics, ref: TopicRef, partition: FetchPartition): Wanted {
  const topic = topicOf(topics, ref)
  const log = topic?.partitions[partition.index] ?? null
  const isInside = log !== null && partition.offset >= log.startOffset && partition.offset <= log.endOffset
  const error = log === null ? missingOf(topic, ref) : isInside ? 'NONE' : 'OFFSET_OUT_OF_RANGE'
  return { ...partition, log, gone: missingOf(undefined, ref), error, records: NO_BYTES }
}

/** Waits until there is something to say. */
function newsFor(
  wanted: readonly Wanted[],
  { minBytes, maxWaitMs }: FetchRequest,
  gone: AbortSignal,
): Promise<void> {
  const sizes = wanted.map(({ error, log, offset }) => (error === 'NONE' ? log!.bytesFrom(offset) : Infinity))
  let bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (maxWaitMs <= 0 || gone.aborted || minBytes <= 0 || wanted.length === 0 || bytes >= minBytes)
    return Promise.resolve()
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const done = (): void => {
      for (const stop of stops) stop()
      resolve()
    }
    const timer = setTimeout(done, Math.min(maxWaitMs, MAX_WAIT_MS))
    stops.push(
      () => clearTimeout(timer),
      () => gone.removeEventListener('abort', done),
    )
    gone.addEventListener('abort', done)
    for (const [i, { log, offset }] of wanted.entries()) {
      stops.push(
        log!.onAppend(() => {
          const size = log!.bytesFrom(offset)
          bytes += size - sizes[i]!
          sizes[i] = size
          if (bytes >= minBytes || log!.isClosed) done()
        }),
      )
    }
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
    if (left <= 0 && !isEmpty) break
    try {
      const limit = Math.max(0, Math.min(partition.maxBytes, left))
      partition.records = await partition.log!.read(partition.offset, limit, isEmpty)
    } catch (thrown) {
      if (!(thrown instanceof BrokerError)) throw thrown
      partition.error = partition.log!.isClosed ? partition.gone : thrown.kind // retention took the offset away meanwhile
    }
    left -= partition.records.length
    if (partition.records.length > 0) isEmpty = false
  }
}

function shown({ index, error, log, records }: Wanted): FetchedPartition {
  if (log === null) return { index, error, logEnd: -1, logStart: -1, records: NO_BYTES }
  return { index, error, logEnd: log.endOffset, logStart: log.startOffset, records }
}
