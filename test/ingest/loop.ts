/** What the worker's tests share: records made by hand, fetches of them, and a count of what the store holds. */
import { randomUUID } from 'node:crypto'
import type { PartitionOptions } from '../../ingest/partition-options.ts'
import { PartitionWorker } from '../../ingest/partition.ts'
import type { Fetched, RawBatch } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { cellLayout } from '../../model/measures/index.ts'
import { unpackCell } from '../../model/pack.ts'
import { shipped } from '../../model/shipped.ts'
import { definitionHash } from '../../store/calls/catalog.ts'
import type { Store } from '../../store/connection/connection.ts'
import { partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { makeBatch } from '../log/batches.ts'

export const clicks: Source = readDefinition(shipped)[0]!
export const START_MS = 1_777_636_800_000

export interface Harness {
  worker: PartitionWorker
  keys: PartitionKeys
  source: Source
  def: string
  seen: { seeks: number[]; pauses: number; resumes: number; log: string[]; applied: number }
}

/** A worker of a source of its own over a log that the test pushes; `running` gets it, to be stopped. */
export function openHarness(
  store: Store,
  running: PartitionWorker[],
  changes: Partial<PartitionOptions> = {},
): Harness {
  const source = changes.source ?? { ...clicks, name: `t${randomUUID().replaceAll('-', '')}` }
  const keys = changes.keys ?? partitionKeys(source.name, 0, 1)
  const seen = { seeks: [] as number[], pauses: 0, resumes: 0, log: [] as string[], applied: 0 }
  const def = definitionHash(source)
  const worker = new PartitionWorker({
    store,
    source,
    partition: 0,
    keys,
    def,
    feedBytes: () => 2 ** 20,
    clusterId: 'c',
    compacted: false,
    logStart: async () => 0,
    committed: async () => null,
    mayBegin: async () => true,
    recordAt: async () => 'gone',
    seek: (offset) => seen.seeks.push(offset),
    pause: () => seen.pauses++,
    resume: () => seen.resumes++,
    confirmOwner: async () => {},
    nowMs: () => Date.now(),
    log: (line) => seen.log.push(line),
    applied: () => seen.applied++,
    ...changes,
  })
  running.push(worker)
  return { worker, keys, source, def, seen }
}

/** One batch with the records `[from, to)`, one click each, a millisecond apart. */
export function recordsOf(
  from: number,
  to: number,
  { malformedEvery = 0, padding = 0, afterMs = 0 } = {},
): RawBatch[] {
  const records = Array.from({ length: to - from }, (_, at) => {
    const offset = from + at
    const event = {
      ts: START_MS + afterMs + offset,
      type: 'page_view',
      path: `/${offset % 20}`,
      visitor: `v${offset % 7}`,
      country: 'DE',
      pad: 'x'.repeat(padding),
    }
    const bad = malformedEvery > 0 && offset % malformedEvery === 0
    return { offsetDelta: at, key: null, value: Buffer.from(bad ? '{"' : JSON.stringify(event)) }
  })
  const bytes = makeBatch({
    baseOffset: BigInt(from),
    records,
    baseTimestampMs: START_MS + afterMs + to,
    maxTimestampMs: START_MS + afterMs + to,
  })
  return [{ baseOffset: from, lastOffset: to - 1, bytes, control: false, aborted: false }]
}

/** Memory that is used again as soon as the worker says that it may be: other bytes are in it then. */
export function lent(batch: RawBatch): RawBatch {
  const bytes = Buffer.from(batch.bytes)
  let isDone = false
  const done = (): void => {
    if (isDone) throw new Error(`the batch at offset ${batch.baseOffset} is given back twice`)
    isDone = true
    bytes.fill(0xaa)
  }
  return { ...batch, bytes, lease: { done } }
}

export function fetchOf(batches: RawBatch[]): Fetched {
  return {
    topic: 'clicks',
    partition: 0,
    batches: batches.map(lent),
    logStart: 0,
    logEnd: (batches.at(-1)?.lastOffset ?? -1) + 1,
    fetchedAtMs: Date.now(),
  }
}

/** Events counted in the coarsest interval of the total: a sum over everything the store holds. */
export async function countedIn(h: Harness, store: Store): Promise<{ counted: number }> {
  const [keys] = (await store.pipeline([['KEYS', h.keys.of(`c:all:1h:*`)]])) as [Buffer[]]
  let counted = 0
  for (const key of keys) {
    const [flat] = (await store.pipeline([['HGETALL', key.toString()]])) as [Buffer[]]
    for (let at = 1; at < flat.length; at += 2)
      counted += Number(unpackCell(flat[at]!, cellLayout(h.source, 'all'))[0])
  }
  return { counted }
}
