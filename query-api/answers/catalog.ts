/** `/v1/catalog`: what can be asked. */
import { z } from 'zod'
import { count, damage, ms } from './common.ts'

const stat = z.string()

export const catalogSource = z.object({
  source: z.string(),
  topic: z.string(),
  key: z.string(),
  generation: count,
  def: z.string(),
  partitions: count,
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['string', 'number']),
      optional: z.boolean(),
      path: z
        .array(z.string())
        .describe(
          'Where it stands in an event (the first of several places), names of objects inside each other',
        ),
      isFlag: z
        .exactOptional(z.literal(true))
        .describe('A JSON boolean, which counts as the name `true` or `false`'),
      computed: z
        .exactOptional(z.string())
        .describe('How it is worked out, such as `url.host of page`; it stands in no event'),
      isList: z
        .exactOptional(z.literal(true))
        .describe('An event may hold several values and counts under each, so that they do not add up'),
    }),
  ),
  timePath: z.array(z.string()).describe("Where an event's time stands"),
  metrics: z.array(
    z.object({
      metric: z.string(),
      kind: z.string(),
      stats: z
        .array(stat)
        .describe("The statistics that may follow the metric's name, the first being meant without one"),
      addsUp: z.array(stat).describe('Those whose parts add up to the whole'),
      perSecond: z.exactOptional(z.array(stat)).describe('Those that are of a second'),
      inField: z
        .exactOptional(z.array(stat))
        .describe(
          'Those in the unit of the field, the others being numbers of things (`seconds` is in seconds)',
        ),
      histogram: z
        .exactOptional(z.literal(true))
        .describe('`/v1/top` has the statistic `histogram`: how many values are where'),
      field: z.string().nullable(),
      where: z.array(z.string()).describe('Conditions that an event must meet, as queries write them'),
      of: z.exactOptional(z.array(z.string())).describe('Of a metric that is worked out from others: which'),
      everyMs: z.exactOptional(ms).describe('Of a `per`: of how much time its value is'),
      breakdowns: z
        .exactOptional(z.array(z.array(z.string())))
        .describe(
          'Those of the source whose cells hold it, the total without fields; absent where all do. By others the log is asked',
        ),
    }),
  ),
  breakdowns: z
    .array(z.array(z.string()))
    .describe('Fields that may be asked for together, in `by` and `where`, at no cost'),
  intervals: z
    .array(z.object({ name: z.string(), ms, keepMs: ms.nullable().describe('Null = for ever') }))
    .describe('Finest first'),
  entity: z
    .object({
      field: z.string(),
      onlineMs: ms,
      last: z.object({ by: z.string(), of: z.array(z.string()) }).nullable(),
    })
    .nullable()
    .describe('What `/v1/entities` can tell; null where the source has none'),
  sessions: z
    .exactOptional(z.object({ gapMs: ms, by: z.array(z.array(z.string())) }))
    .describe('What `/v1/sessions` can tell, and by which fields; absent where the source has none'),
  funnels: z
    .exactOptional(
      z.array(
        z.object({
          funnel: z.string(),
          withinMs: ms,
          steps: z.array(z.string()),
          by: z.array(z.array(z.string())),
        }),
      ),
    )
    .describe('What `/v1/funnel` can tell; absent where the source has none'),
  journeys: z
    .exactOptional(z.object({ page: z.string(), gapMs: ms, steps: z.int().min(1).max(2) }))
    .describe('What `/v1/journeys` can tell; absent where the source has none'),
  retention: z
    .exactOptional(
      z.array(
        z.object({
          retention: z.string(),
          units: z.array(z.object({ unit: z.enum(['day', 'week']), periods: z.int() })),
          tz: z.string(),
          weekStart: z.enum(['monday', 'sunday']),
          by: z.array(z.array(z.string())),
        }),
      ),
    )
    .describe('What `/v1/retention` can tell; absent where the source has none'),
})

export const catalogAnswer = z.object({
  sources: z.array(catalogSource),
  damaged: z
    .array(damage)
    .describe(
      'Catalogs of the store that cannot be read; their sources are not in `sources` unless this API knew them before',
    ),
})
