/** The newest rows of the two streams of a source: raw events and dead letters, merged over its partitions. */
import type { Command, Store } from '../store/connection.ts'
import { parsePosition, type Position } from '../store/open.ts'
import { readStreamEntry, type StreamEntry } from '../store/read-feed.ts'
import { provenanceOf } from './provenance.ts'
import type { RowsQuery } from './query.ts'
import { standingOf, type OpenSource } from './sources.ts'
import type { Provenance, RejectRow, RejectsAnswer, TailAnswer, TailRow } from './wire.ts'

/** Rows looked through in one partition where a filter passes only some of them. */
const MAX_LOOKED_THROUGH = 1000

/** Stream ids begin with offset + 1, because 0-0 is no id. */
interface Row {
  id: [number, number]
  fields: Map<string, Buffer>
}

/** `pos` and the newest rows of one stream of every partition, each partition at one moment. */
async function readStreams(store: Store, open: OpenSource, stream: 'tail' | 'rejects', count: number): Promise<{ positions: (Position | null)[]; rows: Row[][] }> {
  const read = await Promise.all(
    open.partitions.map(async ({ keys }) => {
      const commands: Command[] = [['HGETALL', keys.pos], ['XREVRANGE', keys[stream], '+', '-', 'COUNT', count]]
      const [pos, entries] = await store.transaction(commands)
      return { position: parsePosition(pos as Buffer[], open.source, keys.pos), rows: (entries as StreamEntry[]).map(readStreamEntry) }
    }),
  )
  return { positions: read.map(({ position }) => position), rows: read.map(({ rows }) => rows) }
}

function provenance(open: OpenSource, positions: (Position | null)[], nowMs: number): Provenance & { source: string } {
  return { ...provenanceOf(standingOf(open, positions), nowMs), source: open.source.name }
}

/** Newest first, by the log's time; rows of one record stay in order. */
function newestFirst(a: { tsMs: number; partition: number; offset: number; index?: number }, b: typeof a): number {
  return b.tsMs - a.tsMs || a.partition - b.partition || b.offset - a.offset || (b.index ?? 0) - (a.index ?? 0)
}

export async function readTail(store: Store, open: OpenSource, query: RowsQuery, nowMs: number): Promise<TailAnswer> {
  const { positions, rows } = await readStreams(store, open, 'tail', query.via === null ? query.limit : MAX_LOOKED_THROUGH)
  const tail = rows.flatMap((partition, at) => partition.map((row) => tailRow(open.source.name, at, row)))
  const passing = query.via === null ? tail : tail.filter(({ via }) => via === query.via)
  return { rows: passing.sort(newestFirst).slice(0, query.limit), meta: provenance(open, positions, nowMs) }
}

export async function readRejects(store: Store, open: OpenSource, query: RowsQuery, nowMs: number): Promise<RejectsAnswer> {
  const { positions, rows } = await readStreams(store, open, 'rejects', query.limit)
  const rejects = rows.flatMap((partition, at) => partition.map((row) => rejectRow(open.source.name, at, row)))
  return { rows: rejects.sort(newestFirst).slice(0, query.limit), meta: provenance(open, positions, nowMs) }
}

function tailRow(source: string, partition: number, { id, fields }: Row): TailRow {
  return {
    source, partition, offset: id[0] - 1, index: id[1],
    tsMs: number(fields, 'ts'), atMs: number(fields, 'at'), via: text(fields, 'via'), raw: text(fields, 'raw') ?? '',
  }
}

function rejectRow(source: string, partition: number, { id, fields }: Row): RejectRow {
  return {
    source, partition, offset: id[0] - 1,
    tsMs: number(fields, 'ts'), reason: text(fields, 'reason') ?? '', detail: text(fields, 'detail') ?? '',
    key: text(fields, 'key'), raw: text(fields, 'raw') ?? '', bytes: number(fields, 'bytes'), events: Math.max(1, number(fields, 'events')),
  }
}

function text(fields: Map<string, Buffer>, name: string): string | null {
  return fields.get(name)?.toString() ?? null
}

function number(fields: Map<string, Buffer>, name: string): number {
  const value = Number(text(fields, name) ?? 0)
  return Number.isFinite(value) ? value : 0
}
