/** What the shapes of a definition are made of: each part with the sentence for what does not fit. */
import { z } from 'zod'
import { shown } from './faults.ts'
import { PATH_PATTERN } from '../decode/path.ts'

export interface RawIssue {
  readonly code?: string | undefined
  readonly input?: unknown
}

/** The sentence for a value that is absent or not `what`; `hint` looks at the value that came instead. */
export const expecting =
  (what: string, hint: (input: unknown) => string = () => '') =>
  (issue: RawIssue): string =>
    issue.input === undefined
      ? `missing; it takes ${what}`
      : `${issue.input === null ? 'empty' : `${shown(issue.input)} does not fit`}; it takes ${what}${hint(issue.input)}`

/** A block with these keys only. Its message for an unknown key lists the known ones: `explain` looks for the nearest. */
export function block<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  what: string,
): z.ZodObject<Shape, z.core.$strict> {
  const says = expecting(what)
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : says(issue)),
  })
}

export const text = (pattern: RegExp, what: string, hint?: (input: unknown) => string): z.ZodString => {
  const error = expecting(what, hint)
  return z.string({ error }).regex(pattern, { error })
}

export function list<Item extends z.ZodType>(
  item: Item,
  least: number,
  most: number,
  what: string,
): z.ZodArray<Item> {
  const error = expecting(what)
  return z
    .array(item, { error })
    .min(least, { error })
    .max(most, { error: (issue) => `${shown(issue.input)}; at most ${most} are allowed` })
}

export const inQuotes = (input: unknown): string =>
  typeof input === 'number' || typeof input === 'boolean'
    ? `; put ${String(input)} in quotes if it is meant as text`
    : ''
export const TOPIC_PATTERN = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
export const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
export const name = text(NAME, 'a name of letters, digits and _, beginning with a letter', inQuotes)
export const fieldName = text(NAME, 'a name of letters, digits and _, beginning with a letter', (input) =>
  typeof input === 'string'
    ? `; to read such a name from events, write  my_name: { type: string, from: ${JSON.stringify(input)} }`
    : '',
)
export const saysUnit = (input: unknown): string =>
  Number.isFinite(input) ? `; say the unit: ${input}s, ${input}m, ${input}h or ${input}d` : ''
export const duration = text(
  /^[1-9]\d{0,9}(ms|s|m|h|d)$/,
  'a duration such as 30s, 45m, 36h or 14d',
  saysUnit,
)
export const kept = z.union([duration, z.literal('forever')], {
  error: expecting('a duration such as 45m or 14d, or forever', saysUnit),
})
const pathSaying = (what: string): z.ZodString =>
  text(PATH_PATTERN, what).max(256, { error: () => 'a path has at most 256 characters' })
export const path = pathSaying(
  'a name, or names parted by dots such as payload.amount (\\. for a dot inside a name)',
)
export const paths = z.union([path, list(path, 1, 8, 'a list of 1 to 8 paths')], {
  error: expecting('a path such as payload.amount, or a list of paths'),
})
const timePath = pathSaying('where the event time stands, such as ts or meta.time')
export const timePaths = z.union([timePath, list(timePath, 1, 8, 'a list of 1 to 8 paths')], {
  error: expecting('where the event time stands, such as ts or meta.time, or a list of such paths'),
})
/** One word, or several. */
export function oneOrMore<const Words extends readonly [string, ...string[]]>(words: Words, what: string) {
  const word = z.enum(words, { error: expecting(what) })
  return z.union([word, list(word, 1, words.length, `a list of ${what}`)], { error: expecting(what) })
}

export const condition = text(
  /^(?:\(.+\)|[A-Za-z][A-Za-z0-9_]{0,63}:(?:is|in|not|prefix|contains|exists|gt|ge|lt|le|between):.+)$/s,
  'a condition such as type:is:page_view',
  (input) =>
    typeof input === 'string' && !input.includes(':')
      ? '; inside [ ] a comma begins a new item: put a condition with several values in quotes'
      : '',
)
export const where = list(condition, 1, 20, 'a list of conditions, such as [type:is:page_view]').describe(
  'Only events for which all of these hold, as in queries: field:is:value,value, not, prefix, contains, exists:true; of numbers gt, ge, lt, le, between:10,20; (one|other) where one of several must hold.',
)

/** A field, or several together. */
export const breakdown = z.union([name, list(name, 2, 4, 'a list of 2 to 4 fields')], {
  error: expecting('a field, or a list of 2 to 4 fields'),
})

const entities = expecting('a whole number of values of the key, 1 to 10000000')
/** How many values of the key a partition remembers for sessions, a funnel or retention. */
export const entityBudget = z
  .int({ error: entities })
  .min(1, { error: entities })
  .max(10_000_000, { error: entities })
  .default(50_000)
