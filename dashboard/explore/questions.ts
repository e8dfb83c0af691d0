/** What the Explore page asks the API for. Pure. */
import { queryText } from '../../client/query-text.ts'
import type { ParametersOf } from '../../query-api/wire-queries.ts'
import { calendarOf, filtersFor, type Asking, type Query } from '../plan/queries.ts'
import { intervalFor } from '../plan/whole.ts'
import { filterText } from '../view/filters.ts'
import {
  isAcross,
  isDividedHere,
  isSummable,
  nameOf,
  naming,
  type Ask,
  type Shown,
  type Stat,
} from './ask.ts'

/** `part`: what is divided, and what by. */
export type Part = 'of' | 'per'
export const slots = {
  series: (at: number, part: Part): string => `explore series ${at} ${part}`,
  top: (at: number, part: Part): string => `explore top ${at} ${part}`,
}
export const MOST_ROWS = 100
/** Of a ratio both are asked for, each by its own greatest: enough that the same names are in both. */
const RATIO_SERIES = 100

/** A number of the whole range can be added up from its windows. */
const isSummed = (shown: Shown, { by }: Ask): boolean => by.length === 0 && isSummable(shown)
const partsOf = (shown: Shown): [Part, Stat][] => [
  ['of', shown.of],
  ...(isDividedHere(shown) ? ([['per', shown.per!]] as [Part, Stat][]) : []),
]

export function questionsOf(ask: Ask, asking: Asking): Query[] {
  const { source, by, every, against, top, sort } = ask
  const filters = filtersFor(source, asking.filters)
  const common = {
    from: asking.range.from,
    to: asking.range.to === 'now' ? undefined : asking.range.to,
    where: filters.map(filterText),
    compare: against ?? undefined,
  }
  const interval = (shown: Shown): string => {
    if (every !== 'auto') return every
    // Windows that do not add up are drawn as they are: as many as can be told apart.
    return isSummable(shown) || isAcross(shown) ? 'auto' : intervalFor(source, asking)
  }
  return ask.shown.flatMap((shown, at) =>
    partsOf(shown).flatMap(([part, stat]): Query[] => {
      const steps = interval(shown)
      const series = {
        metric: nameOf(stat),
        per: isAcross(shown) ? nameOf(shown.per!) : undefined,
        by: by.join(','),
        ...common,
        ...calendarOf(asking, steps, against),
        interval: steps === 'auto' ? undefined : steps,
        limit: by.length === 0 ? undefined : isDividedHere(shown) ? RATIO_SERIES : top,
      } as ParametersOf['series']
      const ranking = {
        metric: nameOf(stat),
        per: isAcross(shown) ? nameOf(shown.per!) : undefined,
        // Without fields its total is the whole.
        by: by.join(','),
        ...common,
        ...calendarOf(asking, '', against),
        order: by.length > 0 && sort.at === at && sort.ascending && !isDividedHere(shown) ? 'asc' : undefined,
        limit: by.length > 0 ? MOST_ROWS : 1,
      } as ParametersOf['top']
      return [
        { kind: 'chart', slot: slots.series(at, part), text: text('series', series) },
        ...(isSummed(shown, ask)
          ? []
          : [{ kind: 'list' as const, slot: slots.top(at, part), text: text('top', ranking) }]),
      ]
    }),
  )
}

/** An empty one means nothing. */
const text = <N extends 'series' | 'top'>(name: N, parameters: ParametersOf[N]): string =>
  queryText(
    name,
    Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== '')) as ParametersOf[N],
  )

/** The slots that one of the shown speaks of. */
export const slotsOf = (shown: Shown, at: number, kind: 'series' | 'top'): string[] =>
  partsOf(shown).map(([part]) => slots[kind](at, part))

/** A ratio that is divided here, as the API divides it: for elsewhere. */
export const divided = (shown: Shown, text: string): string =>
  isDividedHere(shown) ? `${text}&per=${encodeURIComponent(nameOf(shown.per!))}` : text

/** The line to add to a definition so that cells answer; null where no breakdown could hold it. */
export function lineToAdd(ask: Ask, asking: Pick<Asking, 'filters'>): string | null {
  const filters = filtersFor(ask.source, asking.filters)
  const texts = naming(ask.source)
  if (filters.some(({ op, field }) => op === 'any' || !texts.includes(field))) return null
  const fields = [...new Set([...ask.by, ...filters.map(({ field }) => field)])]
  return fields.length === 0 ? null : `breakdowns: - [${fields.join(', ')}]`
}
