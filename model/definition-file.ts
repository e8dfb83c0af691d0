/** The definition file as people write it: checked whole, every fault at once, then spelled out into {@link Source}s. */
import { z } from 'zod'
import type { Breakdown, Condition, Entity, Field, Interval, Metric, Source } from './definition.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'letters, digits and _, beginning with a letter')
const duration = z.string().regex(/^[1-9]\d*(ms|s|m|h|d)$/, 'a duration such as 45m, 2d')
const decimals = z.int().min(0).max(15)
const where = z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*:(is|not):.+$/s, 'a condition such as type:is:page_view')).min(1)

const metric = z.union([
  z.literal('count'),
  z.strictObject({ count: z.literal(true), where: where.optional() }),
  z.strictObject({ sum: name, decimals, where: where.optional() }),
  z.strictObject({ stats: name, decimals, where: where.optional() }),
])

const source = z.strictObject({
  topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'a Kafka topic name'),
  key: name,
  time: name,
  fields: z.record(name, z.enum(['string', 'string?', 'number', 'number?'])),
  breakdowns: z.array(z.union([name, z.array(name).min(2).max(4)])).max(30).default([]),
  metrics: z.record(name, metric),
  future: duration.default('1m'),
  budget: z.int().min(1).max(100_000).default(5000),
  entity: z.strictObject({ online: duration, last: z.strictObject({ by: name, of: z.array(name).min(1) }).optional() }).optional(),
})

const file = z.strictObject({
  sources: z.record(name, source),
  keep: z.record(duration, z.union([duration, z.literal('forever')])),
})

export type DefinitionFile = z.input<typeof file>

export class DefinitionError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`the definition has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/** Checks a parsed file and fills in every default. Throws {@link DefinitionError} with all faults. */
export function readDefinition(raw: unknown): Source[] {
  const parsed = file.safeParse(raw)
  if (!parsed.success) throw new DefinitionError(parsed.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`))
  const faults: string[] = []
  const intervals = readKeep(parsed.data.keep, faults)
  const sources = Object.entries(parsed.data.sources).map(([name, given]) => spellOut(name, given, intervals, faults))
  if (sources.length === 0) faults.push('sources: at least one is needed')
  const topics = sources.map((one) => one.topic)
  for (const topic of new Set(topics)) if (topics.filter((other) => other === topic).length > 1) faults.push(`sources: topic ${topic} is used twice; a source is one topic`)
  if (faults.length > 0) throw new DefinitionError(faults)
  return sources
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationMs(text: string): number {
  const match = /^(\d+)([a-z]+)$/.exec(text)!
  return Number(match[1]) * UNITS[match[2]!]!
}

function readKeep(keep: Record<string, string>, faults: string[]): Interval[] {
  const intervals = Object.entries(keep).map(([name, kept]) => ({ name, ms: durationMs(name), keepMs: kept === 'forever' ? null : durationMs(kept) }))
  if (intervals.length === 0) faults.push('keep: at least one interval is needed')
  for (const { name, ms } of intervals) if (ms < 1000 || 86_400_000 % ms !== 0) faults.push(`keep.${name}: an interval is at least 1s and divides a day`)
  const sorted = intervals.toSorted((a, b) => a.ms - b.ms)
  for (const [at, { name, ms }] of sorted.entries()) if (sorted[at + 1]?.ms === ms) faults.push(`keep.${name}: given twice`)
  return sorted
}

function spellOut(name: string, given: z.output<typeof source>, intervals: Interval[], faults: string[]): Source {
  const fields: Field[] = Object.entries(given.fields).map(([field, type]) => ({
    name: field, type: type.startsWith('string') ? 'string' : 'number', optional: type.endsWith('?'),
  }))
  const at = `sources.${name}`
  const need = (field: string, type: Field['type'], where: string): void => {
    const found = fields.find((one) => one.name === field)
    if (!found) faults.push(`${at}.${where}: ${field} is not among the fields`)
    else if (found.type !== type) faults.push(`${at}.${where}: ${field} is a ${found.type}; a ${type} is needed`)
  }
  need(given.key, 'string', 'key')
  const breakdowns = given.breakdowns.map((one): Breakdown => {
    const parts = typeof one === 'string' ? [one] : one
    return { name: parts.join('+'), fields: parts }
  })
  const seen = new Set<string>()
  for (const { name: breakdown, fields: parts } of breakdowns) {
    for (const part of parts) need(part, 'string', `breakdowns.${breakdown}`)
    const set = parts.toSorted().join('+')
    if (seen.has(set) || new Set(parts).size < parts.length) faults.push(`${at}.breakdowns.${breakdown}: the same fields twice`)
    if (breakdown === 'all') faults.push(`${at}.breakdowns.all: all is the total, which is always there`)
    seen.add(set)
  }
  const metrics = Object.entries(given.metrics).map(([metric, measure]) => readMetric(metric, measure, (field, type) => need(field, type, `metrics.${metric}`)))
  if (metrics.length === 0) faults.push(`${at}.metrics: at least one is needed`)
  return {
    name, topic: given.topic, key: given.key, time: given.time, fields,
    breakdowns: [{ name: 'all', fields: [] }, ...breakdowns],
    metrics, intervals, futureMs: durationMs(given.future), budget: given.budget,
    entity: readEntity(given.entity, fields, `${at}.entity`, faults),
  }
}

function readMetric(name: string, measure: z.output<typeof metric>, need: (field: string, type: Field['type']) => void): Metric {
  if (measure === 'count') return { kind: 'count', name, where: [] }
  const where = (measure.where ?? []).map((text): Condition => {
    const [, field, op, values] = /^([^:]+):(is|not):(.+)$/s.exec(text)!
    need(field!, 'string')
    return { field: field!, op: op as 'is' | 'not', values: values!.split(',') }
  })
  if ('count' in measure) return { kind: 'count', name, where }
  const field = 'sum' in measure ? measure.sum : measure.stats
  need(field, 'number')
  return { kind: 'sum' in measure ? 'sum' : 'stats', name, field, decimals: measure.decimals, where }
}

function readEntity(given: z.output<typeof source>['entity'], fields: Field[], at: string, faults: string[]): Entity | null {
  if (!given) return null
  const last = given.last ?? null
  for (const field of last ? [last.by, ...last.of] : []) if (!fields.some((one) => one.name === field)) faults.push(`${at}: ${field} is not among the fields`)
  return { onlineMs: durationMs(given.online), last }
}
