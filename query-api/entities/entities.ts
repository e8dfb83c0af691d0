/** `/v1/entities`: who is online, when each was last seen, and its latest values, merged over the partitions. */
import type { Entity } from '../../model/definition.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { lastField } from '../../store/layout/last.ts'
import { readMoment } from '../../store/mirror/moment.ts'
import { damageIn, damageOf } from '../sources/damage.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { comparatorOf, readPage, type Found, type PageQuery } from './entity-pages.ts'
import { LastKeys, readLast } from './last-values.ts'
import type { Observation } from '../sources/partition-observer.ts'
import { noSuch } from '../problem.ts'
import { provenanceOf } from '../sources/provenance.ts'
import type { EntitiesQuery } from '../language/rows-query.ts'
import { sourceStateOf, type OpenPartition, type OpenSource } from '../sources/sources.ts'
import { observationsOf } from '../engine/rows/one-snapshot.ts'
import type { EntitiesAnswer, EntityRow } from '../wire.ts'

/** One look at a partition: where it stands, how many it has, and what it has of the entities asked for. */
interface Seen {
  readonly observation: Observation
  readonly total: number
  readonly online: number
  readonly ahead: number
  /** Of every entity asked for; null = not here. */
  readonly seenMs: readonly (number | null)[]
  readonly last: ReadonlyMap<string, EntityRow['last']>
}

