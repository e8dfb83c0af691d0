/** The shape of fields that are worked out, and of the tables that they are looked up in. */
import { z } from 'zod'
import { block, expecting, inQuotes, name, text, TOPIC_PATTERN } from './schema-parts.ts'

export const COMPUTED = 'lower, upper, trim, url.host, url.path, url.param.NAME, cut, bucket, hour or weekday'
const number = z.number({ error: expecting('a number') })
const chars = expecting('a whole number of characters, 1 to 1000')

export const computedShape = block(
  {
    compute: text(
      /^(?:lower|upper|trim|url\.host|url\.path|url\.param\..{1,256}|cut|bucket|hour|weekday)$/s,
      COMPUTED,
    ).describe(
      'What is made of the field `of`: lower, upper, trim; url.host, url.path, url.param.NAME; cut (chars: N, or before: TEXT); bucket of a number (edges: [10, 50], or width: 10); hour and weekday of the time of the event in the zone of the source.',
    ),
    of: name.optional().describe('A field that stands above this one.'),
    chars: z.int({ error: chars }).min(1, { error: chars }).max(1000, { error: chars }).optional(),
    before: z
      .string({ error: (issue) => expecting('a text of 1 to 16 characters', inQuotes)(issue) })
      .min(1, { error: expecting('a text of 1 to 16 characters') })
      .max(16, { error: expecting('a text of 1 to 16 characters') })
      .optional(),
    edges: z
      .array(number, { error: expecting('a list of numbers, such as [10, 50, 100]') })
      .min(1, { error: expecting('a list of numbers, such as [10, 50, 100]') })
      .max(100, { error: expecting('a list of at most 100 numbers') })
      .optional(),
    width: number.optional(),
  },
  'a block { compute: ..., of: FIELD }',
)

export const lookedUpShape = block(
  {
    lookup: name.describe('The table, as it stands under lookups.'),
    of: name.describe('The field above this one whose value is the key.'),
    take: text(/^.{1,100}$/s, 'the name of a column', inQuotes).describe('The column whose value is taken.'),
  },
  'a block { lookup: TABLE, of: FIELD, take: COLUMN }',
)

export const lookupShape = block(
  {
    file: z
      .string({ error: expecting('the name of a CSV or JSON file beside the definition') })
      .min(1, { error: expecting('the name of a CSV or JSON file beside the definition') })
      .optional()
      .describe('CSV with a first line of names, or JSON; its place is beside the definition file.'),
    key: text(/^.{1,100}$/s, 'the name of the column that is looked up', inQuotes)
      .optional()
      .describe('The column of a file that is looked up. Each value of it stands in one row.'),
    topic: text(TOPIC_PATTERN, 'the name of a Kafka topic')
      .optional()
      .describe(
        'A compacted topic in place of a file: the key of a record is looked up, its value is a JSON object of columns; a record without value removes its row.',
      ),
  },
  'a block { file: FILE, key: COLUMN } or { topic: TOPIC }',
)
export const lookupsShape = z
  .record(name, lookupShape, {
    error: expecting('a block of tables, such as { devices: { file: devices.csv, key: device } }'),
  })
  .describe('Tables that fields are looked up in. Their content is part of the definition.')

export type GivenComputed = z.output<typeof computedShape>
export type GivenLookedUp = z.output<typeof lookedUpShape>
export type GivenLookups = z.output<typeof lookupsShape>
