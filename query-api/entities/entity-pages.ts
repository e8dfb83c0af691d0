/** Which entities of one partition come next, by the sorted set `seen`: member = entity, score = time of its latest event, ms. */
import type { Command, Store } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import type { PageEnd } from './cursor.ts'
import { ProblemError } from '../problem.ts'

export interface Found {
  readonly entity: string
  readonly seenMs: number
}

export interface PageQuery {
  readonly sort: 'seen' | 'name'
  readonly order: 'asc' | 'desc'
  /** Exclusive lower and inclusive upper bound of `seenMs`; null = none. */
  readonly afterMs: number | null
  readonly untilMs: number | null
  readonly from: PageEnd | null
  readonly count: number
}

/** Read at once beyond what a page takes, because some may lie before its beginning. */
const SPARE_ROWS = 50
/** To sort by name, all names are read. */
const MAX_SORTED_BY_NAME = 100_000

/** As the store orders: by time, then by the bytes of the name; or by name alone. */
export function comparatorOf({
  sort,
  order,
}: Pick<PageQuery, 'sort' | 'order'>): (a: Found, b: Found) => number {
  const sign = order === 'asc' ? 1 : -1
  const byName = (a: Found, b: Found): number =>
    a.entity === b.entity ? 0 : Buffer.compare(Buffer.from(a.entity), Buffer.from(b.entity))
  return (a, b) => sign * (sort === 'seen' && a.seenMs !== b.seenMs ? a.seenMs - b.seenMs : byName(a, b))
}

/** Up to `count` entities past `from`, in order. Throws too_many_cells where names are too many to be sorted. */
export function readPage(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  query: PageQuery,
): Promise<Found[]> {
  return query.sort === 'seen' ? pageBySeen(store, keys, query) : pageByName(store, keys, query)
}

async function pageBySeen(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  query: PageQuery,
): Promise<Found[]> {
  const { order, from, count } = query
  const past = comparatorOf(query)
  const low =
    order === 'asc' && from !== null
      ? String(from.seenMs)
      : query.afterMs === null
        ? '-inf'
        : `(${query.afterMs}`
  const high =
    order === 'desc' && from !== null
      ? String(from.seenMs)
      : query.untilMs === null
        ? '+inf'
        : String(query.untilMs)
  const range = order === 'asc' ? [low, high, 'BYSCORE'] : [high, low, 'BYSCORE', 'REV']
  const rows: Found[] = []
  const atOnce = count + SPARE_ROWS
  // Entities of the same millisecond as the end of the last page come again, and are passed over.
  for (let offset = 0; ; offset += atOnce) {
    const [reply] = await store.pipeline([
      ['ZRANGE', keys.seen, ...range, 'LIMIT', offset, atOnce, 'WITHSCORES'],
    ])
    const found = readScores(reply)
    for (const one of found) if (from === null || past(one, from) > 0) rows.push(one)
    if (found.length < atOnce || rows.length >= count) return rows.slice(0, count)
  }
}

async function pageByName(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  query: PageQuery,
): Promise<Found[]> {
  const all: Command = ['ZRANGE', keys.seen, 0, MAX_SORTED_BY_NAME, 'WITHSCORES']
  const [reply] = await store.pipeline([all])
  const found = readScores(reply)
  if (found.length > MAX_SORTED_BY_NAME) {
    const detail = `more than ${MAX_SORTED_BY_NAME} entities are too many to be sorted by name; sort=seen has no limit`
    throw new ProblemError('too_many_cells', detail, [{ pointer: '/sort', detail }])
  }
  const compare = comparatorOf(query)
  const { afterMs, untilMs, from, count } = query
  return found
    .filter(
      (one) =>
        (afterMs === null || one.seenMs > afterMs) &&
        (untilMs === null || one.seenMs <= untilMs) &&
        (from === null || compare(one, from) > 0),
    )
    .sort(compare)
    .slice(0, count)
}

function readScores(reply: unknown): Found[] {
  const flat = reply as readonly Buffer[]
  return Array.from({ length: flat.length / 2 }, (_, at) => ({
    entity: flat[at * 2]!.toString(),
    seenMs: Number(flat[at * 2 + 1]!.toString()),
  }))
}