export class Entities {
  readonly #store: Store
  readonly #now: () => number
  readonly #lastKeys = new WeakMap<OpenPartition, LastKeys>()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Throws ProblemError or StoreError. */
  async read(open: OpenSource, query: EntitiesQuery): Promise<EntitiesAnswer> {
    const { entity } = open.source
    if (entity === null)
      throw noSuch(
        'source',
        `${open.source.name} has no entities; "entity:" in its definition says what they are`,
      )
    const from = readCursor(query)
    const { asOfMs } = provenanceOf(sourceStateOf(open, await observationsOf(open, this.#now)), this.#now())
    const afterMs = asOfMs === null ? null : asOfMs - entity.onlineMs
    const aheadMs = asOfMs === null ? null : asOfMs + open.source.futureMs
    const page: PageQuery = {
      sort: query.sort,
      order: query.order,
      from,
      count: query.limit + 1,
      afterMs:
        query.status === 'online'
          ? (afterMs ?? Number.MAX_SAFE_INTEGER)
          : query.status === 'ahead'
            ? (aheadMs ?? Number.MAX_SAFE_INTEGER)
            : null,
      untilMs: query.status === 'quiet' ? afterMs : query.status === 'online' ? aheadMs : null,
    }
    const found = await Promise.all(open.partitions.map((one) => this.#page(one, page)))
    const merged = withoutTwins(
      found.flatMap((rows, partition) => rows.map((row) => ({ ...row, partition }))).sort(comparatorOf(page)),
    )
    const onPage = merged.slice(0, query.limit)
    const observations = await Promise.all(
      open.partitions.map((partition, at) =>
        this.#look(open, partition, entity, [afterMs, aheadMs], onPage, at),
      ),
    )
    return answerOf(open, query, entity, {
      afterMs,
      aheadMs,
      onPage,
      hasMore: merged.length > query.limit,
      observations,
      nowMs: this.#now(),
    })
  }

  /** One moment of one partition. Whoever moved since the page was read is told as it stands now. */
  async #look(
    open: OpenSource,
    partition: OpenPartition,
    entity: Entity,
    [afterMs, aheadMs]: readonly (number | null)[],
    onPage: readonly (Found & { partition: number })[],
    at: number,
  ): Promise<Seen> {
    const { keys, observer, mirror } = partition
    const own = onPage.filter((row) => row.partition === at)
    const by =
      entity.last === null || own.length === 0
        ? []
        : await this.#keysOf(partition).values().catch(noneOf(keys.last))
    const fields = own.flatMap((row) => by.map((value) => lastField(row.entity, value)))
    const above = (ms: number | null | undefined): Command => [
      'ZCOUNT',
      keys.seen,
      ms == null ? '+inf' : `(${ms}`,
      '+inf',
    ]
    const commands: Command[] = [['HLEN', keys.last], ['ZCARD', keys.seen], above(afterMs), above(aheadMs)]
    if (onPage.length > 0) commands.push(['ZMSCORE', keys.seen, ...onPage.map((row) => row.entity)])
    if (fields.length > 0) commands.push(['HMGET', keys.last, ...fields])
    const nobody: Omit<Seen, 'observation'> = {
      total: 0,
      online: 0,
      ahead: 0,
      seenMs: onPage.map(() => null),
      last: new Map(),
    }
    const before = observer.seen()
    const moment = await readMoment(this.#store, keys, open.source, commands).catch((error: unknown) => {
      const damage = damageIn(error, keys.pos)
      if (damage === null) throw error
      return damage
    })
    if ('key' in moment)
      return {
        observation: observer.observe({ position: null, damage: moment }, this.#now(), before),
        ...nobody,
      }
    const { position, halt, fixed } = moment
    const wrong = fixed.findIndex((reply) => reply instanceof StoreError)
    mirror.damages.forget('entities')
    if (wrong >= 0) {
      const damaged = {
        key: String(commands[wrong]![1]),
        field: null,
        why: 'holds something else than entities',
      }
      mirror.damages.note('entities', damaged)
      return {
        observation: observer.observe({ position, halt, damage: damageOf(damaged) }, this.#now(), before),
        ...nobody,
      }
    }
    const [, total, notQuiet, ahead, scores = [], values = []] = fixed as [
      number,
      number,
      number,
      number,
      (Buffer | null)[]?,
      (Buffer | null)[]?,
    ]
    const of = entity.last?.of ?? []
    return {
      observation: observer.observe({ position, halt }, this.#now(), before),
      total,
      online: notQuiet - ahead,
      ahead,
      seenMs: scores.map((score) => (score === null ? null : Number(score.toString()))),
      last: new Map(
        own.map((row, n) => [
          row.entity,
          by.flatMap((value, m) => readLast(value, of, values[n * by.length + m] ?? null) ?? []),
        ]),
      ),
    }
  }

  /** A partition whose entities cannot be read has none on the page; the look at it says why. */
  #page({ keys }: OpenPartition, page: PageQuery): Promise<Found[]> {
    return readPage(this.#store, keys, page).catch(noneOf(keys.seen))
  }

  #keysOf(partition: OpenPartition): LastKeys {
    let known = this.#lastKeys.get(partition)
    if (known === undefined)
      this.#lastKeys.set(partition, (known = new LastKeys(this.#store, partition.keys, this.#now)))
    return known
  }
}

/** Of a key that cannot be read there is nothing; other failures stay failures. */
function noneOf(key: string): (error: unknown) => never[] {
  return (error) => {
    if (damageIn(error, key) === null) throw error
    return []
  }
}

interface Read {
  readonly afterMs: number | null
  readonly aheadMs: number | null
  readonly onPage: readonly (Found & { partition: number })[]
  readonly hasMore: boolean
  readonly observations: readonly Seen[]
  readonly nowMs: number
}

function answerOf(
  open: OpenSource,
  query: EntitiesQuery,
  entity: Entity,
  { afterMs, aheadMs, onPage, hasMore, observations, nowMs }: Read,
): EntitiesAnswer {
  const total = observations.reduce((sum, observation) => sum + observation.total, 0)
  const online = observations.reduce((sum, observation) => sum + observation.online, 0)
  const ahead = observations.reduce((sum, observation) => sum + observation.ahead, 0)
  const rows = onPage.flatMap((row, at): EntityRow[] => {
    const seen = observations.map((observation) => observation.seenMs[at] ?? null)
    const seenMs = seen[row.partition] ?? null
    if (seenMs === null || !isHome(seen, row.partition)) return []
    const skewMs = aheadMs !== null && seenMs > aheadMs ? seenMs - aheadMs + open.source.futureMs : 0
    const status = skewMs > 0 ? 'ahead' : afterMs !== null && seenMs > afterMs ? 'online' : 'quiet'
    if (query.status !== null && query.status !== status) return []
    return [
      {
        entity: row.entity,
        seenMs,
        skewMs,
        status,
        last: observations[row.partition]!.last.get(row.entity) ?? [],
      },
    ]
  })
  return {
    counts: { online, quiet: total - online - ahead, ahead, total },
    rows: rows.sort(comparatorOf(query)),
    next: hasMore ? writeCursor(query, onPage.at(-1)!) : null,
    meta: {
      ...provenanceOf(
        sourceStateOf(
          open,
          observations.map(({ observation }) => observation),
        ),
        nowMs,
      ),
      source: open.source.name,
      onlineAfterMs: afterMs,
      aheadAfterMs: aheadMs,
      onlineMs: entity.onlineMs,
      by: entity.last?.by ?? null,
      of: [...(entity.last?.of ?? [])],
    },
  }
}

/** Of rows in order that name one entity and lie side by side, the one seen last: a page must not end between them. */
function withoutTwins<R extends Found>(rows: readonly R[]): R[] {
  const kept: R[] = []
  for (const row of rows) {
    const before = kept.at(-1)
    if (before?.entity !== row.entity) kept.push(row)
    else if (row.seenMs > before.seenMs) kept[kept.length - 1] = row
  }
  return kept
}

/** Producers that key records by something else spread an entity over partitions: it is told once, where it was seen last. */
function isHome(seen: readonly (number | null)[], partition: number): boolean {
  const own = seen[partition]!
  return seen.every((other, at) => other === null || other < own || (other === own && at >= partition))
}
