/** The shape of the definition file: what may stand where. What the parts mean to each other is checked in source.ts. */
import { z } from 'zod'
import { didYouMean } from './faults.ts'
import { lookupsShape } from './schema-computed.ts'
import { derivedShape } from './schema-derived.ts'
import { fieldShape, idShape, rowsShape } from './schema-events.ts'
import {
  breakdown,
  block,
  duration,
  expecting,
  fieldName,
  kept,
  inQuotes,
  list,
  name,
  NAME,
  timePaths,
  text,
  TOPIC_PATTERN,
  where,
} from './schema-parts.ts'
import { funnelsShape } from './schema-funnels.ts'
import { journeysShape } from './schema-journeys.ts'
import { retentionShape } from './schema-retention.ts'
import { sessionsShape } from './schema-sessions.ts'
import { goesBySeries, MEASURES, type Measure } from '../measures/index.ts'

export { FIELD_TYPES, fieldShape } from './schema-events.ts'

const decimals = z
  .int({ error: expecting('the digits kept after the decimal point, 0 to 15') })
  .min(0, { error: expecting('0 to 15 digits') })
  .max(15, { error: expecting('0 to 15 digits') })
  .describe('Digits kept after the decimal point: sums are exact in this unit.')

const declared = z.union(
  [
    text(/^[A-Za-z][A-Za-z0-9_+]{0,259}$/, 'the name of a breakdown'),
    list(name, 2, 4, 'a list of 2 to 4 fields'),
  ],
  { error: expecting('a breakdown as it stands under breakdowns') },
)
const rank = list(declared, 1, 30, 'a list of breakdowns, such as [path, country]').describe(
  'Breakdowns whose values are kept in the order of this metric.',
)
const keptIn = list(declared, 1, 31, 'a list of breakdowns, such as [all, country]').describe(
  'Breakdowns that keep this metric, the total as all; without it every one does.',
)

/** As it is given: the key that names its measure holds the field, or `true` where it takes none. */
export type GivenMetric =
  | 'count'
  | {
      readonly where?: string[]
      readonly rank?: (string | string[])[]
      readonly breakdowns?: (string | string[])[]
      readonly decimals?: number
      readonly by?: string[]
      readonly is?: string[]
      readonly hold?: string
      readonly [measure: string]: unknown
    }
const seriesOptions = {
  by: list(name, 1, 4, 'a list of fields, such as [sensor]')
    .optional()
    .describe('Fields that, beside the key, tell one series from another: each has readings of its own.'),
  is: list(
    text(/^.+$/s, 'a value of the field, in quotes'),
    1,
    20,
    'a list of values, such as [on, heating]',
  ).describe('The values for which time is counted.'),
  hold: duration.default('10m').describe('For how long a reading holds, at most, while none follows.'),
}
const isTrue = z.literal(true, { error: expecting('true') })
const optionsOf = (measure: Measure): readonly (keyof typeof seriesOptions)[] =>
  goesBySeries(measure) ? measure.options : []
const shapeOf = (measure: Measure): z.core.$ZodLooseShape => ({
  [measure.kind]: measure.input === 'none' ? isTrue : name,
  ...(measure.input === 'number' && { decimals }),
  ...Object.fromEntries(optionsOf(measure).map((option) => [option, seriesOptions[option]])),
  where: where.optional(),
  ...(measure.isRankable && { rank: rank.optional() }),
  breakdowns: keptIn.optional(),
})
const spelled = (measure: Measure): string => {
  const { kind, input } = measure
  const needed = optionsOf(measure).includes('is') ? ', is: [VALUE]' : ''
  return `{ ${kind}: ${input === 'none' ? 'true' : 'FIELD'}${input === 'number' ? ', decimals: N' : ''}${needed} }`
}
const measures = [...MEASURES.values()]
export const metricShape = z
  .union([z.literal('count'), ...measures.map((measure) => block(shapeOf(measure), 'a metric'))], {
    error: expecting(
      `count, or a block with one of ${[...MEASURES.keys()].join(', ')}, such as { sum: FIELD, decimals: N }`,
      (input) => didYouMean(String(input), [...MEASURES.keys()]),
    ),
  })
  .describe(measures.map((measure) => `${spelled(measure)}: ${measure.says}`).join('; ')) as z.ZodType<
  GivenMetric,
  GivenMetric
>

