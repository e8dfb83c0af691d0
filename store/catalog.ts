/** The catalog of a source: which generation answers, and the whole definition it was folded by. */
import { createHash } from 'node:crypto'
import { FOLD_VERSION, type Source } from '../model/definition.ts'
import type { Store } from './connection.ts'
import { catalogKey } from './keys.ts'

export interface Generation {
  readonly source: Source
  /** Hex SHA-256 of the source, its intervals and the fold's version: the fence of every write. */
  readonly def: string
  readonly state: 'active'
  readonly sinceMs: number
}

export interface Catalog {
  readonly active: number
  readonly partitions: number
  readonly generation: Generation
}

export function definitionHash(source: Source): string {
  return createHash('sha256').update(JSON.stringify({ source, fold: FOLD_VERSION })).digest('hex')
}

export async function readCatalog(store: Store, source: string): Promise<Catalog | null> {
  const [flat] = (await store.pipeline([['HGETALL', catalogKey(source)]])) as [Buffer[]]
  const fields = new Map<string, string>()
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  const active = Number(fields.get('active') ?? 0)
  const generation = fields.get(`g:${active}`)
  return generation === undefined ? null : { active, partitions: Number(fields.get('partitions')), generation: JSON.parse(generation) as Generation }
}

/** Sources that have a catalog. */
export async function listSources(store: Store): Promise<string[]> {
  const names = new Set<string>()
  for await (const keys of store.scan('tm:{*}:catalog')) for (const key of keys) names.add(key.slice('tm:{'.length, -'}:catalog'.length))
  return [...names].sort()
}

/** Writes generation `active`; `partitions` may grow. */
export async function writeCatalog(store: Store, catalog: Catalog): Promise<void> {
  const { active, partitions, generation } = catalog
  await store.pipeline([['HSET', catalogKey(generation.source.name), 'active', active, 'partitions', partitions, `g:${active}`, JSON.stringify(generation)]])
}
