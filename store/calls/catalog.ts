/** Twin of lua/catalog.lua: the catalog of a source, changed by compare-and-set. Reading it is read-generations.ts. */
import { createHash } from 'node:crypto'
import { FOLD_VERSION, type Source } from '../../model/definition.ts'
import type { Store } from '../connection/connection.ts'
import { catalogKey } from '../keys.ts'
import { encodeCatalog, type CatalogChange } from '../layout/catalog.ts'
import { readFlag } from './lua-replies.ts'

export type { CatalogChange }

/**
 * The fence of every write: hex SHA-256 of the source, its intervals and the fold's version. Derived metrics are no part of it: they change nothing that is
 * kept, so another ratio is no reason to count anew.
 */
export function definitionHash(source: Source): string {
  const { derived: _, ...counted } = source
  return createHash('sha256')
    .update(JSON.stringify({ source: counted, fold: FOLD_VERSION }))
    .digest('hex')
}

/** False where the catalog is no longer at `version` (0 = there is none): read it again, decide again. */
export async function changeCatalog(
  store: Store,
  source: string,
  version: number,
  change: CatalogChange,
): Promise<boolean> {
  const { set, gone } = encodeCatalog(change)
  return readFlag(await store.call('catalog', [catalogKey(source)], [version, set.length, ...set, ...gone]))
}

/** Sources that have a catalog. */
export async function listSources(store: Store): Promise<string[]> {
  const names = new Set<string>()
  for await (const keys of store.scan('tm:{*}:catalog'))
    for (const key of keys) names.add(key.slice('tm:{'.length, -'}:catalog'.length))
  return [...names].sort()
}
