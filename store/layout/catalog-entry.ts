/** One generation as the catalog holds it, checked: a newer version of Tidemark, or another program, may have written something else. */
import { z } from 'zod'
import { FILTER_OPS, NUMBER_OPS } from '../../model/condition-text.ts'
import type { Source } from '../../model/definition.ts'
import { MEASURES, type Measure } from '../../model/measures/index.ts'

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
  /** The store dropped keys of it: what it says is not whole, and another one is filled in its place. */
  readonly lossy?: boolean
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

const names = z.array(z.string())
const test = z.object({ field: z.string(), op: z.enum([...FILTER_OPS, ...NUMBER_OPS]), values: names.min(1) })
const conditions = z.array(z.union([test, z.object({ any: z.array(test).min(1) })]))
const decimals = z.int().nonnegative()
const metricOf = ({ kind, input, isRankable }: Measure): z.ZodObject<{ kind: z.ZodLiteral<string> }> =>
  z.object({
    kind: z.literal(kind),
    name: z.string(),
    ...(input !== 'none' && { field: z.string() }),
    ...(input === 'number' && { decimals }),
    where: conditions,
    ...(isRankable && { rank: names }),
  })
const [firstMetric, ...otherMetrics] = [...MEASURES.values()].map(metricOf)
const metric = z.discriminatedUnion('kind', [firstMetric!, ...otherMetrics])

/** What readers rely on; whatever else a definition says is kept as it is. */
const source = z.looseObject({
  name: z.string(),
  topic: z.string(),
  key: z.string(),
  timePath: names,
  fields: z.array(
    z.looseObject({
      name: z.string(),
      type: z.enum(['string', 'number']),
      optional: z.boolean(),
      from: z.array(names),
    }),
  ),
  breakdowns: z.array(z.looseObject({ name: z.string(), fields: names })).min(1),
  metrics: z.array(metric),
  intervals: z
    .array(z.looseObject({ name: z.string(), ms: z.int().positive(), keepMs: z.int().positive().nullable() }))
    .min(1),
  entity: z
    .looseObject({ onlineMs: z.int().positive(), last: z.object({ by: z.string(), of: names }).nullable() })
    .nullable(),
})
const entry = z.object({
  source,
  def: z.string().min(1),
  state: z.enum(['filling', 'active', 'old']),
  sinceMs: z.number(),
  dropping: z.boolean().optional(),
  fileMs: z.number().optional(),
  anotherLog: z.boolean().optional(),
  lossy: z.boolean().optional(),
})

const REMEMBERED = 64
const known = new Map<string, CatalogGeneration | string>()

/** As it stands in its field; its number is the field's name. */
export const entryText = (entry: CatalogGeneration): string =>
  JSON.stringify({ ...entry, generation: undefined })

/** Or the sentence that says why not. A catalog is read several times a second and hardly ever changes: what was parsed is remembered by its text. */
export function parseEntry(generation: number, text: string): CatalogGeneration | string {
  const key = `${generation} ${text}`
  let parsed = known.get(key)
  if (parsed === undefined) {
    if (known.size >= REMEMBERED) known.clear()
    known.set(key, (parsed = parseText(generation, text)))
  }
  return parsed
}

function parseText(generation: number, text: string): CatalogGeneration | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'is not JSON'
  }
  const parsed = entry.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `is not a definition of this layout (${issue!.path.join('.') || 'it'}: ${issue!.message})`
  }
  const { def, state, sinceMs, dropping, fileMs, anotherLog, lossy } = parsed.data
  return {
    generation,
    source: (json as { source: Source }).source,
    def,
    ...(fileMs !== undefined && { fileMs }),
    state,
    sinceMs,
    ...(dropping === true && { dropping }),
    ...(anotherLog === true && { anotherLog }),
    ...(lossy === true && { lossy }),
  }
}

const mark = z.object({ fileMs: z.number(), atMs: z.number() })
const skips = z.array(
  z.object({ from: z.int().nonnegative(), to: z.int().nonnegative(), why: z.string(), atMs: z.number() }),
)

/** Null where it is none. */
export function parseMark(def: string, text: string): SupersededDefinition | null {
  const { success, data } = mark.safeParse(json(text))
  return success ? { def, ...data } : null
}

/** Null where it is no list of them. */
export function parseSkips(text: string): OperatorSkip[] | null {
  const { success, data } = skips.safeParse(json(text))
  return success ? data : null
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const evicted = z.record(z.string(), z.int().nonnegative())

/** Run of a server -> dropped keys that are made good; none where the field is absent or holds something else. */
export function parseEvicted(text: string | undefined): ReadonlyMap<string, number> {
  const { success, data } = evicted.safeParse(json(text ?? ''))
  return new Map(success ? Object.entries(data) : [])
}
