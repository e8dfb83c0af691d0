/** What `tidemark check` says: a source as a table, and its forecast of memory. */
import { hasRow, measureOf, type Measure } from '../../../model/measures/index.ts'
import type {
  Derived,
  Field,
  Form,
  FunnelRule,
  LookupTable,
  TopicTable,
  Metric,
  SessionsRule,
  Source,
} from '../../../model/definition.ts'
import { journeysText } from './journeys.ts'
import { retentionText } from './retention.ts'
import { durationText, whole } from './words.ts'
import { factsOf } from '../../../model/facts.ts'
import { conditionsText } from '../query/condition-words.ts'
import { FOREVER_DAYS, type Forecast } from '../../../model/forecast.ts'
import { computedText } from '../../../model/fields/computed-text.ts'
import { pathText } from '../../../model/decode/path.ts'

export interface Checked {
  readonly source: Source
  /** Of one partition, with the names that were assumed, and with as many as the budget lets in. */
  readonly forecast: Forecast
  readonly atBudget: Forecast
}

/** Above this the total is worth a warning. */
const MUCH_BYTES = 8e9

export function sourceText({ source, forecast }: Checked): string {
  const lookups = [...(source.lookups ?? []).map(tableText), ...(source.joins ?? []).map(joinText)]
  const lines = [
    ['topic', source.topic],
    ['key', source.key],
    ['time', `${source.time}, at most ${durationText(source.futureMs)} ahead of Kafka's clock`],
    ...eventLines(source),
    ['fields', ...source.fields.map(fieldText)],
    ...(lookups.length === 0 ? [] : [['lookups', ...lookups]]),
    ['metrics', ...source.metrics.map(metricText)],
    ...(source.derived === undefined ? [] : [['derived', ...source.derived.map(derivedText)]]),
    [
      'keep',
      source.intervals
        .map(({ name, keepMs }) => `${name} for ${keepMs === null ? 'ever' : durationText(keepMs)}`)
        .join(', '),
    ],
    ['budget', `${whole(source.budget)} names a breakdown, UTC day and partition`],
    ...(source.entity === null
      ? []
      : [
          [
            'entity',
            `each ${source.key}: online for ${durationText(source.entity.onlineMs)}, forgotten after ${durationText(source.entity.forgetMs)}, at most ${whole(source.entity.budget)} a partition${source.entity.last === null ? '' : `; latest ${source.entity.last.of.join(', ')} by ${source.entity.last.by}`}`,
          ],
        ]),
    ...(source.sessions === undefined ? [] : [['sessions', sessionsText(source.key, source.sessions)]]),
    ...(source.funnels === undefined
      ? []
      : [['funnels', ...source.funnels.map((one) => funnelText(source.key, one))]]),
    ...(source.retention === undefined
      ? []
      : [['retention', ...source.retention.map((one) => retentionText(source.key, one))]]),
    ...(source.journeys === undefined ? [] : [['journeys', journeysText(source.key, source.journeys)]]),
  ]
  const facts = lines.flatMap(([label, ...values]) =>
    values.map((value, at) => `  ${(at === 0 ? label! : '').padEnd(10)}${value}\n`),
  )
  return `\n${source.name}\n${facts.join('')}\n  memory of one partition, at most:\n${table(memoryRows(source, forecast))}`
}

const joinText = ({ name, columns, topic }: TopicTable): string =>
  `${name}: ${columns.join(', ')} by the keys of topic ${topic}, in log order`
const tableText = ({ name, columns, rows }: LookupTable): string =>
  `${name}: ${columns.join(', ')} of ${whole(rows.length)} keys`

function fieldText({
  name,
  type,
  list,
  optional,
  from,
  takes,
  absent,
  clean,
  query,
  compute,
}: Field): string {
  if (compute !== undefined) return `${name}: string, ${computedText(compute)}`
  const paths = from.map(pathText)
  const where = paths.length === 1 && paths[0] === name ? '' : `, from ${paths.join(', else ')}`
  const forms = takes === undefined ? type : takes.map((form) => formWords[form]).join(' or ')
  const options = [
    ...(list ? [', several'] : []),
    ...(optional ? [', may be absent'] : []),
    ...(absent === undefined ? [] : [`, absent where ${absent}`]),
    ...(clean === undefined ? [] : [`, clean ${clean.join(' and ')}`]),
    ...(query === undefined ? [] : [`, its parameter ${query}`]),
  ]
  return `${name}: ${forms}${options.join('')}${where}`
}

