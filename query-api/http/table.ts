/** Rankings, sessions, funnels, cohorts and journeys as a table: a row a name, or with windows a row a name and window. Pure. */
import type {
  Bounds,
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  SessionsAnswer,
  TopAnswer,
} from '../wire.ts'

export type Cell = string | number | null
/** Texts are labels of names, but for times. */
export interface Table {
  readonly heads: readonly string[]
  readonly rows: Iterable<readonly Cell[]>
  /** The most that the text of windows may come to, which repeat their names; 0 where there are none. */
  readonly bytes: number
}
export type RankedAnswer = TopAnswer | SessionsAnswer | FunnelAnswer | RetentionAnswer | JourneysAnswer

/** What tables of facts are called, for the file that they are saved in. */
export function tableName({ meta }: RankedAnswer): string {
  if ('metric' in meta) return meta.metric
  if ('retention' in meta) return `${meta.source}.${meta.retention}.${meta.unit}`
  if ('funnel' in meta) return `${meta.source}-${meta.funnel}`
  return `${meta.source}-${'steps' in meta ? 'journeys' : 'sessions'}`
}

export function tableOf(answer: RankedAnswer): Table {
  const { heads, rows } = partsOf(answer)
  const windows = 'windows' in answer ? answer.windows : undefined
  return { heads, rows, bytes: windows === undefined ? 0 : bytesOf(windows, heads.length) }
}

/** Of names whose values stand in lists, one a window; a funnel has a list a step. */
function bytesOf({ timesMs, names }: Windows, columns: number): number {
  const bytesOf = ({ labels, steps }: Windows['names'][number]): number =>
    (steps?.length ?? 1) * (Buffer.byteLength(JSON.stringify(labels)) + columns * CELL_BYTES)
  return timesMs.length * names.reduce((sum, name) => sum + bytesOf(name), 0)
}

/** The longest number, a time, or the name of a step as most are. */
const CELL_BYTES = 24
interface Windows {
  readonly timesMs: readonly number[]
  readonly names: readonly { readonly labels: Labels; readonly steps?: readonly unknown[] }[]
}

type Rows = Omit<Table, 'bytes'>

function partsOf(answer: RankedAnswer): Rows {
  if (isTop(answer)) return topTable(answer)
  if (isRetention(answer)) return cohortsTable(answer)
  if (isJourneys(answer)) return journeysTable(answer)
  return isFunnel(answer) ? funnelTable(answer) : sessionsTable(answer)
}
export const isTop = (answer: RankedAnswer): answer is TopAnswer => 'metric' in answer.meta
export const isRetention = (answer: RankedAnswer): answer is RetentionAnswer => 'retention' in answer.meta
export const isJourneys = (answer: RankedAnswer): answer is JourneysAnswer => 'steps' in answer.meta
export const isFunnel = (answer: RankedAnswer): answer is FunnelAnswer => 'funnel' in answer.meta

const fieldsOf = ({ by }: { by: string | null }): string[] => by?.split('+') ?? []
type Labels = Readonly<Record<string, string | null>>
const labelsOf = (fields: readonly string[], labels: Labels): Cell[] =>
  fields.map((field) => labels[field] ?? null)
const timeText = (ms: number): string => new Date(ms).toISOString()

/** Made as they are taken: there may be hundreds of thousands. */
function* eachWindow<N>(
  { timesMs, names }: { readonly timesMs: readonly number[]; readonly names: readonly N[] },
  rowsOf: (name: N, at: number) => readonly (readonly Cell[])[],
): Generator<readonly Cell[]> {
  const times = timesMs.map(timeText)
  for (const name of names)
    for (const [at, time] of times.entries()) for (const row of rowsOf(name, at)) yield [time, ...row]
}

const isAnyBounded = (rows: readonly Bounds[]): boolean => rows.some(({ least }) => least !== undefined)
/** What has no bounds of its own is exact. */
const boundsOf = ({ least, most }: Bounds, value: Cell): Cell[] => [
  least === undefined ? value : least,
  most === undefined ? value : most,
]

function topTable({ rows, meta }: TopAnswer): Rows {
  const fields = fieldsOf(meta)
  const isCompared = meta.previous !== null
  const isBounded = isAnyBounded(rows)
  return {
    heads: [
      ...fields,
      meta.metric,
      'share',
      ...(isBounded ? BOUNDS : []),
      ...(isCompared ? ['previous', 'change'] : []),
    ],
    rows: rows.map((row) => [
      ...labelsOf(fields, row.labels),
      row.value,
      row.share,
      ...(isBounded ? boundsOf(row, row.value) : []),
      ...(isCompared ? [row.previous, row.change] : []),
    ]),
  }
}

