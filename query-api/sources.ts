/** The sources of the store: definitions from its catalog (law: the API reads them only there), one mirror a partition. */
import type { Source } from '../model/definition.ts'
import type { Cell } from '../model/measures.ts'
import { unpackCell } from '../model/pack.ts'
import { listSources } from '../store/catalog.ts'
import type { Store } from '../store/connection.ts'
import { partitionKeys, type PartitionKeys } from '../store/keys.ts'
import { Mirror } from '../store/mirror.ts'
import { readGenerations, type CatalogGeneration } from '../store/read-generations.ts'
import { ProblemError } from './problem.ts'
import type { SourceStanding } from './provenance.ts'
import { fillingOf, readFilling, type Filling } from './rebuild.ts'
import type { Position } from '../store/open.ts'

export interface OpenPartition {
  readonly keys: PartitionKeys
  readonly mirror: Mirror<number | Cell>
}

/** A source as the generation that answers has it. `partitions` is the same list as long as nothing about that generation changes. */
export interface OpenSource {
  readonly source: Source
  readonly generation: number
  readonly def: string
  readonly partitions: readonly OpenPartition[]
  /** All of the catalog, oldest first. */
  readonly generations: readonly CatalogGeneration[]
  /** As of the last look at the catalog; null where no generation is to take over. */
  readonly filling: Filling | null
}

export function standingOf({ source, generation, def, filling }: OpenSource, positions: readonly (Position | null)[]): SourceStanding {
  return { topic: source.topic, generation, def, futureMs: source.futureMs, positions, filling }
}

export interface SourcesOptions {
  readonly store: Store
  readonly now: () => number
  /** Bytes for the mirrors of all partitions of one source; default 256 MB. */
  readonly maxBytes?: number
}

const CATALOG_FRESH_MS = 1000
const LIST_FRESH_MS = 5000

export class Sources {
  readonly #options: SourcesOptions
  readonly #open = new Map<string, { at: number; found: Promise<OpenSource | null> }>()
  /** The last of each that was found, so that mirrors outlive a look at an unchanged catalog. */
  readonly #latest = new Map<string, OpenSource>()
  #names: { at: number; found: Promise<string[]> } | null = null

  constructor(options: SourcesOptions) {
    this.#options = options
  }

  /** Throws not_found. At most one look at the catalog a second. */
  async get(name: string): Promise<OpenSource> {
    const found = await this.#look(name)
    if (found !== null) return found
    const known = await this.names()
    const detail = known.length > 0 ? `there is no source ${name}; there are ${known.join(', ')}` : `there is no source ${name}; none was ever ingested into this store`
    throw new ProblemError('not_found', detail)
  }

  async all(): Promise<OpenSource[]> {
    const found = await Promise.all((await this.names()).map((name) => this.#look(name)))
    return found.filter((one) => one !== null)
  }

  names(): Promise<string[]> {
    const now = this.#options.now()
    if (this.#names !== null && fresh(this.#names.at, now, LIST_FRESH_MS)) return this.#names.found
    const found = listSources(this.#options.store)
    this.#names = { at: now, found }
    found.then((names) => names.length === 0 && (this.#names = null), () => (this.#names = null))
    return found
  }

  #look(name: string): Promise<OpenSource | null> {
    const now = this.#options.now()
    const had = this.#open.get(name)
    if (had !== undefined && fresh(had.at, now, CATALOG_FRESH_MS)) return had.found
    const found = this.#read(name)
    this.#open.set(name, { at: now, found })
    // What failed, or is not there, is looked for anew by the next caller; foreign names leave nothing behind.
    found.then((one) => one === null && this.#open.delete(name), () => this.#open.delete(name))
    return found
  }

  async #read(name: string): Promise<OpenSource | null> {
    const { store } = this.#options
    const catalog = await readGenerations(store, name)
    if (catalog === null) return null
    const { source, def, generation } = catalog.active
    const next = fillingOf(catalog)
    const filling = next === null ? null : await readFilling(store, next, catalog.partitions)
    const had = this.#latest.get(name)
    const isSame = had?.def === def && had.generation === generation && had.partitions.length === catalog.partitions
    const partitions = isSame ? had.partitions : this.#openPartitions(source, generation, catalog.partitions)
    const opened = { source: isSame ? had.source : source, def, generation, partitions, generations: catalog.all, filling }
    this.#latest.set(name, opened)
    return opened
  }

  #openPartitions(source: Source, generation: number, count: number): OpenPartition[] {
    const maxBytes = (this.#options.maxBytes ?? 256 * 2 ** 20) / Math.max(1, count)
    return Array.from({ length: count }, (_, partition) => {
      const keys = partitionKeys(source.name, partition, generation)
      return { keys, mirror: new Mirror({ store: this.#options.store, keys, source, maxBytes, decode: decoderFor(source) }) }
    })
  }
}

function fresh(at: number, now: number, forMs: number): boolean {
  return now >= at && now - at < forMs
}

/** Names hold ids, chunks hold cells. */
function decoderFor(source: Source): (suffix: string, field: string, value: Buffer) => number | Cell {
  return (suffix, field, value) => {
    if (suffix.startsWith('c:')) return unpackCell(value, source.metrics)
    const id = Number(value.toString())
    if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`${suffix} gives ${field.slice(0, 80)} no id`)
    return id
  }
}
