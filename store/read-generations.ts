/** The whole catalog of a source: which generation answers, and every other one with the definition it is folded by (docs/store.md, "catalog"). */
import {
  parseEntry,
  parseEvicted,
  parseMark,
  parseSkips,
  type CatalogGeneration,
  type OperatorSkip,
  type SupersededDefinition,
} from './catalog-entry.ts'
import type { Store } from './connection.ts'
import { damaged, StoreError, type DamagedKey } from './errors.ts'
import { catalogKey } from './keys.ts'

export type { CatalogGeneration, OperatorSkip, SupersededDefinition }

export interface Generations {
  readonly active: CatalogGeneration
  readonly partitions: number
  /** Whose clock the Kafka timestamps of the topic are: `LogAppendTime` the broker's, `CreateTime` the producers' own. Absent = not known. */
  readonly timestamps?: string
  /** The store is a copy as of this time, ms: nobody counts on in it. Absent = it is no copy. */
  readonly copyOfMs?: number
  /** Raised by every change; what {@link changeCatalog} compares. */
  readonly version: number
  /** The greatest number ever given: none is given twice. */
  readonly last: number
  /** By number, ascending. */
  readonly all: readonly CatalogGeneration[]
  readonly superseded: ReadonlyMap<string, SupersededDefinition>
  /** By partition, in the order they were said. */
  readonly skips: ReadonlyMap<number, readonly OperatorSkip[]>
  /** Run of a server -> keys that it dropped and that are counted again since. */
  readonly evicted: ReadonlyMap<string, number>
}

export interface ReadCatalog {
  /** Null where there is no catalog, or what answers cannot be read. */
  readonly generations: Generations | null
  /** What cannot be read. Generations beside the one that answers do it no harm. */
  readonly damaged: readonly DamagedKey[]
}

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

function parseCatalog(key: string, source: string, flat: readonly Buffer[]): ReadCatalog {
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  const faults: DamagedKey[] = []
  const all = [...fields].flatMap(([field, text]): CatalogGeneration[] => {
    if (!/^g:\d{1,9}$/.test(field)) return []
    const parsed = parseEntry(Number(field.slice(2)), text)
    const fault =
      typeof parsed === 'string'
        ? parsed
        : parsed.source.name === source
          ? null
          : `is the definition of ${parsed.source.name}`
    if (fault === null) return [parsed as CatalogGeneration]
    faults.push({ key, field, why: fault })
    return []
  })
  const superseded = new Map<string, SupersededDefinition>()
  const skips = new Map<number, readonly OperatorSkip[]>()
  for (const [field, text] of fields) {
    const isMark = /^s:[0-9a-f]{64}$/.test(field)
    if (!isMark && !/^k:\d{1,6}$/.test(field)) continue
    const name = field.slice(2)
    const parsed = isMark ? parseMark(name, text) : parseSkips(text)
    if (parsed === null)
      faults.push({
        key,
        field,
        why: isMark ? 'is no mark of a superseded definition' : 'is no list of skips',
      })
    else if (Array.isArray(parsed)) skips.set(Number(name), parsed)
    else superseded.set(name, parsed as SupersededDefinition)
  }
  all.sort((a, b) => a.generation - b.generation)
  const active = all.find(({ generation }) => generation === Number(fields.get('active')))
  const partitions = Number(fields.get('partitions'))
  if (active === undefined) return { generations: null, damaged: faults }
  if (!Number.isSafeInteger(partitions) || partitions < 1)
    return {
      generations: null,
      damaged: [...faults, { key, field: 'partitions', why: 'is no number of partitions' }],
    }
  const last = Math.max(Number(fields.get('last') ?? 0), ...all.map(({ generation }) => generation))
  const timestamps = fields.get('timestamps')
  const copyOf = fields.get('copyOf')
  return {
    generations: {
      active,
      partitions,
      ...(timestamps !== undefined && { timestamps }),
      ...(copyOf !== undefined && { copyOfMs: Number(copyOf) }),
      version: Number(fields.get('version') ?? 0),
      last,
      all,
      superseded,
      skips,
      evicted: parseEvicted(fields.get('evicted')),
    },
    damaged: faults,
  }
}

/** Whether a server dropped keys that are not counted again yet: then no number of the source is whole. */
export function hasNewLosses(
  losses: ReadonlyMap<string, number>,
  { evicted }: Pick<Generations, 'evicted'>,
): boolean {
  return [...losses].some(([run, keys]) => keys > (evicted.get(run) ?? 0))
}
