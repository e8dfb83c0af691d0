/** The whole catalog of a source: which generation answers, and every other one with the definition it is folded by (docs/store.md, "catalog"). */
import type { Source } from '../model/definition.ts'
import type { Store } from './connection.ts'
import { StoreError } from './errors.ts'
import { catalogKey } from './keys.ts'

export interface CatalogGeneration {
  readonly generation: number
  readonly source: Source
  readonly def: string
  /** When its definition file was written, ms: the youngest that a worker brought; 0 or absent = it has none. */
  readonly fileMs?: number
  /**
   * Filling: to take over when it has caught up; where it is the active one, nothing whole stands beside it, and it answers while it is filled.
   * Old: it may be resumed while its keys are there.
   */
  readonly state: 'filling' | 'active' | 'old'
  /** When it came into this state. */
  readonly sinceMs: number
  /** Old, and its keys are going: nobody may resume it. */
  readonly dropping?: boolean
  /** Filled from a log that need not be the one of the generation before: it takes over though it may stand lower. */
  readonly anotherLog?: boolean
}

/** A definition that gave way to another one. It comes back when its file was written since. */
export interface SupersededDefinition {
  readonly def: string
  readonly fileMs: number
  readonly atMs: number
}

/** Offsets `[from, to)` of a partition that an operator passed over: the word holds for every generation that is filled from this log. */
export interface OperatorSkip {
  readonly from: number
  readonly to: number
  readonly why: string
  readonly atMs: number
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
  readonly superseded: ReadonlyMap<string, SupersededDefinition>
  /** By partition, in the order they were said. */
  readonly skips: ReadonlyMap<number, readonly OperatorSkip[]>
}

/** Null where there is no catalog, or none of its generations answers yet. Throws StoreError STORE_UNSUITABLE on what is not ours. */
export async function readGenerations(store: Pick<Store, 'pipeline'>, source: string): Promise<Generations | null> {
  const key = catalogKey(source)
  const [flat] = (await store.pipeline([['HGETALL', key]])) as [Buffer[]]
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  const all = [...fields].flatMap(([field, text]) => (/^g:\d{1,9}$/.test(field) ? parseGeneration(key, Number(field.slice(2)), text) : []))
  const superseded = [...fields].flatMap(([field, text]) => (/^s:[0-9a-f]{64}$/.test(field) ? parseSuperseded(key, field.slice(2), text) : []))
  const skips = new Map([...fields].flatMap(([field, text]) => (/^k:\d{1,6}$/.test(field) ? [[Number(field.slice(2)), parseSkips(key, field, text)] as const] : [])))
  all.sort((a, b) => a.generation - b.generation)
  const active = all.find(({ generation }) => generation === Number(fields.get('active')))
  const partitions = Number(fields.get('partitions'))
  if (active === undefined) return null
  if (!Number.isSafeInteger(partitions) || partitions < 1) throw new StoreError('STORE_UNSUITABLE', `${key} field partitions is no number of partitions`)
  return { active, partitions, version: Number(fields.get('version') ?? 0), last: Math.max(Number(fields.get('last') ?? 0), ...all.map(({ generation }) => generation)), all, superseded: new Map(superseded.map((one) => [one.def, one])), skips }
}

function parseGeneration(key: string, generation: number, text: string): CatalogGeneration {
  try {
    const { source, def, fileMs, state, sinceMs, dropping = false, anotherLog = false } = JSON.parse(text) as CatalogGeneration
    if (typeof source.name === 'string' && typeof def === 'string') return { generation, source, def, ...(fileMs !== undefined && { fileMs }), state, sinceMs, ...(dropping && { dropping }), ...(anotherLog && { anotherLog }) }
  } catch {
    // said below
  }
  throw new StoreError('STORE_UNSUITABLE', `${key} field g:${generation} is not a definition of this layout`)
}

function parseSuperseded(key: string, def: string, text: string): SupersededDefinition[] {
  try {
    const { fileMs, atMs } = JSON.parse(text) as SupersededDefinition
    if (typeof fileMs === 'number' && typeof atMs === 'number') return [{ def, fileMs, atMs }]
  } catch {
    // said below
  }
  throw new StoreError('STORE_UNSUITABLE', `${key} field s:${def.slice(0, 8)}... is no mark of this layout`)
}

function parseSkips(key: string, field: string, text: string): OperatorSkip[] {
  try {
    const said = JSON.parse(text) as OperatorSkip[]
    if (said.every(({ from, to, why }) => Number.isSafeInteger(from) && Number.isSafeInteger(to) && typeof why === 'string')) return said
  } catch {
    // said below
  }
  throw new StoreError('STORE_UNSUITABLE', `${key} field ${field} is no list of skips`)
}
