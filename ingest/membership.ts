/** A worker's part in the catalog of its source: which generation it folds into, what it does when the catalog is lost, and whether a lost partition begins in place. */
import type { Source } from '../model/definition.ts'
import type { LogAdmin } from '../log/log.ts'
import { changeCatalog } from '../store/calls/catalog.ts'
import type { StoreClock } from '../store/calls/clock.ts'
import type { Store } from '../store/connection/connection.ts'
import { StoreError } from '../store/errors.ts'
import {
  hasNewLosses,
  readGenerations,
  type CatalogGeneration,
  type Generations,
  type OperatorSkip,
} from '../store/calls/read-generations.ts'
import { groupOf } from './generation.ts'
import { afterLoss, enter, type Entry } from './generations.ts'
import { isThere } from './handover.ts'

export interface MembershipOptions {
  readonly source: Source
  readonly def: string
  /** See {@link Wanted.fileMs}. */
  readonly fileMs: number
  readonly store: Store
  readonly admin: LogAdmin
  /** The store's: generations are compared by it. */
  readonly clock: StoreClock
  readonly log: (line: string, level?: 'warn' | 'error') => void
  /** Partitions of the topic. */
  readonly partitions: () => number
  /** The generation that is folded into now; 0 before the first. */
  readonly current: () => number
}

const MOST_TRIES = 20
const LOST =
  'the store lost keys (it dropped them to make room, or somebody deleted them); the source is counted again from the log'
const GENERATIONS_LOOKED_AT = 8

export class Membership {
  readonly #o: MembershipOptions
  /** The last catalog that was read: what is written again when the store loses it. */
  #known: Generations | null = null

  constructor(options: MembershipOptions) {
    this.#o = options
  }

  /** The catalog; one that is lost is written again first. Null where there is none and nothing was known of one. */
  async catalog(): Promise<Generations | null> {
    const { store, source } = this.#o
    let found = await readGenerations(store, source.name)
    if (found === null && this.#known !== null) {
      await this.#writeAgain(this.#known)
      found = await readGenerations(store, source.name)
    }
    if (found !== null) this.#known = found
    return found
  }

