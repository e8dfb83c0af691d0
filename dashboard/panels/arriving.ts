/** What arrives lately, of everything: whatever the page filters, and whichever range it shows. */
import type { CatalogSource } from '../../query-api/wire.ts'
import { ownSeries } from '../state/slots.ts'
import { slots } from '../plan/plan.ts'
import { rate, span } from '../format/format.ts'
import { recentRate } from '../series/totals.ts'

export interface Arrivals {
  /** Events a second of those sources that are known together; null where none is. */
  readonly perS: number | null
  readonly overMs: number
  /** Sources whose rate is not known now: it is not in `perS`. */
  readonly missing: readonly string[]
}

export function arrivals(sources: readonly CatalogSource[]): Arrivals {
  const found = sources.map(({ source }) => {
    const answer = ownSeries(slots.arriving(source))
    return { source, rate: answer === null ? null : recentRate(answer) }
  })
  const known = found.flatMap(({ rate }) => rate ?? [])
  return {
    perS: known.length === 0 ? null : known.reduce((sum, { perS }) => sum + perS, 0),
    overMs: Math.max(0, ...known.map(({ overMs }) => overMs)),
    missing: found.filter((one) => one.rate === null).map(({ source }) => source),
  }
}

/** "last minute, all clicks and readings", and who is left out. */
export function arrivingWords(sources: readonly CatalogSource[], { missing, overMs }: Arrivals): string {
  const names = sources.map(({ source }) => source).filter((source) => !missing.includes(source))
  return `${names.join(' and ')}, last ${overMs > 90_000 ? span(overMs) : 'minute'}${missing.length === 0 ? '' : `; without ${missing.join(' and ')}`}`
}

/** "1,392/s" in two parts, so that the unit stands smaller. */
export function ratePair(perS: number): [string, string] {
  const [value, unit] = rate(perS).split('/') as [string, string]
  return [value, `/${unit}`]
}
