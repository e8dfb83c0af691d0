/** The whole catalog of a source: which generation answers, and every other one with the definition it is folded by (docs/store.md, "catalog"). */
import type { Source } from '../model/definition.ts'
import type { Store } from './connection.ts'
import { StoreError } from './errors.ts'
import { catalogKey } from './keys.ts'

export interface CatalogGeneration {
  readonly generation: number
  readonly source: Source
  readonly def: string
  /** Filling: to take over when it has caught up. Old: it may be resumed while its keys are there. */
  readonly state: 'filling' | 'active' | 'old'
  /** When it came into this state. */
  readonly sinceMs: number
  /** Old, and its keys are going: nobody may resume it. */
  readonly dropping?: boolean
}

export interface Generations {
  readonly active: CatalogGeneration
  readonly partitions: number
  /** Raised by every change; what {@link changeCatalog} compares. */
  readonly version: number
  /** The greatest number ever given: none is given twice. */
  readonly last: number
  /** By number, ascending. */
  readonly all: readonly CatalogGeneration[]
}

/** Null where there is no catalog, or none of its generations answers yet. Throws StoreError STORE_DAMAGED on what is not ours. */
export async function readGenerations(store: Pick<Store, 'pipeline'>, source: string): Promise<Generations | null> {
  const key = catalogKey(source)
  const [flat] = (await store.pipeline([['HGETALL', key]])) as [Buffer[]]
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  const all = [...fields].flatMap(([field, text]) => (/^g:\d{1,9}$/.test(field) ? parseGeneration(key, Number(field.slice(2)), text) : []))
  all.sort((a, b) => a.generation - b.generation)
  const active = all.find(({ generation }) => generation === Number(fields.get('active')))
  const partitions = Number(fields.get('partitions'))
  if (active === undefined) return null
  if (!Number.isSafeInteger(partitions) || partitions < 1) throw new StoreError('STORE_DAMAGED', `${key} field partitions is no number of partitions`)
  return { active, partitions, version: Number(fields.get('version') ?? 0), last: Math.max(Number(fields.get('last') ?? 0), ...all.map(({ generation }) => generation)), all }
}

function parseGeneration(key: string, generation: number, text: string): CatalogGeneration {
  try {
    const { source, def, state, sinceMs, dropping = false } = JSON.parse(text) as CatalogGeneration
    if (typeof source.name === 'string' && typeof def === 'string') return { generation, source, def, state, sinceMs, ...(dropping && { dropping }) }
  } catch {
    // said below
  }
  throw new StoreError('STORE_DAMAGED', `${key} field g:${generation} is not a definition of this layout`)
}
