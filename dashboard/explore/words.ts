/** Words of the Explore page that depend on the question. Pure. */
import type { Form, Shown } from './ask.ts'
import { addsUp } from './ask.ts'

export const formNames: Record<Form, string> = {
  lines: 'Lines',
  stack: 'Stacked',
  bars: 'Bars',
  number: 'Number',
  table: 'Table',
}
const CALENDAR: Record<string, string> = { '1d': 'day', '1w': 'week', '1mo': 'month' }

/** What a point is of: "per 5 min", "different ones in each day", "p95 of each minute". */
export function everyWords({ of, per }: Shown, interval: string, step: string): string {
  const each = CALENDAR[interval] ?? step
  if (per !== null)
    return addsUp(of) && addsUp(per)
      ? `of each ${each}: both added up, then divided`
      : `of each ${each}, divided`
  if (of.metric.kind === 'uniques') return `different ones in each ${each}`
  return addsUp(of) ? `per ${each}` : `${of.stat} of each ${each}`
}

/** "a", "a and b", "a, b and c". */
export const listed = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')
