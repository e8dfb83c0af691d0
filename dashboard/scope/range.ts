/** The page's time range, as it stands in the address: `?from=now-15m`. The end is always now. */

export interface Range {
  /** In the grammar of the API. */
  readonly from: string
  readonly ms: number
  /** "15 minutes", to follow "last". */
  readonly name: string
}

const units = { m: { ms: 60_000, name: 'minute' }, h: { ms: 3_600_000, name: 'hour' }, d: { ms: 86_400_000, name: 'day' } } as const
const longestMs = 90 * units.d.ms

/** Reads `now-15m`, `now-6h`, `now-7d`; undefined where it says anything else. */
export function parseRange(from: string): Range | undefined {
  const found = /^now-([1-9]\d{0,3})([mhd])$/.exec(from)
  if (found === null) return undefined
  const unit = units[found[2] as keyof typeof units]
  const n = Number(found[1])
  if (n * unit.ms > longestMs) return undefined
  return { from, ms: n * unit.ms, name: n === 1 ? unit.name : `${n} ${unit.name}s` }
}

export const quickRanges: readonly Range[] = ['now-5m', 'now-15m', 'now-1h', 'now-6h', 'now-24h'].map((from) => parseRange(from)!)
export const usualRange: Range = quickRanges[1]!

/** The range an address asks for; a range that cannot be read is the usual one. */
export const rangeOf = (search: string): Range => parseRange(new URLSearchParams(search).get('from') ?? '') ?? usualRange

/** The same address with another range; all else in it stays. */
export function searchWith(search: string, range: Range): string {
  const query = new URLSearchParams(search)
  query.set('from', range.from)
  return `?${query}`
}
