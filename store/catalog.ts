/** Twin of lua/catalog.lua: the catalog of a source, changed by compare-and-set. Reading it is read-generations.ts. */
import { createHash } from 'node:crypto'
import { FOLD_VERSION, type Source } from '../model/definition.ts'
import type { Store } from './connection.ts'
import { catalogKey } from './keys.ts'
import type { CatalogGeneration, OperatorSkip, SupersededDefinition } from './read-generations.ts'

export interface CatalogChange {
  readonly active?: number
  readonly partitions?: number
  /** See {@link Generations.timestamps}. */
  readonly timestamps?: string
  /** The greatest number ever given to a generation. */
  readonly last?: number
  /** Generations written as they now are. */
  readonly put?: readonly CatalogGeneration[]
  /** Definitions that give way now. */
  readonly superseded?: readonly SupersededDefinition[]
  /** Definitions that are in force again. */
  readonly readmitted?: readonly string[]
  /** What operators passed over, by partition, whole. */
  readonly skips?: ReadonlyMap<number, readonly OperatorSkip[]>
  /** See {@link Generations.evicted}; whole. */
  readonly evicted?: ReadonlyMap<string, number>
  /** See {@link Generations.copyOfMs}. */
  readonly copyOfMs?: number
  /** Generations that are no more. */
  readonly drop?: readonly number[]
}

/** The fence of every write: hex SHA-256 of the source, its intervals and the fold's version. */
export function definitionHash(source: Source): string {
  return createHash('sha256')
    .update(JSON.stringify({ source, fold: FOLD_VERSION }))
    .digest('hex')
}

/** False where the catalog is no longer at `version` (0 = there is none): read it again, decide again. */
export async function changeCatalog(
  store: Store,
  source: string,
  version: number,
  change: CatalogChange,
): Promise<boolean> {
  const set: (string | number)[] = []
  if (change.active !== undefined) set.push('active', change.active)
  if (change.partitions !== undefined) set.push('partitions', change.partitions)
  if (change.timestamps !== undefined) set.push('timestamps', change.timestamps)
  if (change.last !== undefined) set.push('last', change.last)
  for (const { generation, ...rest } of change.put ?? []) set.push(`g:${generation}`, JSON.stringify(rest))
  for (const { def, fileMs, atMs } of change.superseded ?? [])
    set.push(`s:${def}`, JSON.stringify({ fileMs, atMs }))
  for (const [partition, said] of change.skips ?? []) set.push(`k:${partition}`, JSON.stringify(said))
  if (change.evicted !== undefined) set.push('evicted', JSON.stringify(Object.fromEntries(change.evicted)))
  if (change.copyOfMs !== undefined) set.push('copyOf', change.copyOfMs)
  const gone = [
    ...(change.drop ?? []).map((generation) => `g:${generation}`),
    ...(change.readmitted ?? []).map((def) => `s:${def}`),
  ]
  return (await store.call('catalog', [catalogKey(source)], [version, set.length, ...set, ...gone])) === 1
}

/** Sources that have a catalog. */
export async function listSources(store: Store): Promise<string[]> {
  const names = new Set<string>()
  for await (const keys of store.scan('tm:{*}:catalog'))
    for (const key of keys) names.add(key.slice('tm:{'.length, -'}:catalog'.length))
  return [...names].sort()
}