const formWords = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  digits: 'number in quotes',
  comma: 'decimal comma in quotes',
  words: 'true or false in quotes',
} as const satisfies Record<Form, string>

/** What says how records are read, where it is not the usual. */
function eventLines({ zone, framed, rows, id }: Source): string[][] {
  const stand = rows && [
    ...(rows.lines ? ['values behind each other'] : []),
    ...(rows.in === null ? [] : [`in ${pathText(rows.in)}`]),
    ...(rows.pairs === null
      ? []
      : [`pairs of ${rows.pairs.length === 0 ? 'the event' : pathText(rows.pairs)}`]),
    rows.verdict === 'each' ? 'each with a verdict of its own' : 'all count or none',
  ]
  return [
    ...(zone === undefined ? [] : [['zone', `${zone}, of times that name none`]]),
    ...(framed === undefined ? [] : [['framed', `as ${framed} does`]]),
    ...(stand === undefined ? [] : [['rows', stand.join(', ')]]),
    ...(id === undefined
      ? []
      : [
          [
            'id',
            `${id.from.map(pathText).join(', else ')}, within ${durationText(id.withinMs)}, at most ${whole(id.budget)} a partition`,
          ],
        ]),
  ]
}

function metricText(metric: Metric): string {
  const what = [
    metric.field === undefined ? metric.kind : `${metric.kind} of ${metric.field}`,
    ...(metric.decimals === undefined ? [] : [`${metric.decimals} decimals`]),
  ].join(', ')
  const { rank: ranked = [] } = metric
  const rank = ranked.length === 0 ? '' : `; ranked by ${ranked.join(', ')}`
  const kept = metric.breakdowns === undefined ? '' : `; kept in ${metric.breakdowns.join(', ')}`
  const where = metric.where.length === 0 ? '' : ` where ${conditionsText(metric.where)}`
  return `${metric.name}: ${what}${where}${rank}${kept}`
}

function derivedText({ name, kind, of, everyMs }: Derived): string {
  const [a, b] = of.map(({ metric, stat }) => `${metric} (${stat})`)
  if (kind === 'per') return `${name}: ${a!} per ${durationText(everyMs!)}`
  return `${name}: ${a!} ${kind === 'ratio' ? 'divided by' : 'less'} ${b!}`
}

function sessionsText(key: string, { gapMs, lateMs, page, where, by, budget }: SessionsRule): string {
  const pages = where.length === 0 ? 'every event' : `events where ${conditionsText(where)}`
  return [
    `visits of each ${key}: end after ${durationText(gapMs)}, late events up to ${durationText(lateMs)} find theirs`,
    `pages are ${pages}${page === null ? '' : `, entry and exit by ${page}`}`,
    ...(by.length === 0 ? [] : [`by ${by.map(({ name }) => name).join(', ')} of the first event`]),
    `at most ${whole(budget)} ${key}s a partition`,
  ].join('; ')
}

function funnelText(key: string, { name, withinMs, steps, by, budget }: FunnelRule): string {
  const way = steps.map((one) => `${one.name} (${conditionsText(one.where)})`).join(', then ')
  const split = by.length === 0 ? '' : `; by ${by.map((one) => one.name).join(', ')} of the first step`
  return `${name}: ${way}, within ${durationText(withinMs)}${split}; at most ${whole(budget)} ${key}s a partition`
}

