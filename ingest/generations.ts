/**
 * What becomes of the generations of a source: pure decisions over its catalog, each to be written by compare-and-set. A definition is never folded over numbers of
 * another one: it fills a generation of its own while the old one stands, then takes its place.
 *
 * The order of definitions is not "who came last" (docs/decisions/order-of-definitions.md): one that was superseded does not come back by a mere restart, only
 * when its file was written since, or a person says so.
 */
import type { Source } from '../model/definition.ts'
import type { CatalogChange } from '../store/calls/catalog.ts'
import type { CatalogGeneration, Generations, SupersededDefinition } from '../store/calls/read-generations.ts'

export interface Wanted {
  readonly source: Source
  readonly def: string
  /** When the definition file was written, ms; 0 = it has none. */
  readonly fileMs: number
  /** A person said that this definition is to be in force, whatever superseded it. */
  readonly takeOver?: boolean
  /** Partitions of the topic. */
  readonly partitions: number
  readonly nowMs: number
  /** Number to begin with where there is no catalog: 1, or what this worker folds already when the store was wiped under it. */
  readonly first: number
  /** Where there is no catalog: the group has counted before, so the store lost all. What answers then is not whole until it has caught up again. */
  readonly wasCounted: boolean
}

/** Marks of superseded definitions that a catalog keeps. */
const MOST_MARKS = 50

export type Entry =
  /** The generation to fold into. `change` null: the catalog is right as it is. */
  | { readonly generation: number; readonly change: CatalogChange | null }
  /** Superseded: another definition is in force, and this one's file is not younger than it was then. */
  | { readonly generation: null; readonly by: CatalogGeneration }

/**
 * Which generation a worker with this definition folds into: the one that answers, if it is of this definition; else one of it that is there already and can go
 * on (`canResume`: the log still holds what it needs); else a new one. Others that were filling are given up. `anew`: the active one lost a part of itself and
 * is rebuilt beside itself.
 */
export function enter(
  catalog: Generations | null,
  wanted: Wanted,
  canResume: (generation: CatalogGeneration) => boolean,
  anew = false,
): Entry {
  const { source, def, fileMs, partitions, nowMs, first } = wanted
  if (catalog === null) {
    const put: CatalogGeneration = {
      generation: first,
      source,
      def,
      fileMs,
      state: wanted.wasCounted ? 'filling' : 'active',
      sinceMs: nowMs,
    }
    return { generation: first, change: { active: first, partitions, last: first, put: [put] } }
  }
  const { active, all, superseded } = catalog
  const filling = all.filter(
    ({ generation, state }) => generation !== active.generation && state === 'filling',
  )
  const mark = superseded.get(def)
  const mayCome = wanted.takeOver === true || mark === undefined || fileMs > mark.fileMs
  const inForce = filling.at(-1) ?? active
  // law L7: a restart brings no definition
  if (inForce.def !== def && !mayCome) return { generation: null, by: inForce }

  // Of another topic they are counted once it answers (handover.ts).
  const grown = partitions > catalog.partitions && active.source.topic === source.topic ? { partitions } : {}
  const become = (one: CatalogGeneration, state: CatalogGeneration['state']): CatalogGeneration => ({
    ...one,
    state,
    sinceMs: nowMs,
  })
  /** The definitions that give way, each with the youngest file that was known of it. */
  const givingWay = (gone: readonly CatalogGeneration[]): SupersededDefinition[] =>
    gone
      .filter((one) => one.def !== def)
      .map((one) => ({ def: one.def, fileMs: one.fileMs ?? 0, atMs: nowMs }))
  const changed = (
    generation: number,
    put: CatalogGeneration[],
    gone: readonly CatalogGeneration[],
    last?: number,
  ): Entry => {
    const superseding = givingWay(gone)
    const isNews =
      put.length > 0 ||
      superseding.length > 0 ||
      mark !== undefined ||
      'partitions' in grown ||
      (last ?? catalog.last) > catalog.last
    const forgotten = [...superseded.values()]
      .toSorted((a, b) => b.atMs - a.atMs)
      .slice(MOST_MARKS)
      .map((one) => one.def)
    const readmitted = [...(mark !== undefined ? [def] : []), ...forgotten]
    const change: CatalogChange = {
      put,
      ...grown,
      ...(last !== undefined && { last }),
      ...(superseding.length > 0 && { superseded: superseding }),
      ...(readmitted.length > 0 && { readmitted }),
    }
    return { generation, change: isNews ? change : null }
  }
  /** Derived metrics are none of the definition's hash: those of the youngest file hold. */
  const younger = (one: CatalogGeneration): CatalogGeneration[] => {
    const knownMs = one.fileMs ?? 0
    const isOther = JSON.stringify(one.source.derived) !== JSON.stringify(source.derived)
    if (fileMs < knownMs || (fileMs === knownMs && !isOther)) return []
    return [{ ...one, fileMs, ...(isOther && { source }) }]
  }

  const joined = filling.findLast((one) => one.def === def)
  const others = filling.filter((one) => one !== joined)
  const givenUp = others.map((one) => become(one, 'old'))
  if (joined) return changed(joined.generation, [...younger(joined), ...givenUp], others)
  // law L2: same definition, same generation
  if (active.def === def && !anew) return changed(active.generation, [...younger(active), ...givenUp], others)
  const resumed = all.findLast(
    (one) =>
      one.def === def &&
      one.generation !== active.generation &&
      one.dropping !== true &&
      one.lossy !== true &&
      canResume(one),
  )
  const next: CatalogGeneration = resumed
    ? { ...become(resumed, 'filling'), fileMs }
    : { generation: catalog.last + 1, source, def, fileMs, state: 'filling', sinceMs: nowMs }
  return changed(
    next.generation,
    [next, ...givenUp],
    [active, ...others],
    Math.max(catalog.last, next.generation),
  )
}

