/** From rankings and series of one order each to the one answer about sessions. Pure. */
import type { Source } from '../../../model/definition.ts'
import type { SessionsQuery } from '../../language/facts-query.ts'
import type { FactsParts } from './facts.ts'
import { boundsIn, mispartitionedNote, windowsOf } from './facts-body.ts'
import type { Bounds, SessionFigures, SessionsAnswer, TopAnswer } from '../../wire.ts'

/** Statistics of the measure, as an answer calls them. */
export const FIGURES = ['sessions', 'bounceRate', 'pagesASession', 'averageMs'] as const
/** Of all events of the range, whatever is asked for. */
export const LEFT_OUT = ['late', 'over', 'elsewhere'] as const

export function sessionsBody(query: SessionsQuery, source: Source, parts: FactsParts): SessionsAnswer {
  const { tops, leftOut, series } = parts
  const [top] = tops as [TopAnswer]
  const { metric: _, by: __, ...meta } = top.meta
  const figures = (of: (one: TopAnswer) => Figure): Compared => ({
    ...together(tops.map(of), query.compare !== null),
    ...boundsIn(of(top)),
  })
  const [late, over] = leftOut.map(({ total }) => total.value)
  return {
    rows: top.rows.map(({ labels, share, other, cut }, row) => ({
      labels,
      ...(other !== undefined && { other }),
      ...(cut !== undefined && { cut }),
      share,
      ...figures(({ rows }) => rows[row]!),
    })),
    others:
      top.others === null
        ? null
        : { count: top.others.count, share: top.others.share, ...figures(({ others }) => others!) },
    total: figures(({ total }) => total),
    ...windowsOf(
      series,
      ([sessions, bounceRate, pagesASession, averageMs]) => ({
        sessions: sessions!,
        bounceRate: bounceRate!,
        pagesASession: pagesASession!,
        averageMs: averageMs!,
      }),
      ([least], [most]) => ({ least, most }),
    ),
    meta: {
      ...meta,
      by: query.by.length === 0 ? null : query.by.join('+'),
      gapMs: source.sessions!.gapMs,
      late: late!,
      over: over!,
      ...mispartitionedNote(parts),
    },
  }
}

type Figure = Pick<TopAnswer['total'], 'value' | 'previous' | 'least' | 'most'>
type Compared = SessionFigures & Bounds & { previous?: SessionFigures }

function together(figures: readonly Figure[], isCompared: boolean): Compared {
  const named = (of: (one: Figure) => number | null): SessionFigures =>
    Object.fromEntries(FIGURES.map((name, at) => [name, of(figures[at]!)])) as SessionFigures
  return {
    ...named(({ value }) => value),
    ...(isCompared && { previous: named(({ previous }) => previous) }),
  }
}
