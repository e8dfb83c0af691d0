import { z } from 'zod'
import { readTime } from './time.ts'

const name = z.string().min(1)

/** Where one field of the event comes from. An empty cell, or an absent name in NDJSON, leaves the field out. */
const rule = z.union([
  z.strictObject({
    column: name,
    /** `host`: host of a URL. `device`: mobile, tablet, desktop or bot, from a user agent. */
    as: z.enum(['string', 'number', 'host', 'device']).default('string'),
    /** Cut to this many bytes of UTF-8, at a whole character. */
    maxBytes: z.int().positive().optional(),
  }),
  z.strictObject({ set: z.union([z.string(), z.number()]) }),
  /**
   * Of the file's name without folder and endings: `name` all of it, `prefix` what stands before the first underscore, `middle`
   * what follows it without a last part that holds a digit (an instance's id).
   */
  z.strictObject({ file: z.enum(['name', 'prefix', 'middle']) }),
])

export const mappingSchema = z.strictObject({
  topic: name.optional(),
  /** Field whose value keys the records. */
  key: name.optional(),
  time: z.strictObject({ column: name, field: name.default('ts'), utc: z.boolean().default(false) }),
  /** `all`: every column under its own name, `numbers` as numbers, then `fields` on top. */
  columns: z.enum(['all', 'named']).default('named'),
  numbers: z.array(name).default([]),
  fields: z.record(name, rule).default({}),
})

/** How a row becomes an event. Plain data, in the form of a `--mapping` file. */
export type MappingFile = z.input<typeof mappingSchema>
export type Mapping = z.output<typeof mappingSchema>
type Rule = z.output<typeof rule>

/** A row's columns: text from CSV and TSV, any JSON value from NDJSON. */
export type Row = Readonly<Record<string, unknown>>
export type Mapped = { timeMs: number; fields: Record<string, unknown> } | { fault: string }

/** Compiles a mapping for one file. The answer holds every field but the time, which moves with `--shift`. */
export function compileMapping(mapping: Mapping, path: string): (row: Row) => Mapped {
  const numbers = new Set(mapping.numbers)
  const rules = Object.entries(mapping.fields).map(([field, rule]) => ({
    field,
    read: compileRule(rule, path, numbers.has(field)),
  }))
  return (row) => {
    const timeMs = readTime(own(row, mapping.time.column), mapping.time.utc)
    if (typeof timeMs !== 'number') return { fault: `column ${mapping.time.column}: ${timeMs.fault}` }
    const pairs: [string, unknown][] = []
    if (mapping.columns === 'all')
      for (const [column, cell] of Object.entries(row)) {
        if (column === mapping.time.column || cell === '') continue
        const value = numbers.has(column) ? toNumber(cell) : cell
        if (value === undefined) return { fault: `column ${column}: ${show(cell)} is not a number` }
        pairs.push([column, value])
      }
    for (const { field, read } of rules) {
      const value = read(row)
      if (typeof value === 'object') return value
      if (value !== undefined) pairs.push([field, value])
    }
    // fromEntries makes own properties of any name, __proto__ included.
    return { timeMs, fields: Object.fromEntries(pairs) }
  }
}

/** Every column that the mapping names. */
export function columnsOf({ time, fields }: Mapping): string[] {
  return [time.column, ...Object.values(fields).flatMap((rule) => ('column' in rule ? [rule.column] : []))]
}

type Reader = (row: Row) => string | number | undefined | { fault: string }

function compileRule(rule: Rule, path: string, number: boolean): Reader {
  if ('set' in rule) return () => rule.set
  if ('file' in rule) {
    const part = filePart(path, rule.file)
    return () => part
  }
  const { column, maxBytes } = rule
  const as = number ? 'number' : rule.as
  return (row) => {
    const cell = own(row, column)
    if (cell === undefined || cell === null || cell === '') return undefined
    if (as === 'number') return toNumber(cell) ?? { fault: `column ${column}: ${show(cell)} is not a number` }
    if (typeof cell === 'object')
      return { fault: `column ${column} holds an object; name a column of plain values` }
    const text = String(cell)
    const value = as === 'host' ? hostOf(text) : as === 'device' ? deviceOf(text) : text
    return value === undefined || maxBytes === undefined ? value : cut(value, maxBytes)
  }
}

const own = (row: Row, column: string): unknown => (Object.hasOwn(row, column) ? row[column] : undefined)
const show = (cell: unknown) => (JSON.stringify(cell) ?? 'nothing').slice(0, 80)

function toNumber(cell: unknown): number | undefined {
  const value =
    typeof cell === 'number'
      ? cell
      : typeof cell === 'string' && cell.trim() !== ''
        ? Number(cell)
        : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

/** `a/ec2_cpu_utilization_24ae8d.csv.gz`: name without folder and endings, or a part of it. */
export function filePart(path: string, part: 'name' | 'prefix' | 'middle'): string {
  const name = (path.split(/[/\\]/).at(-1) ?? path)
    .replace(/\.gz$/i, '')
    .replace(/\.(csv|tsv|ndjson|jsonl|json|txt)$/i, '')
  const [prefix = name, ...rest] = name.split('_')
  if (part === 'name') return name
  if (part === 'prefix') return prefix
  const middle = rest.length > 1 && /\d/.test(rest.at(-1)!) ? rest.slice(0, -1) : rest
  return middle.length > 0 ? middle.join('_') : name
}

/** Host of a URL, without port; absent where the text is no URL (`-`, an application's own scheme). */
function hostOf(text: string): string | undefined {
  const host = URL.canParse(text) ? new URL(text).hostname : ''
  return host === '' ? undefined : host
}

/** Coarse on purpose: what a page wants to know, from the few words that user agents agree on. */
function deviceOf(agent: string): string {
  if (/bot\b|bot\/|spider|crawl|slurp|curl|wget|python|java\/|monitor|feed|preview|fetch/i.test(agent))
    return 'bot'
  if (/ipad|tablet|kindle|silk|android(?!.*mobile)/i.test(agent)) return 'tablet'
  return /mobi|iphone|ipod|phone/i.test(agent) ? 'mobile' : 'desktop'
}

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  // Step back from the middle of a character: its later bytes begin with 10.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
