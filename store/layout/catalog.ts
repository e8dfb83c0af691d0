/**
 * `catalog`: a hash of one source. `version`, `active`, `partitions`, `last`, `timestamps`, `copyOf` and `evicted` by name; `g:<generation>` a definition and its
 * state, `s:<def>` a definition that gave way, `k:<partition>` what operators passed over.
 */
import type { Argument } from '../connection/connection.ts'
import type { DamagedKey } from '../errors.ts'
import {
  entryText,
  parseEntry,
  parseEvicted,
  parseMark,
  parseSkips,
  type CatalogGeneration,
  type OperatorSkip,
  type SupersededDefinition,
} from './catalog-entry.ts'

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

export interface Generations {
  readonly active: CatalogGeneration
  readonly partitions: number
  /** Whose clock the Kafka timestamps of the topic are: `LogAppendTime` the broker's, `CreateTime` the producers' own. Absent = not known. */
  readonly timestamps?: string
  /** The store is a copy as of this time, ms: nobody counts on in it. Absent = it is no copy. */
  readonly copyOfMs?: number
  /** Raised by every change; what every change compares. */
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

/** Pairs for HSET, and the fields that go. */
export function encodeCatalog(change: CatalogChange): { set: Argument[]; gone: string[] } {
  const set: Argument[] = []
  if (change.active !== undefined) set.push('active', change.active)
  if (change.partitions !== undefined) set.push('partitions', change.partitions)
  if (change.timestamps !== undefined) set.push('timestamps', change.timestamps)
  if (change.last !== undefined) set.push('last', change.last)
  for (const one of change.put ?? []) set.push(`g:${one.generation}`, entryText(one))
  for (const { def, fileMs, atMs } of change.superseded ?? [])
    set.push(`s:${def}`, JSON.stringify({ fileMs, atMs }))
  for (const [partition, said] of change.skips ?? []) set.push(`k:${partition}`, JSON.stringify(said))
  if (change.evicted !== undefined) set.push('evicted', JSON.stringify(Object.fromEntries(change.evicted)))
  if (change.copyOfMs !== undefined) set.push('copyOf', change.copyOfMs)
  const gone = [
    ...(change.drop ?? []).map((generation) => `g:${generation}`),
    ...(change.readmitted ?? []).map((def) => `s:${def}`),
  ]
  return { set, gone }
}

/** A reply to HGETALL; `key` is named where it is damaged. */
export function parseCatalog(key: string, source: string, flat: readonly Buffer[]): ReadCatalog {
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