const BOUNDS = ['least', 'most']
export const SESSION_FIGURES = ['sessions', 'bounceRate', 'pagesASession', 'averageMs'] as const

function sessionsTable({ rows, windows, meta }: SessionsAnswer): Rows {
  const fields = fieldsOf(meta)
  if (windows !== undefined)
    return {
      heads: ['time', ...fields, ...SESSION_FIGURES],
      rows: eachWindow(windows, ({ labels, ...figures }, at) => [
        [...labelsOf(fields, labels), ...SESSION_FIGURES.map((name) => figures[name][at] ?? null)],
      ]),
    }
  const isCompared = meta.previous !== null
  const isBounded = isAnyBounded(rows)
  const before = SESSION_FIGURES.map((name) => `previous ${name}`)
  return {
    heads: [
      ...fields,
      ...SESSION_FIGURES,
      'share',
      ...(isBounded ? BOUNDS : []),
      ...(isCompared ? before : []),
    ],
    rows: rows.map((row) => [
      ...labelsOf(fields, row.labels),
      ...SESSION_FIGURES.map((name) => row[name]),
      row.share,
      ...(isBounded ? boundsOf(row, row.sessions) : []),
      ...(isCompared ? SESSION_FIGURES.map((name) => row.previous?.[name] ?? null) : []),
    ]),
  }
}

/** A row a step of a name. */
function funnelTable({ rows, total, windows, meta }: FunnelAnswer): Rows {
  const fields = fieldsOf(meta)
  if (windows !== undefined)
    return {
      heads: ['time', ...fields, 'step', 'count'],
      rows: eachWindow(windows, ({ labels, steps }, at) =>
        steps.map((counts, step) => [
          ...labelsOf(fields, labels),
          total.steps[step]!.step,
          counts[at] ?? null,
        ]),
      ),
    }
  const isCompared = meta.previous !== null
  const isBounded = rows.some(({ steps }) => isAnyBounded(steps))
  return {
    heads: [
      ...fields,
      'step',
      'count',
      'ofFirst',
      'ofBefore',
      ...(isBounded ? BOUNDS : []),
      ...(isCompared ? ['previous'] : []),
    ],
    rows: rows.flatMap(({ labels, steps, previous }) =>
      steps.map((one, at) => [
        ...labelsOf(fields, labels),
        one.step,
        one.count,
        one.ofFirst,
        one.ofBefore,
        ...(isBounded ? boundsOf(one, one.count) : []),
        ...(isCompared ? [previous?.[at] ?? null] : []),
      ]),
    ),
  }
}

/** One a row, a column a period; what has not begun is empty. */
function cohortsTable({ rows, meta }: RetentionAnswer): Rows {
  const fields = fieldsOf(meta)
  const periods = Array.from({ length: meta.periods }, (_, at) => String(at + 1))
  const isBounded = isAnyBounded(rows)
  return {
    heads: [...fields, 'cohort', 'size', ...(isBounded ? BOUNDS : []), ...periods],
    rows: rows.map((row) => [
      ...labelsOf(fields, row.labels),
      row.cohort,
      row.size,
      ...(isBounded ? boundsOf(row, row.size) : []),
      ...row.back,
    ]),
  }
}

function journeysTable({ rows, windows, meta }: JourneysAnswer): Rows {
  const fields = ['page', 'next', 'then'].slice(0, 1 + meta.steps)
  if (windows !== undefined)
    return {
      heads: ['time', ...fields, 'journeys'],
      rows: eachWindow(windows, ({ labels, journeys }, at) => [
        [...labelsOf(fields, labels), journeys[at] ?? null],
      ]),
    }
  const isCompared = meta.previous !== null
  const isBounded = isAnyBounded(rows)
  return {
    heads: [
      ...fields,
      'journeys',
      'ofPage',
      'ofNext',
      ...(isBounded ? BOUNDS : []),
      ...(isCompared ? ['previous'] : []),
    ],
    rows: rows.map((row) => [
      ...labelsOf(fields, row.labels),
      row.journeys,
      row.ofPage,
      row.ofNext,
      ...(isBounded ? boundsOf(row, row.journeys) : []),
      ...(isCompared ? [row.previous ?? null] : []),
    ]),
  }
}
