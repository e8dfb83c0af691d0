/** One generation as the catalog holds it, checked: a newer version of Tidemark, or another program, may have written something else. */
import { z } from 'zod'
import type { Source } from '../model/definition.ts'

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

const names = z.array(z.string())
const conditions = z.array(z.object({ field: z.string(), op: z.enum(['is', 'not']), values: names }))
const decimals = z.int().nonnegative()
const metric = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('count'), name: z.string(), where: conditions, rank: names }),
  z.object({ kind: z.literal('sum'), name: z.string(), field: z.string(), decimals, where: conditions, rank: names }),
  z.object({ kind: z.literal('stats'), name: z.string(), field: z.string(), decimals, where: conditions }),
])

/** What readers rely on; whatever else a definition says is kept as it is. */
const source = z.looseObject({
  name: z.string(), topic: z.string(), key: z.string(), timePath: names,
  fields: z.array(z.looseObject({ name: z.string(), type: z.enum(['string', 'number']), optional: z.boolean(), from: z.array(names).min(1) })),
  breakdowns: z.array(z.looseObject({ name: z.string(), fields: names })).min(1),
  metrics: z.array(metric),
  intervals: z.array(z.looseObject({ name: z.string(), ms: z.int().positive(), keepMs: z.int().positive().nullable() })).min(1),
  entity: z.looseObject({ onlineMs: z.int().positive(), last: z.object({ by: z.string(), of: names }).nullable() }).nullable(),
})
const entry = z.object({
  source, def: z.string().min(1), state: z.enum(['filling', 'active', 'old']), sinceMs: z.number(), dropping: z.boolean().optional(),
})

/** Or the sentence that says why not. */
export function parseEntry(generation: number, text: string): CatalogGeneration | string {
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
  const { def, state, sinceMs, dropping } = parsed.data
  return { generation, source: (json as { source: Source }).source, def, state, sinceMs, ...(dropping === true && { dropping }) }
}
