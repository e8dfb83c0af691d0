/** The sources of the store: definitions from its catalog (law: the API reads them only there), one mirror a partition. */
import type { Source } from '../../model/definition.ts'
import type { Cell } from '../../model/measures.ts'
import { insteadOf } from '../../model/nearest.ts'
import { listSources } from '../../store/calls/catalog.ts'
import type { Store } from '../../store/connection/connection.ts'
import { StoreError, type DamagedKey } from '../../store/errors.ts'
import { catalogKey, partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { Mirror } from '../../store/mirror/mirror.ts'
import {
  hasNewLosses,
  readCatalog,
  type CatalogGeneration,
  type Generations,
  type ReadCatalog,
} from '../../store/calls/read-generations.ts'
import { catalogDamage, sentenceOf } from './damage.ts'
import { decoderFor } from './decoder.ts'
import { noLogEnds, type LogEnds, type TopicEnds } from './log-ends.ts'
import { PartitionObserver, type Observation } from './partition-observer.ts'
import { ProblemError } from '../problem.ts'
import type { SourceState } from './provenance.ts'
import { fillingOf, readFilling, type Filling } from './rebuild.ts'
import { unusable } from './usable.ts'
import type { Damage } from '../wire.ts'

/** The hashes of one partition, all at one offset: those of the store, or what was made of the log again. */
export type PartitionMirror = Pick<
  Mirror<number | Cell | string>,
  'read' | 'position' | 'halt' | 'step' | 'changesSince' | 'damages'
>

export interface OpenPartition {
  readonly keys: PartitionKeys
  readonly mirror: PartitionMirror
  readonly observer: PartitionObserver
}

/** A source as the generation that answers has it. `partitions` is the same list as long as nothing about that generation changes. */
export interface OpenSource {
  readonly source: Source
  readonly generation: number
  readonly def: string
  /** All that the topic has, be they in the catalog or not. */
  readonly partitions: readonly OpenPartition[]
  /** All of the catalog, oldest first. */
  readonly generations: readonly CatalogGeneration[]
  /** As of the last look at the catalog; null where no generation is to take over. */
  readonly filling: Filling | null
  /** Of the catalog, beside what answers. */
  readonly damaged: readonly Damage[]
  /** Why the catalog cannot be read; all else is what was known of it. Null where it can. */
  readonly catalogLost: string | null
  /** See {@link SourceState.lossy}. */
  readonly lossy: string | null
  /** The store is a copy as of this time, and nobody counts on in it; null = it is the store itself. */
  readonly copyOfMs: number | null
  ends(): TopicEnds
}

export function sourceStateOf(
  { source, generation, def, filling, catalogLost, lossy, ends }: OpenSource,
  observations: readonly Observation[],
): SourceState {
  return {
    topic: source.topic,
    tables: source.joins ?? [],
    generation,
    def,
    futureMs: source.futureMs,
    observations,
    filling,
    catalogLost,
    lossy,
    ends: ends(),
  }
}

export interface SourcesOptions {
  readonly store: Store
  readonly now: () => number
  /** Default: nobody asks Kafka. */
  readonly logEnds?: LogEnds
  /** Bytes for the mirrors of all partitions of one source; default 256 MB. */
  readonly maxBytes?: number
}

interface AllSources {
  readonly open: readonly OpenSource[]
  /** Catalogs that cannot be read. */
  readonly damaged: readonly Damage[]
}

const CATALOG_FRESH_MS = 1000
const LIST_FRESH_MS = 5000
/** A topic that claims more partitions than this beyond those of the catalog is another topic. */
const MOST_GROWN = 10_000
const LOSSY =
  'the store lost keys (it dropped them to make room, or somebody deleted them): its numbers are not whole until the workers of the source have counted the log again'
const LOST =
  'the catalog of the source is not in the store; its workers write it again within seconds, and where none runs, start one'

export class Sources {
  readonly #options: SourcesOptions
  readonly #logEnds: LogEnds
  readonly #open = new Map<string, { at: number; found: Promise<OpenSource | Damage | null> }>()
  /** The last of each that was found, so that mirrors outlive a look at an unchanged catalog, and answers the loss of one. */
  readonly #latest = new Map<string, OpenSource>()
  #names: { at: number; found: Promise<string[]> } | null = null

  constructor(options: SourcesOptions) {
    this.#options = options
    this.#logEnds = options.logEnds ?? noLogEnds
  }

  /** Throws not_found, store_damaged. At most one look at the catalog a second. */
  async get(name: string): Promise<OpenSource> {
    const found = await this.#look(name)
    if (found !== null && 'key' in found) throw new ProblemError('store_damaged', sentenceOf(found))
    if (found !== null) return found
    if (await this.#isCounted(name)) throw new ProblemError('store_damaged', LOST)
    const known = (await this.all()).open.map(({ source }) => source.name)
    const detail =
      known.length > 0
        ? `there is no source ${name}; ${insteadOf(name, known, 'there are')}`
        : `there is no source ${name}; none is in this store`
    throw new ProblemError('not_found', detail)
  }

  async all(): Promise<AllSources> {
    const names = new Set([...(await this.#listed()), ...this.#latest.keys()])
    const found = await Promise.all([...names].sort().map((name) => this.#look(name)))
    return {
      open: found.flatMap((one) => (one === null || 'key' in one ? [] : one)),
      damaged: found.flatMap((one) => (one !== null && 'key' in one ? one : [])),
    }
  }

  #listed(): Promise<string[]> {
    const now = this.#options.now()
    if (this.#names !== null && fresh(this.#names.at, now, LIST_FRESH_MS)) return this.#names.found
    const found = listSources(this.#options.store)
    this.#names = { at: now, found }
    found.then(
      (names) => names.length === 0 && (this.#names = null),
      () => (this.#names = null),
    )
    return found
  }

  /** A partition of it is there although its catalog is not. */
  async #isCounted(name: string): Promise<boolean> {
    const keys = Array.from({ length: 3 }, (_, generation) => partitionKeys(name, 0, generation + 1).pos)
    const there = await this.#options.store.each(keys.map((key) => ['EXISTS', key] as const))
    return there.includes(1)
  }

  #look(name: string): Promise<OpenSource | Damage | null> {
    const now = this.#options.now()
    const had = this.#open.get(name)
    if (had !== undefined && fresh(had.at, now, CATALOG_FRESH_MS)) return had.found
    const found = this.#read(name)
    this.#open.set(name, { at: now, found })
    // What failed, or is not there, is looked for anew by the next caller; foreign names leave nothing behind.
    found.then(
      (one) => (one === null || 'key' in one) && this.#open.delete(name),
      () => this.#open.delete(name),
    )
    return found
  }

  /** Whatever a catalog holds that nobody thought of is its own source's damage, and no failure of the others. */
  async #read(name: string): Promise<OpenSource | Damage | null> {
    try {
      return await this.#readCatalog(name)
    } catch (error) {
      if (error instanceof StoreError && error.retry) throw error
      const why = `cannot be used (${error instanceof Error ? error.message : String(error)})`
      const damage = error instanceof StoreError ? error.damage : null
      return catalogDamage(damage ?? { key: catalogKey(name), field: null, why })
    }
  }

  async #readCatalog(name: string): Promise<OpenSource | Damage | null> {
    const { generations, damaged } = usableOf(name, await readCatalog(this.#options.store, name))
    const had = this.#latest.get(name)
    if (generations !== null) return this.#opened(name, generations, damaged)
    const [fault] = damaged
    if (had === undefined) return fault === undefined ? null : catalogDamage(fault)
    const catalogLost = fault === undefined ? LOST : sentenceOf(catalogDamage(fault))
    // Without a catalog nobody tells what takes over; what answered goes on, its partitions as many as the topic has.
    const kept = {
      ...had,
      catalogLost,
      filling: null,
      damaged: damaged.map(catalogDamage),
      partitions: this.#partitions(had.source, had.generation, had.partitions.length, had),
    }
    this.#latest.set(name, kept)
    return kept
  }

  async #opened(name: string, catalog: Generations, damaged: readonly DamagedKey[]): Promise<OpenSource> {
    const { store } = this.#options
    const logEnds = this.#logEnds
    const { source, def, generation } = catalog.active
    await logEnds.known(source.topic)
    const had = this.#latest.get(name)
    const isSame = had?.def === def && had.generation === generation
    const asked = isSame ? withDerived(had.source, source) : source
    const held = this.#partitions(asked, generation, catalog.partitions, isSame ? had : undefined)
    // Another list: whoever planned by the one before plans again.
    const partitions = isSame && asked !== had.source ? [...held] : held
    const next = fillingOf(catalog)
    const filling = next === null ? null : await readFilling(store, next, partitions.length)
    const opened = {
      source: asked,
      def,
      generation,
      partitions,
      generations: catalog.all,
      filling,
      damaged: damaged.map(catalogDamage),
      catalogLost: null,
      copyOfMs: catalog.copyOfMs ?? null,
      lossy:
        catalog.active.lossy === true || hasNewLosses(this.#options.store.losses(), catalog) ? LOSSY : null,
      ends: () => logEnds.of(source.topic),
    }
    this.#latest.set(name, opened)
    return opened
  }

  /** As many as the catalog or the topic has, whichever knows of more: a worker counts a new partition before the catalog says so. */
  #partitions(
    source: Source,
    generation: number,
    listed: number,
    had: OpenSource | undefined,
  ): readonly OpenPartition[] {
    const { store, now, maxBytes = 256 * 2 ** 20 } = this.#options
    const count = Math.max(
      listed,
      Math.min(this.#logEnds.of(source.topic).partitions ?? 0, listed + MOST_GROWN),
    )
    const kept = had?.partitions ?? []
    if (kept.length >= count) return kept
    const more = Array.from({ length: count - kept.length }, (_, at): OpenPartition => {
      const keys = partitionKeys(source.name, kept.length + at, generation)
      return {
        keys,
        mirror: new Mirror({
          store,
          keys,
          source,
          maxBytes: maxBytes / count,
          decode: decoderFor(source),
          now,
        }),
        observer: new PartitionObserver(),
      }
    })
    return [...kept, ...more]
  }
}

/** The same one as long as nothing changed: derived metrics may, without a new generation. */
const withDerived = (had: Source, now: Source): Source =>
  JSON.stringify(had.derived) === JSON.stringify(now.derived) ? had : now

/** A catalog of which the generation that answers can be used; else what is wrong with it stands first. */
function usableOf(name: string, { generations, damaged }: ReadCatalog): ReadCatalog {
  if (generations === null) return { generations, damaged }
  const { active, partitions } = generations
  const place = { key: catalogKey(name), field: `g:${active.generation}` }
  const fault = unusable(active.source, partitions, place)
  return fault === null ? { generations, damaged } : { generations: null, damaged: [fault, ...damaged] }
}

function fresh(at: number, now: number, forMs: number): boolean {
  return now >= at && now - at < forMs
}
