/** The shape of what says how events are read: fields, rows, ids. */
import { z } from 'zod'
import { computedShape, lookedUpShape } from './schema-computed.ts'
import { didYouMean } from './faults.ts'
import { block, duration, expecting, oneOrMore, path, paths } from './schema-parts.ts'

export const FIELD_TYPES = [
  'string',
  'string?',
  'number',
  'number?',
  'boolean',
  'boolean?',
  'string[]',
] as const
const OTHER_TYPES: Record<string, string> = {
  int: 'number',
  integer: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  decimal: 'number',
  numeric: 'number',
  text: 'string',
  str: 'string',
  varchar: 'string',
  uuid: 'string',
  bool: 'boolean',
  flag: 'boolean',
}
function typeHint(input: unknown): string {
  if (typeof input !== 'string') return ''
  if (/^(?:list|array|strings|[a-z]+\[\]|set)\??$/i.test(input))
    return '; several values are "string[]", which may be absent; { type: "string[]", accept: number } takes numbers by their text'
  const [, word = '', mark = ''] = /^(.*?)(\??)$/s.exec(input) ?? []
  const other = Object.hasOwn(OTHER_TYPES, word.toLowerCase()) ? OTHER_TYPES[word.toLowerCase()] : undefined
  return other === undefined ? didYouMean(input, FIELD_TYPES) : `; did you mean "${other}${mark}"?`
}
const type = z
  .enum(FIELD_TYPES, {
    error: expecting('string, string?, number, number?, boolean, boolean? or string[]', typeHint),
  })
  .describe(
    '`?` = may be absent or null; else an event without it is a reject. string[] = an array of texts, which may be absent; an event counts under each of them.',
  )
export const fieldShape = z.union(
  [
    type,
    block(
      {
        type,
        from: paths
          .optional()
          .describe(
            'Where it stands in an event: names parted by dots. Of a list the first path that holds a value wins. $key, $headers.NAME, $topic and $timestamp are those of the Kafka record.',
          ),
        accept: oneOrMore(['number', 'boolean', 'text', 'comma'], 'number, boolean, text or comma')
          .optional()
          .describe(
            'What it may be beside its type. A string: number, boolean, by their JSON text. A number: text (in quotes), comma (in quotes, with a decimal comma). A boolean: text.',
          ),
        absent: z
          .enum(['empty', 'unreadable'], { error: expecting('empty or unreadable') })
          .optional()
          .describe(
            'Of an optional field, what counts as absent: an empty text, or whatever is of the wrong type.',
          ),
        clean: oneOrMore(['path', 'lowercase'], 'path, lowercase, or both in a list')
          .optional()
          .describe(
            'path: spellings of one page made one (query, fragment, slashes at the end, escapes, NFC). lowercase: small letters.',
          ),
        query: z
          .string({ error: expecting('the name of a parameter, such as utm_source') })
          .min(1, { error: expecting('the name of a parameter, such as utm_source') })
          .max(256, { error: expecting('a name of at most 256 characters') })
          .optional()
          .describe('The parameter of this name in the query of the text, in place of the text.'),
      },
      'a type, or { type: ..., from: ... }',
    ),
    computedShape,
    lookedUpShape,
  ],
  {
    error: expecting(
      'string, string?, number, number?, boolean, boolean?, string[], or { type: ..., from: ... }',
      typeHint,
    ),
  },
)

export const rowsShape = z.union(
  [
    z.literal('lines'),
    block(
      {
        lines: z
          .literal(true, { error: expecting('true') })
          .optional()
          .describe('JSON values behind each other, or one a line.'),
        in: path.optional().describe('The list inside an object, such as batch or data.readings.'),
        pairs: z
          .union([path, z.literal(true)], { error: expecting('a path, or true for the event itself') })
          .optional()
          .describe(
            'Each property of the object at this path is a row: $name and $value. true: of the event itself.',
          ),
        verdict: z
          .enum(['all', 'each'], { error: expecting('all or each') })
          .default('all')
          .describe('all rows of a record count or none; each: a bad row is a dead letter of its own.'),
      },
      'lines, or a block { lines: true, in: PATH, pairs: PATH, verdict: each }',
    ),
  ],
  { error: expecting('lines, or a block { lines: true, in: PATH, pairs: PATH, verdict: each }') },
)

const idBudget = expecting('a whole number of ids, 1 to 100000000')
export const idShape = z.union(
  [
    paths,
    block(
      {
        from: paths.describe('Where the id stands: a text or a number.'),
        within: duration
          .default('1d')
          .describe('For how long an id is remembered, by the time of the events.'),
        budget: z
          .int({ error: idBudget })
          .min(1, { error: idBudget })
          .max(100_000_000, { error: idBudget })
          .default(1_000_000)
          .describe(
            'Ids a partition remembers at one time; events with further ones count, and their repeats too.',
          ),
      },
      'a path, or { from: PATH, within: 1d }',
    ),
  ],
  { error: expecting('a path such as messageId or $headers.ce_id, or { from: PATH, within: 1d }') },
)
