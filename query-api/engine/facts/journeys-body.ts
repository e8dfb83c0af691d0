/** From rankings of transitions and of pages to the one answer about journeys. Pure. */
import type { JourneysRule } from '../../../model/definition.ts'
import { cutValue } from '../../../model/dictionary.ts'
import type { JourneysQuery } from '../../language/journeys-query.ts'
import type { JourneysAnswer, TopAnswer } from '../../wire.ts'
import type { FactsParts } from './facts.ts'
import { boundsIn, mispartitionedNote, windowsOf } from './facts-body.ts'

type Figure = Pick<TopAnswer['total'], 'value' | 'previous' | 'least' | 'most'>

export function journeysBody(query: JourneysQuery, rule: JourneysRule, parts: FactsParts): JourneysAnswer {
  const [top] = parts.tops as [TopAnswer]
  const [pages, nexts, open, views, visits, late, over] = parts.leftOut as [
    TopAnswer,
    TopAnswer,
    TopAnswer,
    TopAnswer,
    TopAnswer,
    TopAnswer,
    TopAnswer,
  ]
  const { metric: _, by: __, ...meta } = top.meta
  const ofPage = shareOf('page', pages, query.by.length)
  const ofNext = shareOf('next', nexts, query.by.length)
  const taken = ({ value, previous, ...bounds }: Figure): JourneysAnswer['total'] => ({
    journeys: value,
    ...boundsIn(bounds),
    ...(query.compare !== null && { previous }),
  })
  return {
    rows: top.rows.map((row) => ({
      labels: row.labels,
      ...(row.other !== undefined && { other: row.other }),
      ...(row.cut !== undefined && { cut: row.cut }),
      ...taken(row),
      ofPage: ofPage(row),
      ofNext: ofNext(row),
    })),
    others: top.others === null ? null : { count: top.others.count, ...taken(top.others) },
    total: taken(top.total),
    ...windowsOf(
      parts.series,
      ([journeys]) => ({ journeys: journeys! }),
      ([least], [most]) => ({ least, most }),
    ),
    meta: {
      ...meta,
      steps: query.steps,
      gapMs: rule.gapMs,
      lateMs: rule.lateMs,
      views: views.total.value,
      visits: visits.total.value,
      open: open.total.value,
      late: late.total.value,
      over: over.total.value,
      ...mispartitionedNote(parts),
    },
  }
}

type Row = TopAnswer['rows'][number]

/** What a row is of all rows of its page, or of its next; `fields`: of a row, in whose name a text may be cut sooner than in that of a page alone. */
function shareOf(field: string, { rows }: TopAnswer, fields: number): (row: Row) => number | null {
  const wholes = new Map<string, number | null>()
  for (const { labels, value, other } of rows) {
    if (other !== undefined) continue
    const label = labels[field]!
    wholes.set(label, value)
    wholes.set(cutValue(label, fields), value)
  }
  return ({ labels, value, other }) => {
    const whole = other === undefined ? (wholes.get(labels[field]!) ?? 0) : 0
    return value === null || whole === 0 ? null : value / whole
  }
}
