/** How figures of sessions and funnels are written, and what they are made of. Pure. */
import type { SeriesAnswer, SessionFigures, SessionsAnswer } from '../../query-api/wire.ts'
import { amount, fixed, share, span } from '../format/format.ts'
import { changeWords } from '../format/values.ts'

export type FigureName = keyof SessionFigures

export const FIGURES: readonly { readonly name: FigureName; readonly title: string }[] = [
  { name: 'sessions', title: 'Sessions' },
  { name: 'bounceRate', title: 'Bounce rate' },
  { name: 'pagesASession', title: 'Pages a session' },
  { name: 'averageMs', title: 'Duration, mean' },
]

export function sayFigure(name: FigureName, value: number): string {
  if (name === 'sessions') return amount(value)
  if (name === 'bounceRate') return share(value)
  return name === 'averageMs' ? span(value) : fixed(value, 2)
}

/** A number and its unit, as a tile has them: "41.2" "%", "2:48" "min". */
export function tileOf(name: FigureName, value: number): readonly [string, string?] {
  if (name === 'bounceRate') return [fixed(value * 100, 1), '%']
  if (name !== 'averageMs') return [sayFigure(name, value)]
  const s = Math.round(value / 1000)
  if (s < 60) return [String(s), 's']
  if (s < 3600) return [`${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`, 'min']
  return [span(value)]
}

/** "↑ 12.4 % was 20,921", "↓ 1.8 points was 43.0 %". */
export function changeOfFigure(name: FigureName, now: number, before: number): string {
  const was = `was ${sayFigure(name, before)}`
  if (name === 'bounceRate') {
    const points = (now - before) * 100
    const arrow = Math.abs(points) < 0.05 ? '' : points > 0 ? '↑ ' : '↓ '
    return `${arrow}${fixed(Math.abs(points), 1)} points, ${was}`
  }
  if (before <= 0) return now > 0 ? `new, ${was}` : was
  const { arrow, text } = changeWords((now - before) / before)
  return `${arrow === '' ? '' : `${arrow} `}${text}, ${was}`
}

type Meta = Pick<SessionsAnswer['meta'], 'late' | 'over' | 'mispartitioned'>

/** What is in no number of an answer, each a sentence. */
export function leftOut({ late, over, mispartitioned }: Meta, what: string, partial = 0): string[] {
  const events = (count: number): string => `${amount(count)} ${count === 1 ? 'event' : 'events'}`
  return [
    ...(partial > 0
      ? [
          `Parts of ${partial === 1 ? 'one step' : `${partial} steps`} are not covered: no window that is kept divides them there.`,
        ]
      : []),
    ...(late !== null && late > 0 ? [`${events(late)} came too late for ${what}, and are in none.`] : []),
    ...(over !== null && over > 0
      ? [`${events(over)} are in none: more keys at one time than the budget remembers.`]
      : []),
    ...(mispartitioned === undefined
      ? []
      : [
          mispartitioned.seenTwice
            ? 'Events of one key are in several partitions: these are counted in parts, and are too many.'
            : `${amount(mispartitioned.keyedOtherwise)} began with a record that is keyed by something else: events of one key may be in several partitions.`,
        ]),
  ]
}

/** A figure of each window that is over: one that is not would be a fall at the end of its line. */
export function overOf({ windows, meta }: SessionsAnswer, name: FigureName): readonly (number | null)[] {
  if (windows === undefined) return []
  const over = windows.timesMs.findIndex((ms) => ms + windows.intervalMs > (meta.asOfMs ?? 0))
  return windows.names[0]?.[name].slice(0, over < 0 ? undefined : over) ?? []
}

/** Sessions of each window, as a chart takes numbers over time. Null where none were asked for. */
export function windowsAsSeries({ windows, meta }: SessionsAnswer): SeriesAnswer | null {
  if (windows === undefined) return null
  const { timesMs, toMs, names, interval, intervalMs } = windows
  return {
    timesMs,
    series: names.map(({ labels, sessions }) => ({ labels, values: sessions })),
    meta: {
      ...meta,
      metric: 'sessions',
      interval,
      intervalMs,
      seriesTotal: names.length,
      // The range is that of the total; windows are whole.
      fromMs: timesMs[0] ?? meta.fromMs,
      toMs,
    },
  } as SeriesAnswer
}
