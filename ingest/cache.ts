/**
 * What the worker remembers of a partition's keys: a write-through cache, so that a fold reads the store only for what it never touched.
 * Whatever goes wrong drops the whole of it. Reads travel on the connection of the writes, behind the calls in flight.
 */
import { blockOf, chunkSuffix, DAY_MS, groupOf, namesSuffix, windowsIn } from '../model/chunk.ts'
import type { Source } from '../model/definition.ts'
import type { Delta, LastValue } from '../model/delta.ts'
import type { Cell } from '../model/measures.ts'
import { rowLayout, type RowLayout } from '../model/measures/index.ts'
import { Names } from '../model/names.ts'
import { unpackCell } from '../model/pack.ts'
import { rankingsOf } from '../model/ranking.ts'
import type { Command, Store } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import { placesFrom, type Places } from './places.ts'
import { membersOf, type Members } from './rankings.ts'

/** A chunk of cells by slot; `stored` tells whether the store has the key already. */
export interface Chunk {
  readonly cells: Map<number, Cell>
  stored: boolean
}

/** The names of one breakdown and day; `members` is null where nothing ranks the breakdown. */
export interface HeldNames {
  readonly names: Names
  readonly members: Members | null
  stored: boolean
}

const MOST_CHUNKS = 6000
const MOST_ENTITIES = 50_000
const MOST_RANKED = 50_000

export class Cache {
  readonly chunks = new Map<string, Chunk>()
  readonly names = new Map<string, HeldNames>()
  #namesByDay: Map<number, Names>[] = []
  /** Suffixes of rankings that are in `due` already, some of them. */
  readonly ranked = new Set<string>()
  readonly rankings: ReturnType<typeof rankingsOf>
  readonly seen = new Map<string, number>()
  readonly last = new Map<string, LastValue | null>()
  /** Null until it was read; and where the source has no entities. */
  places: Places | null = null
  readonly #store: Store
  readonly #keys: PartitionKeys
  readonly #source: Source
  readonly #row: RowLayout
  readonly #rankedBreakdowns: ReadonlySet<string>

  constructor(store: Store, keys: PartitionKeys, source: Source) {
    this.#store = store
    this.#keys = keys
    this.#source = source
    this.#row = rowLayout(source.metrics)
    this.rankings = rankingsOf(source)
    this.#rankedBreakdowns = new Set(source.metrics.flatMap(({ rank = [] }) => rank))
  }

  /** Loads the names of these days for every breakdown; days after the newest event have none yet. */
  async loadNames(days: Iterable<number>, newestMs: number | null): Promise<void> {
    const missing: { suffix: string; breakdown: string }[] = []
    for (const day of days)
      for (const breakdown of this.#source.breakdowns.slice(1)) {
        const suffix = namesSuffix(breakdown.name, day)
        if (this.names.has(suffix)) continue
        if (newestMs !== null && day * DAY_MS > newestMs) this.#holdNames(suffix, breakdown.name, [])
        else missing.push({ suffix, breakdown: breakdown.name })
      }
    if (missing.length === 0) return
    const replies = (await this.#store.pipeline(
      missing.map(({ suffix }): Command => ['HGETALL', this.#keys.of(suffix)]),
    )) as Buffer[][]
    for (const [at, { suffix, breakdown }] of missing.entries()) {
      const flat = replies[at]!
      const pairs: [string, number][] = []
      for (let i = 0; i < flat.length; i += 2)
        pairs.push([flat[i]!.toString(), Number(flat[i + 1]!.toString())])
      this.#holdNames(suffix, breakdown, pairs)
    }
  }

  #holdNames(suffix: string, breakdown: string, pairs: readonly [string, number][]): void {
    this.names.set(suffix, {
      names: new Names(pairs),
      members: this.#rankedBreakdowns.has(breakdown) ? membersOf(pairs) : null,
      stored: pairs.length > 0,
    })
  }

