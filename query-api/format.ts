/** The same answer for tools that want a table: one row a point, and comma-separated values (RFC 4180). */
import type { SeriesAnswer, SeriesMeta } from './wire.ts'

export interface RowsFormat {
  /** The labels, `timeMs`, the value under the metric's name, and `previous` where the query compares. */
  rows: Record<string, string | number | null>[]
  meta: SeriesMeta
}

export function toRows({ timesMs, series, previous, meta }: SeriesAnswer): RowsFormat {
  const rows = series.flatMap(({ labels, values }, n) =>
    timesMs.map((timeMs, at) => ({ ...labels, timeMs, [meta.metric]: values[at]!, ...(previous !== undefined && { previous: previous.values[n]![at]! }) })))
  return { rows, meta }
}

/** Empty = no data. A label that is absent is empty too. */
export function toCsv({ timesMs, series, previous, meta }: SeriesAnswer): string {
  const fields = meta.by?.split('+') ?? []
  const lines = [['time', ...fields, meta.metric, ...(previous === undefined ? [] : ['previous'])].map(quoted).join(',')]
  const times = timesMs.map((ms) => new Date(ms).toISOString())
  for (const [n, { labels, values }] of series.entries()) {
    const named = fields.map((field) => quoted(labels[field] ?? '')).map((cell) => `${cell},`).join('')
    for (const [at, time] of times.entries()) lines.push(`${time},${named}${values[at] ?? ''}${previous === undefined ? '' : `,${previous.values[n]![at] ?? ''}`}`)
  }
  return `${lines.join('\r\n')}\r\n`
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
