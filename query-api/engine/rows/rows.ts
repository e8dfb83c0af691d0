/** The newest rows of the two streams of a source: raw events and dead letters, merged over its partitions. */
import type { Command, Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { readMoment } from '../../../store/mirror/moment.ts'
import { readReject } from '../../../store/layout/rejects.ts'
import { readTailEntry } from '../../../store/layout/tail.ts'
import type { StreamEntry } from '../../../store/read-feed.ts'
import { damageIn, damageOf } from '../../sources/damage.ts'
import type { Observation } from '../../sources/partition-observer.ts'
import { provenanceOf } from '../../sources/provenance.ts'
import type { RowsQuery } from '../../language/rows-query.ts'
import { sourceStateOf, type OpenSource } from '../../sources/sources.ts'
import type { Provenance, RejectRow, RejectsAnswer, TailAnswer, TailRow } from '../../wire.ts'

/** Rows looked through in one partition where a filter passes only some of them. */
const MAX_LOOKED_THROUGH = 1000

/** The newest rows of one stream of every partition, each partition at one moment. One that cannot be read gives none, and the look says why. */
async function readStreams(
  store: Store,
  open: OpenSource,
  stream: 'tail' | 'rejects',
  count: number,
  nowMs: number,
): Promise<{ observations: Observation[]; rows: StreamEntry[][] }> {
  const read = await Promise.all(
    open.partitions.map(
      async ({ keys, observer, mirror }): Promise<{ observation: Observation; rows: StreamEntry[] }> => {
        const before = observer.seen()
        const command: Command = ['XREVRANGE', keys[stream], '+', '-', 'COUNT', count]
        try {
          const {
            position,
            halt,
            fixed: [entries],
          } = await readMoment(store, keys, open.source, [command])
          if (entries instanceof StoreError) {
            const damaged = { key: keys[stream], field: null, why: 'is not a stream' }
            mirror.damages.note(stream, damaged)
            return {
              observation: observer.observe({ position, halt, damage: damageOf(damaged) }, nowMs, before),
              rows: [],
            }
          }
          mirror.damages.forget(stream)
          return {
            observation: observer.observe({ position, halt }, nowMs, before),
            rows: entries as StreamEntry[],
          }
        } catch (error) {
          const damage = damageIn(error, keys.pos)
          if (damage === null) throw error
          return { observation: observer.observe({ position: null, damage }, nowMs, before), rows: [] }
        }
      },
    ),
  )
  return { observations: read.map(({ observation }) => observation), rows: read.map(({ rows }) => rows) }
}

function provenance(
  open: OpenSource,
  observations: readonly Observation[],
  nowMs: number,
): Provenance & { source: string } {
  return { ...provenanceOf(sourceStateOf(open, observations), nowMs), source: open.source.name }
}

/** Newest first, by the log's time; rows of one record stay in order. */
function newestFirst(
  a: { tsMs: number; partition: number; offset: number; index?: number },
  b: typeof a,
): number {
  return (
    b.tsMs - a.tsMs || a.partition - b.partition || b.offset - a.offset || (b.index ?? 0) - (a.index ?? 0)
  )
}

export async function readTail(
  store: Store,
  open: OpenSource,
  query: RowsQuery,
  nowMs: number,
): Promise<TailAnswer> {
  const { observations, rows } = await readStreams(
    store,
    open,
    'tail',
    query.via === null ? query.limit : MAX_LOOKED_THROUGH,
    nowMs,
  )
  const tail = rows.flatMap((partition, at) => partition.map((row) => tailRow(open.source.name, at, row)))
  const passing = query.via === null ? tail : tail.filter(({ via }) => via === query.via)
  return {
    rows: passing.sort(newestFirst).slice(0, query.limit),
    meta: provenance(open, observations, nowMs),
  }
}

export async function readRejects(
  store: Store,
  open: OpenSource,
  query: RowsQuery,
  nowMs: number,
): Promise<RejectsAnswer> {
  const { observations, rows } = await newestRejects(store, open, query.limit, nowMs)
  return { rows, meta: provenance(open, observations, nowMs) }
}

export async function newestRejects(
  store: Store,
  open: OpenSource,
  limit: number,
  nowMs: number,
): Promise<{ observations: Observation[]; rows: RejectRow[] }> {
  const { observations, rows } = await readStreams(store, open, 'rejects', limit, nowMs)
  const rejects = rows.flatMap((partition, at) =>
    partition.map((row) => rejectRow(open.source.name, at, row)),
  )
  return { observations, rows: rejects.sort(newestFirst).slice(0, limit) }
}

function tailRow(source: string, partition: number, entry: StreamEntry): TailRow {
  return { source, partition, ...readTailEntry(entry) }
}

function rejectRow(source: string, partition: number, entry: StreamEntry): RejectRow {
  const { offset, tsMs, reason, detail, key, raw, bytes, events } = readReject(entry)
  return {
    source,
    partition,
    offset,
    tsMs,
    reason,
    detail,
    key: key?.toString() ?? null,
    raw: raw.toString(),
    bytes,
    events: Math.max(1, events),
  }
}