  /** Where only the catalog is lost, it comes back as it was; where all positions went with it, what answers is a generation that is filled anew. */
  async #writeAgain({
    active,
    partitions,
    last,
    all,
    superseded,
    skips,
    evicted,
  }: Generations): Promise<void> {
    const { store, source, log } = this.#o
    const inUse = all.filter(({ state }) => state !== 'old')
    const stands = (
      await Promise.all(
        inUse.map((one) =>
          isThere(store, one.source, one.generation, partitions).catch((error: unknown) => {
            if (error instanceof StoreError && error.code === 'STORE_EVICTS') return true // what it dropped beside the catalog is mended by what the catalog then says
            throw error
          }),
        ),
      )
    ).includes(true)
    const put = stands
      ? all
      : [{ ...(inUse.at(-1) ?? active), state: 'filling' as const, sinceMs: this.#o.clock.now() }]
    const change = {
      active: stands ? active.generation : put[0]!.generation,
      partitions,
      last,
      put,
      superseded: [...superseded.values()],
      skips,
      evicted,
    }
    if (!(await changeCatalog(store, source.name, 0, change))) return
    log(
      `${source.name}: the store lost its catalog${stands ? '' : ' and everything else of this source'}; the catalog is written again${stands ? '' : ', and the log is counted anew'}`,
      'warn',
    )
  }

  /**
   * Begins a generation anew where the store dropped keys since. Where it may still drop more, one that has begun already waits for its end: filling it would
   * only drop others. Answers why this source is counted again; null where nothing is lost.
   */
  async mendLosses(catalog: Generations | null): Promise<string | null> {
    const { store, source, log, clock } = this.#o
    if (catalog === null) return null
    const isWaiting = store.evicting() !== null && catalog.active.lossy === true
    if (!isWaiting && hasNewLosses(store.losses(), catalog)) {
      const change = afterLoss(catalog, store.losses(), clock.now())
      if (await changeCatalog(store, source.name, catalog.version, change))
        log(
          `${source.name}: the store dropped keys to make room; generation ${change.last} is filled from the log, and until it has caught up no answer says that it is complete`,
          'warn',
        )
      return LOST
    }
    return catalog.active.lossy === true ? LOST : null
  }

  /** What an operator said of this offset: pass over it up to there. */
  async skipAt(partition: number, offset: number): Promise<OperatorSkip | null> {
    const said = (await this.catalog())?.skips.get(partition) ?? []
    return said.findLast(({ from, to }) => from <= offset && offset < to) ?? null
  }

  /** Decides and writes, again and again where another worker was faster. `generation` null: superseded. */
  async enter({ anew = false, takeOver = false } = {}): Promise<Entry> {
    const { source, def, fileMs, store, log, partitions, current } = this.#o
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const catalog = await this.catalog()
      const wasCounted = catalog === null && (await this.#wasCounted())
      const wanted = {
        source,
        def,
        fileMs,
        takeOver,
        partitions: partitions(),
        nowMs: this.#o.clock.now(),
        first: Math.max(current(), 1),
        wasCounted,
      }
      const entry = enter(catalog, wanted, await this.#resumable(catalog), anew)
      if (entry.generation === null || entry.change === null) return entry
      // What was dropped before there was a catalog is nothing that was counted.
      const change = catalog === null ? { ...entry.change, evicted: store.losses() } : entry.change
      if (!(await changeCatalog(store, source.name, catalog?.version ?? 0, change))) continue
      if (catalog && entry.generation !== catalog.active.generation)
        log(
          `${source.name}: generation ${entry.generation} is filled from the log; generation ${catalog.active.generation} stands until it has caught up`,
        )
      return entry
    }
    throw new StoreError(
      'STORE_BUSY',
      `the catalog of ${source.name} changed ${MOST_TRIES} times while it was read`,
    )
  }

  /** A group of one of the first generations has committed. */
  async #wasCounted(): Promise<boolean> {
    const { source, admin } = this.#o
    const groups = Array.from({ length: GENERATIONS_LOOKED_AT }, (_, at) =>
      admin.committed(groupOf(source.name, at + 1), source.topic),
    )
    return (await Promise.all(groups)).some((committed) => committed.size > 0)
  }

  /** True where a generation can go on from where its positions stand: the log still holds all it has not counted. */
  async #resumable(catalog: Generations | null): Promise<(generation: CatalogGeneration) => boolean> {
    const { source, def, admin } = this.#o
    const candidates = (catalog?.all ?? []).filter((one) => one.def === def && one.state === 'old')
    if (candidates.length === 0) return () => false
    const ranges = await admin.ranges(source.topic)
    const able = new Set<number>()
    for (const { generation } of candidates) {
      const committed = await admin.committed(groupOf(source.name, generation), source.topic)
      if ([...ranges].every(([partition, { start }]) => (committed.get(partition) ?? 0) >= start))
        able.add(generation)
    }
    return ({ generation }) => able.has(generation)
  }

  /** A partition is not in the store: a first start, a store that was wiped whole, or one that lost a part of what answers now. See {@link PartitionOptions.mayBegin}. */
  async mayBegin(known: number): Promise<boolean> {
    const { store, source, current } = this.#o
    const catalog =
      (await this.catalog()) ?? ((await this.enter()).generation === null ? null : await this.catalog())
    const mine = catalog?.all.find(({ generation }) => generation === current())
    if (!catalog || mine === undefined || mine.state === 'old') return false
    if (mine.state === 'filling' || known < 0) return true
    if (await isThere(store, source, mine.generation, catalog.partitions)) {
      await this.enter({ anew: true })
      return false
    }
    // All of it is gone: there is nothing to stand beside it.
    return changeCatalog(store, source.name, catalog.version, {
      put: [{ ...mine, state: 'filling', sinceMs: this.#o.clock.now() }],
    })
  }
}
