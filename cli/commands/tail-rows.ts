/** Which rows of a look were not there at the one before, oldest first; and each as a line. Pure. */
import type { RejectRow, TailRow } from '../../query-api/wire.ts'

export class NewRows<R extends TailRow | RejectRow> {
  readonly #first: number
  /** By partition: the greatest place shown. */
  #seen: Map<number, readonly [offset: number, index: number]> | null = null

  /** `first`: rows of the first look that are new. */
  constructor(first: number) {
    this.#first = first
  }

  /** `rows` newest first, as the API tells them; `most`: as many as a look can have. */
  take(rows: readonly R[], most: number): { fresh: R[]; isGap: boolean } {
    const before = this.#seen
    const seen = new Map(before)
    const fresh = rows.filter((row) => {
      const at = before?.get(row.partition)
      return at === undefined || isAfter(placeOf(row), at)
    })
    for (const row of rows) {
      const at = seen.get(row.partition)
      if (at === undefined || isAfter(placeOf(row), at)) seen.set(row.partition, placeOf(row))
    }
    this.#seen = seen
    if (before === null) return { fresh: rows.slice(0, this.#first).toReversed(), isGap: false }
    return { fresh: fresh.toReversed(), isGap: rows.length >= most && fresh.length === rows.length }
  }
}

type Place = readonly [offset: number, index: number]
const placeOf = (row: TailRow | RejectRow): Place => [row.offset, 'index' in row ? row.index : 0]
const isAfter = (a: Place, b: Place): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

/** `SOURCE/PARTITION@OFFSET  TIME  what was sent`; of a dead letter the reason before it. No control character reaches the terminal. */
export function rowLine(row: TailRow | RejectRow, form: 'raw' | 'ndjson'): string {
  if (form === 'ndjson') return `${JSON.stringify(row)}\n`
  const { source, partition, offset, tsMs, raw } = row
  const reason = 'reason' in row ? `  ${row.reason}: ${row.detail}` : ''
  const line = `${source}/${partition}@${offset}  ${new Date(tsMs).toISOString()}${reason}  ${raw}`
  return `${line.replaceAll(/\p{Cc}/gu, ' ')}\n`
}
