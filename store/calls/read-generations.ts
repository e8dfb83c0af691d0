/** The whole catalog of a source: which generation answers, and every other one with the definition it is folded by (docs/store.md, "catalog"). */
import type { Store } from '../connection/connection.ts'
import { damaged, StoreError } from '../errors.ts'
import { catalogKey } from '../keys.ts'
import { parseCatalog, type Generations, type ReadCatalog } from '../layout/catalog.ts'

export type { CatalogGeneration, OperatorSkip, SupersededDefinition } from '../layout/catalog-entry.ts'
export type { Generations, ReadCatalog } from '../layout/catalog.ts'

/** For whoever only reads: takes what can be read. Throws StoreError where the store does not answer. */
export async function readCatalog(store: Pick<Store, 'each'>, source: string): Promise<ReadCatalog> {
  const key = catalogKey(source)
  const [flat] = await store.each([['HGETALL', key]])
  if (flat instanceof StoreError) {
    if (flat.retry) throw flat
    return { generations: null, damaged: [{ key, field: null, why: 'is not a hash' }] }
  }
  const read = parseCatalog(key, source, flat as Buffer[])
  const isForeign = read.generations === null && read.damaged.length === 0 && (flat as Buffer[]).length > 0
  return isForeign
    ? { ...read, damaged: [{ key, field: 'active', why: 'names no generation that is there' }] }
    : read
}

/** For whoever writes it again: null where there is no catalog, or none of its generations answers yet. Throws StoreError STORE_DAMAGED on anything that is not ours. */
export async function readGenerations(
  store: Pick<Store, 'pipeline'>,
  source: string,
): Promise<Generations | null> {
  const key = catalogKey(source)
  const [flat] = (await store.pipeline([['HGETALL', key]])) as [Buffer[]]
  const { generations, damaged: faults } = parseCatalog(key, source, flat)
  const [fault] = faults
  if (fault !== undefined) throw damaged(fault.key, fault.field, fault.why)
  return generations
}

/** Whether a server dropped keys that are not counted again yet: then no number of the source is whole. */
export function hasNewLosses(
  losses: ReadonlyMap<string, number>,
  { evicted }: Pick<Generations, 'evicted'>,
): boolean {
  return [...losses].some(([run, keys]) => keys > (evicted.get(run) ?? 0))
}