const entityBudget = expecting('a whole number of entities, 1 to 10000000')
export const entityShape = block(
  {
    online: duration.describe('Online while its latest event is younger than this.'),
    forget: duration
      .optional()
      .describe(
        'Forgotten, with its latest values, when it was not seen for so long, in whole UTC days by the time of the events. Default: the longest keep that ends, else 90d.',
      ),
    budget: z
      .int({ error: entityBudget })
      .min(1, { error: entityBudget })
      .max(10_000_000, { error: entityBudget })
      .default(50_000)
      .describe(
        'Entities a partition remembers at one time; further ones are counted, but neither shown as present nor given latest values. Latest values: four times as many.',
      ),
    last: block(
      {
        by: name.describe('A latest value for each value of this field.'),
        of: list(name, 1, 20, 'a list of fields').describe('The fields that are kept.'),
      },
      'a block { by: FIELD, of: [FIELD, ...] }',
    )
      .optional()
      .describe('Latest values of each entity.'),
  },
  'a block { online: DURATION, last: ..., forget: ..., budget: ... }',
)

const budget = expecting('a whole number of names, 1 to 100000')
export const sourceShape = block(
  {
    topic: text(TOPIC_PATTERN, 'the name of a Kafka topic', inQuotes).describe(
      'The Kafka topic; a source is one topic.',
    ),
    key: text(NAME, 'the name of the field by which producers key records').describe(
      'The field by which producers key records: one value of it, one partition.',
    ),
    time: timePaths.describe(
      'Where the event time stands: ISO-8601 with a zone, or seconds, ms, us, ns since 1970. $kafka: the timestamp of the Kafka record. Of a list the first that is there.',
    ),
    zone: z
      .string({ error: expecting('the name of a zone, such as Europe/Berlin') })
      .optional()
      .describe('The zone of times that name none, such as Europe/Berlin; without it they are rejects.'),
    framed: z
      .enum(['confluent', 'apicurio', 'glue'], { error: expecting('confluent, apicurio or glue') })
      .optional()
      .describe('The schema registry whose bytes stand before the JSON.'),
    rows: rowsShape.optional().describe('Where the events of a record stand, where they are several.'),
    id: idShape
      .optional()
      .describe('What tells an event that was sent twice; within: for how long it is remembered (1d).'),
    fields: z
      .record(fieldName, fieldShape, {
        error: expecting('a block of fields, such as { path: string, amount: number? }'),
      })
      .describe('The fields that are read; all others are let be.'),
    breakdowns: list(breakdown, 0, 30, 'a list of fields, or of lists of fields')
      .default([])
      .describe('By what numbers can be split, beside the total.'),
    metrics: z
      .record(name, metricShape, { error: expecting('a block of metrics, such as { orders: count }') })
      .describe('What is counted.'),
    derived: derivedShape.optional(),
    future: duration
      .default('1m')
      .describe('How far an event may lie ahead of the time it reached Kafka; later ones are rejects.'),
    budget: z
      .int({ error: budget })
      .min(1, { error: budget })
      .max(100_000, { error: budget })
      .default(5000)
      .describe('Names a breakdown may give out a UTC day and partition; later ones count as __other__.'),
    sessions: sessionsShape
      .optional()
      .describe('Sessions of each value of the key: visits with entry, exit, pages, duration and bounce.'),
    funnels: funnelsShape
      .optional()
      .describe('Ways of each value of the key through steps in their order, within a time.'),
    journeys: journeysShape
      .optional()
      .describe('From page to page: where each value of the key goes next, and then.'),
    retention: retentionShape
      .optional()
      .describe('Cohorts of values of the key by the day or week they joined, and when they came back.'),
    entity: entityShape.optional().describe('Presence and latest values for each value of the key.'),
  },
  'a block that describes one topic',
)

export const fileShape = block(
  {
    $schema: z.string({ error: expecting('the address of the schema') }).optional(),
    sources: z
      .record(name, sourceShape, { error: expecting('a block of sources by name') })
      .describe('One source a topic, by the name that queries use.'),
    lookups: lookupsShape.optional(),
    keep: z
      .record(duration, kept, {
        error: expecting('a block of interval: how long, such as { 1s: 45m, 1m: 2d, 1h: 90d }'),
      })
      .describe('interval: how long its windows are kept, by the time of the events; forever is allowed.'),
  },
  'a definition: a block with sources and keep',
)

export type DefinitionFile = z.input<typeof fileShape>
export type GivenSource = z.output<typeof sourceShape>