  /** Names that are loaded; asked for once an event and breakdown, so no suffix is spelled for it. */
  namesOf(breakdown: number, day: number): Names {
    const byDay = (this.#namesByDay[breakdown] ??= new Map<number, Names>())
    let names = byDay.get(day)
    if (!names)
      byDay.set(
        day,
        (names = this.names.get(namesSuffix(this.#source.breakdowns[breakdown]!.name, day))!.names),
      )
    return names
  }

  /** Loads every chunk, presence and latest value that a delta touches and the cache lacks. */
  async loadFor(delta: Delta, extra: readonly Command[]): Promise<unknown[]> {
    const chunks = this.#chunksToRead(delta)
    const seen = [...delta.seen.keys()].filter((entity) => !this.seen.has(entity))
    const last = [...delta.last.keys()].filter((field) => !this.last.has(field))
    const commands: Command[] = chunks.map((suffix) => ['HGETALL', this.#keys.of(suffix)])
    if (seen.length > 0) commands.push(['ZMSCORE', this.#keys.seen, ...seen])
    if (last.length > 0) commands.push(['HMGET', this.#keys.last, ...last])
    const needsPlaces = this.places === null && delta.seen.size > 0
    if (needsPlaces) commands.push(['HGETALL', this.#keys.living])
    if (commands.length + extra.length === 0) return []
    const replies = await this.#store.pipeline([...commands, ...extra])
    for (const [at, suffix] of chunks.entries())
      this.chunks.set(suffix, this.#chunkFrom(replies[at] as Buffer[]))
    let at = chunks.length
    if (seen.length > 0)
      for (const [i, score] of (replies[at++] as (Buffer | null)[]).entries())
        this.seen.set(seen[i]!, score === null ? -1 : Number(score.toString()))
    if (last.length > 0)
      for (const [i, value] of (replies[at++] as (Buffer | null)[]).entries())
        this.last.set(last[i]!, value === null ? null : lastValueFrom(value))
    if (needsPlaces) this.places = placesFrom(replies[at++] as Buffer[])
    return replies.slice(at)
  }

  /** A chunk that is loaded, moved to the young end. */
  touch(suffix: string): Chunk {
    const chunk = this.chunks.get(suffix)!
    this.chunks.delete(suffix)
    this.chunks.set(suffix, chunk)
    return chunk
  }

  /** Lets go of what was touched longest ago. Only between two cuts: what a cut touched is young. */
  trim(): void {
    for (const suffix of this.chunks.keys()) {
      if (this.chunks.size <= MOST_CHUNKS) break
      this.chunks.delete(suffix)
    }
    if (this.seen.size > MOST_ENTITIES) this.seen.clear()
    if (this.last.size > MOST_ENTITIES) this.last.clear()
    if (this.ranked.size > MOST_RANKED) this.ranked.clear()
  }

  /** Retired suffixes are gone from the store. */
  forget(suffixes: Iterable<string>): void {
    for (const suffix of suffixes) {
      this.chunks.delete(suffix)
      if (this.names.delete(suffix)) this.#namesByDay = []
      this.ranked.delete(suffix)
    }
  }

  /**
   * Suffixes of the chunks a delta touches and the cache lacks. A chunk that begins after the newest event counted before cannot be in the store:
   * it starts empty, unread. That is most of them, when events come in order.
   */
  #chunksToRead(delta: Delta): string[] {
    const { breakdowns, intervals } = this.#source
    const toRead = new Set<string>()
    for (const [map, windows] of delta.cells.entries()) {
      const isTotal = map < intervals.length
      const breakdown = breakdowns[Math.floor(map / intervals.length)]!
      const interval = intervals[map % intervals.length]!
      for (const [windowNumber, ids] of windows) {
        let block = -1
        for (const id of ids.keys()) {
          const itsBlock = blockOf(id, isTotal)
          if (itsBlock === block) continue
          block = itsBlock
          const group = groupOf(windowNumber, block, isTotal)
          const suffix = chunkSuffix(breakdown.name, interval.name, block, group)
          if (this.chunks.has(suffix)) continue
          const startsAtMs = group * windowsIn(block, isTotal) * interval.ms
          if (delta.newestBeforeMs !== null && startsAtMs > delta.newestBeforeMs)
            this.chunks.set(suffix, { cells: new Map(), stored: false })
          else toRead.add(suffix)
        }
      }
    }
    return [...toRead]
  }

  #chunkFrom(flat: readonly Buffer[]): Chunk {
    const cells = new Map<number, Cell>()
    for (let i = 0; i < flat.length; i += 2)
      cells.set(Number(flat[i]!.toString()), unpackCell(flat[i + 1]!, this.#row))
    return { cells, stored: cells.size > 0 }
  }
}

function lastValueFrom(bytes: Buffer): LastValue {
  const [timeMs, offset, index, ...values] = JSON.parse(bytes.toString()) as [
    number,
    number,
    number,
    ...(string | number | null)[],
  ]
  return { timeMs, offset, index, values }
}
