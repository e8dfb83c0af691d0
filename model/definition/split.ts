/** By what facts of a source can be split: `by:` of a funnel, or of retention. */
import type { Place } from './faults.ts'
import type { Need, Report } from './series.ts'
import type { Breakdown } from '../definition.ts'

export interface SplitWords {
  /** `a funnel is split by` */
  readonly takes: string
  /** `every way` would be a name of its own. */
  readonly each: string
}

export function readSplit(
  given: readonly (string | readonly string[])[],
  key: string,
  at: Place,
  { takes, each }: SplitWords,
  need: Need,
  report: Report,
): Breakdown[] {
  const seen = new Set<string>()
  return given.map((said, index) => {
    const fields = typeof said === 'string' ? [said] : said
    const place = [...at, index]
    for (const field of fields) {
      need(field, 'string', place, takes)
      if (field === key) report(place, `${field} is the key itself: ${each} would be a name of its own`)
    }
    const set = fields.toSorted().join('+')
    if (new Set(fields).size < fields.length) report(place, 'the same field twice')
    else if (seen.has(set)) report(place, `${fields.join('+')} is given twice`)
    seen.add(set)
    return { name: fields.join('+'), fields }
  })
}