/** One row a breakdown: its cells of each interval, its names, its rankings. */
function memoryRows(
  source: Source,
  { cells, nameTables, rankings, entities, ids, readings, facts, streamBytes, bytes }: Forecast,
): string[][] {
  const all = [source, ...factsOf(source).map(({ written }) => written)]
  // Facts by day have an interval of their own.
  const intervals = new Set(all.flatMap((one) => one.intervals.map(({ name }) => name)))
  const head = ['by', ...intervals, 'names', 'rankings', 'cells']
  const breakdowns = all.flatMap((one) => one.breakdowns)
  const rows = breakdowns.map(({ name }) => {
    const own = cells.filter(({ breakdown }) => breakdown === name)
    const ranked = rankings
      .filter(({ breakdown }) => breakdown === name)
      .reduce((sum, one) => sum + one.bytes, 0)
    const names = nameTables.find(({ breakdown }) => breakdown === name)?.bytes ?? 0
    return [
      name === 'all' ? '(total)' : name,
      ...[...intervals].map((interval) => {
        const cellsOfIt = own.find((one) => one.interval === interval)
        return cellsOfIt === undefined ? '' : size(cellsOfIt.bytes)
      }),
      size(names),
      size(ranked),
      whole(own.reduce((sum, one) => sum + one.cells, 0)),
    ]
  })
  const last = (label: string, value: number): string[] => [
    label,
    size(value),
    ...head.slice(2).map(() => ''),
  ]
  return [
    head,
    ...rows,
    ...(entities === null ? [] : [last('entities', entities.bytes)]),
    ...(ids === null ? [] : [last('ids', ids.bytes)]),
    ...readings.map((one) => last(`readings of ${one.metric}`, one.bytes)),
    ...facts.map((one) => last(`${one.fact} that go on`, one.bytes)),
    last('feed, tail, rejects', streamBytes),
    last('in all', bytes),
  ]
}

export function totalsText(checked: readonly Checked[], partitions: number): string {
  const total = (of: (one: Checked) => Forecast): number =>
    checked.reduce((sum, one) => sum + of(one).bytes, 0) * partitions
  const [bytes, atBudget] = [total((one) => one.forecast), total((one) => one.atBudget)]
  const lines = [
    `${partitions} partitions a topic: at most ${size(bytes)}; with every breakdown at its budget of names at most ${size(atBudget)}.`,
  ]
  if (bytes > MUCH_BYTES) {
    const parts = checked.flatMap(({ source, forecast }) => [
      ...forecast.cells.map((one) => ({ ...one, what: `${source.name} by ${one.breakdown}` })),
      ...forecast.rankings.map((one) => ({
        ...one,
        what: `the ranking of ${source.name}.${one.metric} by ${one.breakdown}`,
      })),
    ])
    const most = parts.toSorted((a, b) => b.bytes - a.bytes)[0]!
    lines.push(
      `warning: this is much. The most is ${most.what} in ${most.interval}: keep ${most.interval} for less long, or lower the budget.`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** Measures whose cells have no size of their own, each once. */
function openEnded(checked: readonly Checked[]): Measure[] {
  const measures = checked.flatMap(({ source }) => source.metrics.map(measureOf))
  return [...new Set(measures)].filter((measure) => !hasRow(measure))
}

export function assumptionsText(checked: readonly Checked[], names: number): string {
  const forever = checked.some(({ source }) => source.intervals.some(({ keepMs }) => keepMs === null))
  const entities = checked.some(({ source }) => source.entity !== null)
  return [
    `An upper bound: ${whole(names)} names a breakdown and day (--names), each with events in every window and every partition; an event by`,
    'several fields names one tuple. Names of 20 letters, counts below 2 million a cell. Quiet windows cost nothing.',
    'While a changed definition is counted anew, the old numbers and the new stand side by side: twice this.',
    ...openEnded(checked).map(
      ({ kind, packedBytes }) =>
        `${kind}: ${packedBytes} bytes a cell are taken; it is as large as its events make it (docs/measures.md).`,
    ),
    ...(forever ? [`What is kept for ever is counted for ${FOREVER_DAYS} days.`] : []),
    ...(entities
      ? [
          'Entities: as many new ones a day, up to the budget of the entity block; four latest values for each.',
        ]
      : []),
    ...(checked.some(({ forecast }) => forecast.facts.length > 0)
      ? [
          'Sessions and ways that go on: one for each name, up to their budget; their cells by the names of a day.',
        ]
      : []),
    ...(checked.some(({ source }) => source.id !== undefined)
      ? ['Ids: as many as their budget remembers.']
      : []),
    ...(checked.some(({ forecast }) => forecast.readings.length > 0)
      ? [
          'Readings: series as entities, four a key where the metric has by:, each with all readings that are remembered.',
        ]
      : []),
    '',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      `    ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Decimal units, two digits that mean something. */
function size(bytes: number): string {
  if (bytes === 0) return '-'
  const unit = Math.min(Math.floor(Math.log10(bytes) / 3), 5)
  const value = bytes / 1000 ** unit
  return `${value.toFixed(value < 9.95 && unit > 0 ? 1 : 0)} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB'][unit]!}`
}