/** A generation of the same definition, filled from the earliest record the log holds now, to take over whatever the present one says of the log. */
export function rebuild(
  catalog: Generations,
  partitions: number,
  nowMs: number,
): CatalogChange & { readonly last: number } {
  const { active, all, last } = catalog
  const inForce = all.findLast(({ state }) => state === 'filling') ?? active
  const put: CatalogGeneration = {
    generation: last + 1,
    source: inForce.source,
    def: inForce.def,
    fileMs: inForce.fileMs ?? 0,
    state: 'filling',
    sinceMs: nowMs,
    anotherLog: true,
  }
  const givenUp = all
    .filter(({ generation, state }) => state === 'filling' && generation !== active.generation)
    .map((one): CatalogGeneration => ({ ...one, state: 'old', sinceMs: nowMs }))
  return { put: [put, ...givenUp], last: last + 1, partitions }
}

/** Runs of servers whose losses a catalog remembers. */
const MOST_RUNS = 64

/**
 * The store dropped keys, of whatever generation: a new one is filled from the log, and none of the others is ever resumed. The one that answers says that
 * it is not whole. `losses`: what is made good by this.
 */
export function afterLoss(
  catalog: Generations,
  losses: ReadonlyMap<string, number>,
  nowMs: number,
): CatalogChange {
  const { active, all, last, evicted } = catalog
  const inForce = all.findLast(({ state }) => state === 'filling') ?? active
  const put: CatalogGeneration[] = [
    {
      generation: last + 1,
      source: inForce.source,
      def: inForce.def,
      fileMs: inForce.fileMs ?? 0,
      state: 'filling',
      sinceMs: nowMs,
      ...(inForce.anotherLog === true && { anotherLog: true }),
    },
    ...all
      .filter((one) => one.generation !== active.generation)
      .map((one): CatalogGeneration => ({ ...one, state: 'old', sinceMs: nowMs, dropping: true })),
    { ...active, lossy: true },
  ]
  return { put, last: last + 1, evicted: new Map([...evicted, ...losses].slice(-MOST_RUNS)) }
}

/** A generation that has caught up answers from now on; the one before is old. One that answered while it was filled stands from now on. */
export function swap(catalog: Generations, generation: number, nowMs: number): CatalogChange | null {
  const next = catalog.all.find((one) => one.generation === generation)
  if (next?.state !== 'filling') return null
  const { anotherLog: _, lossy: __, ...kept } = next
  const put: CatalogGeneration[] = [{ ...kept, state: 'active', sinceMs: nowMs }]
  if (generation !== catalog.active.generation)
    put.unshift({
      ...catalog.active,
      state: 'old',
      sinceMs: nowMs,
      ...(catalog.active.lossy === true && { dropping: true }),
    })
  return { active: generation, put }
}

/** Generations whose time is over. They are marked as dropped first, so that nobody resumes them; then their keys go; then their place in the catalog. */
export function toDrop(catalog: Generations, nowMs: number, keepOldMs: number): CatalogGeneration[] {
  return catalog.all.filter(
    ({ state, sinceMs, dropping }) => state === 'old' && (dropping === true || nowMs - sinceMs > keepOldMs),
  )
}
