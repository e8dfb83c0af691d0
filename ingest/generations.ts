/**
 * What becomes of the generations of a source: pure decisions over its catalog, each to be written by compare-and-set. A definition is never folded over numbers of
 * another one: it fills a generation of its own while the old one stands, then takes its place.
 */
import type { Source } from '../model/definition.ts'
import type { CatalogChange } from '../store/catalog.ts'
import type { CatalogGeneration, Generations } from '../store/read-generations.ts'

export interface Wanted {
  readonly source: Source
  readonly def: string
  /** Partitions of the topic. */
  readonly partitions: number
  readonly nowMs: number
  /** Number to begin with where there is no catalog: 1, or what this worker folds already when the store was wiped under it. */
  readonly first: number
}

export interface Entry {
  /** The generation to fold into. */
  readonly generation: number
  /** Null: the catalog is right as it is. */
  readonly change: CatalogChange | null
}

/**
 * Which generation a worker with this definition folds into: the one that answers, if it is of this definition; else one of it that is there already and can go
 * on (`canResume`: the log still holds what it needs); else a new one. Who comes last decides: others that were filling are given up.
 * `anew`: the active one lost a part of itself and is rebuilt beside itself.
 */
export function enter(catalog: Generations | null, wanted: Wanted, canResume: (generation: CatalogGeneration) => boolean, anew = false): Entry {
  const { source, def, partitions, nowMs, first } = wanted
  if (catalog === null) return { generation: first, change: { active: first, partitions, last: first, put: [{ generation: first, source, def, state: 'active', sinceMs: nowMs }] } }
  const { active, all } = catalog
  const others = all.filter(({ generation, state }) => generation !== active.generation && state === 'filling')
  const grown = partitions > catalog.partitions ? { partitions } : {}
  if (active.def === def && !anew) {
    const put = others.map((one): CatalogGeneration => ({ ...one, state: 'old', sinceMs: nowMs }))
    return { generation: active.generation, change: put.length > 0 || 'partitions' in grown ? { put, ...grown } : null }
  }
  const same = all.findLast((one) => one.def === def && one.generation !== active.generation && one.dropping !== true && canResume(one))
  const filling: CatalogGeneration = same ? { ...same, state: 'filling', sinceMs: nowMs } : { generation: catalog.last + 1, source, def, state: 'filling', sinceMs: nowMs }
  const givenUp = others.filter(({ generation }) => generation !== filling.generation).map((one): CatalogGeneration => ({ ...one, state: 'old', sinceMs: nowMs }))
  if (same?.state === 'filling' && givenUp.length === 0 && !('partitions' in grown)) return { generation: same.generation, change: null }
  return { generation: filling.generation, change: { put: [filling, ...givenUp], last: Math.max(catalog.last, filling.generation), ...grown } }
}

/** A generation that has caught up answers from now on; the one before is old. */
export function swap(catalog: Generations, generation: number, nowMs: number): CatalogChange | null {
  const next = catalog.all.find((one) => one.generation === generation)
  if (next?.state !== 'filling') return null
  return { active: generation, put: [{ ...catalog.active, state: 'old', sinceMs: nowMs }, { ...next, state: 'active', sinceMs: nowMs }] }
}

/** Generations whose time is over. They are marked as dropped first, so that nobody resumes them; then their keys go; then their place in the catalog. */
export function toDrop(catalog: Generations, nowMs: number, keepOldMs: number): CatalogGeneration[] {
  return catalog.all.filter(({ state, sinceMs, dropping }) => state === 'old' && (dropping === true || nowMs - sinceMs > keepOldMs))
}
