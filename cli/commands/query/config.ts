/** Flags of `tidemark query`, and the query that they are. */
import { queryText } from '../../../client/query-text.ts'
import type { ParametersOf } from '../../../query-api/wire-queries.ts'
import { apiFlags } from '../../args/api.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import type { Flag, FlagValues } from '../../args/flags.ts'
import { readNumber } from '../../args/values.ts'

export const queryFlags = {
  by: { argument: 'FIELDS', description: 'fields that name the series or rows, joined by commas' },
  where: {
    argument: 'FILTER',
    description: 'FIELD:OPERATOR:VALUES, such as country:is:DE,FR; may be repeated, all must hold',
    many: '\n',
  },
  from: { argument: 'TIME', description: 'now-15m, now/d, 2026-03-01, 2026-03-01T12:00:00Z (now-15m)' },
  to: { argument: 'TIME', description: 'end of the range, in the same forms (now)' },
  interval: {
    argument: 'INTERVAL',
    description: 'auto, one that is kept, 1d, 1w or 1mo (auto; sessions and funnels: the whole range)',
  },
  compare: { argument: 'WHAT', description: 'previous, previous_day, previous_week or previous_year' },
  tz: { argument: 'ZONE', description: 'IANA time zone in which days and times are meant and shown (UTC)' },
  'week-start': { argument: 'DAY', description: 'monday or sunday (monday)' },
  limit: { argument: 'N', description: 'most series, or rows (10)' },
  top: { description: 'names by value over the whole range, not numbers over time' },
  sessions: { description: 'sessions of SOURCE: how many, bounces, pages, duration' },
  funnel: { argument: 'NAME', description: 'how many came how far through the steps of a funnel of SOURCE' },
  retention: { argument: 'NAME', description: 'cohorts of SOURCE, and how many of each came back' },
  unit: { argument: 'UNIT', description: 'of --retention: day or week (day, where there are such)' },
  journeys: { description: 'from page to page in SOURCE: what comes next' },
  page: { argument: 'PAGE', description: 'of --journeys: where they come from' },
  next: { argument: 'PAGE', description: 'of --journeys: where they go to' },
  through: { argument: 'PAGE', description: 'of --journeys: what comes before this page, and what after it' },
  steps: { argument: 'N', description: 'of --journeys: 1 or 2 steps onward (1; with --through 2)' },
  format: { argument: 'FORM', description: 'table, csv or ndjson (table)' },
  watch: { description: 'again whenever the numbers change, until interrupted' },
  ...apiFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const FORMS = ['table', 'csv', 'ndjson'] as const
export type Form = (typeof FORMS)[number]

const NAMES = ['series', 'top', 'sessions', 'funnel', 'retention', 'journeys'] as const
type Name = (typeof NAMES)[number]

/** A query as the client takes it, and as live streams do. */
export interface Asked {
  readonly name: Name
  readonly query: ParametersOf[Name]
  readonly text: string
}

export interface QueryConfig {
  readonly asked: Asked
  readonly form: Form
  readonly isWatch: boolean
  readonly tz: string
}

/** What the API alone can judge is left to it. Throws CommandError (wrong usage). */
export function readQueryConfig(values: FlagValues): QueryConfig {
  const text = (name: string): string | undefined =>
    values[name] === undefined ? undefined : String(values[name])
  const subject = text('subject')
  if (subject === undefined)
    throw new CommandError(
      'what is asked for? tidemark query SOURCE.METRIC; see tidemark query --help',
      exitCodes.usage,
    )
  const form = FORMS.find((one) => one === (text('format') ?? 'table'))
  if (form === undefined)
    throw new CommandError(`--format ${text('format')}: write ${FORMS.join(', ')}.`, exitCodes.usage)
  const name = nameOf(values, subject)
  const limit = readNumber('limit', text('limit') ?? '10', { least: 1, most: 1000, whole: true })
  const range = {
    by: text('by') ?? '',
    where: text('where')?.split('\n') ?? [],
    from: text('from'),
    to: text('to'),
    tz: text('tz'),
    week_start: text('week-start') as 'monday' | undefined,
    compare: text('compare') as 'previous' | undefined,
    limit,
  }
  const interval = text('interval')
  if (name === 'top' && interval !== undefined)
    throw new CommandError('--interval is of numbers over time; --top has none', exitCodes.usage)
  const queries: { [N in Name]: () => ParametersOf[N] } = {
    series: () => ({ metric: subject, interval, ...range }),
    top: () => ({ metric: subject, ...range }),
    sessions: () => ({ source: subject, interval, ...range }),
    funnel: () => ({ source: subject, funnel: text('funnel') ?? '', interval, ...range }),
    retention: () => ({
      source: subject,
      retention: text('retention') ?? '',
      unit: text('unit') as 'day' | undefined,
      by: range.by,
      where: range.where,
      from: range.from,
      to: range.to,
      tz: range.tz,
      limit,
    }),
    journeys: () => {
      const { by: _, ...rest } = range
      return {
        source: subject,
        page: text('page'),
        next: text('next'),
        through: text('through'),
        steps: text('steps') as '1' | undefined,
        interval,
        ...rest,
      }
    },
  }
  const query = queries[name]()
  const asked: Asked = { name, query, text: queryText(name, query) }
  return { asked, form, isWatch: values['watch'] === true, tz: text('tz') ?? 'UTC' }
}

/** What is asked for, by the one flag that says so. */
function nameOf(values: FlagValues, subject: string): Name {
  const named = NAMES.filter((name) => name in values && values[name] !== false)
  if (named.length > 1)
    throw new CommandError(`--${named.join(' and --')}: ask for one of them`, exitCodes.usage)
  const [name = 'series'] = named
  const isOfSource = name !== 'series' && name !== 'top'
  if (isOfSource && subject.includes('.'))
    throw new CommandError(
      `--${name} is of a source: tidemark query ${subject.split('.')[0]} --${name}`,
      exitCodes.usage,
    )
  return name
}
