/** The page of visitors as data: of each source that declares such things its panels, and what each asks. One more kind is one more panel here. Pure. */
import type { CatalogSource } from '../../query-api/wire.ts'
import { declaresFacts } from '../plan/declares-facts.ts'
import { factsInterval, factsText } from '../plan/facts.ts'
import { MOST_QUERIES, type Asking, type Query } from '../plan/queries.ts'
import { isMoving, resolveRange, type Range } from '../view/range.ts'
import type { View } from '../view/view.ts'

export type Funnel = NonNullable<CatalogSource['funnels']>[number]
export type Retention = NonNullable<CatalogSource['retention']>[number]

/** Every panel has a source, a name that no other has, and a width. */
interface Placed {
  readonly source: CatalogSource
  readonly name: string
  readonly width: 'w4' | 'w6' | 'w8' | 'w12'
  /** Of what it shows: those that a filter must fit. */
  readonly by: readonly (readonly string[])[]
}
/** Tiles and windows of the sessions of a source. */
export interface SessionsSpec extends Placed {
  readonly panel: 'sessions'
}
/** Sessions by one field, chosen by tabs. */
export interface NamesSpec extends Placed {
  readonly panel: 'names'
  readonly fields: readonly string[]
}
export interface FunnelSpec extends Placed {
  readonly panel: 'funnel'
  readonly funnel: Funnel
  readonly fields: readonly string[]
}
/** Cohorts of one retention by days or weeks. */
export interface RetentionSpec extends Placed {
  readonly panel: 'retention'
  readonly retention: Retention
  readonly unit: 'day' | 'week'
  readonly fields: readonly string[]
}
export interface JourneysSpec extends Placed {
  readonly panel: 'journeys'
  readonly journeys: NonNullable<CatalogSource['journeys']>
  readonly fields: readonly string[]
}
export type VisitorsPanel = SessionsSpec | NamesSpec | FunnelSpec | RetentionSpec | JourneysSpec

export interface VisitorsSection {
  readonly source: CatalogSource
  readonly panels: readonly VisitorsPanel[]
}

/** Rows of a table, and those of one that is unfolded. */
export const FEW_ROWS = 9
export const MOST_ROWS = 100
/** Cohorts that a triangle shows, the newest of them. */
export const MOST_COHORTS = 14
/** What the tabs of journeys are called. */
export const JOURNEY_TABS = { next: 'Next page', two: 'Two steps', begin: 'Begins', leave: 'Leaves' } as const
/** The tab of what is not split. */
export const WHOLE = 'steps'

const alone = (by: readonly (readonly string[])[]): string[] =>
  by.flatMap((fields) => (fields.length === 1 ? fields : []))

function sessionPanels(source: CatalogSource): VisitorsPanel[] {
  const { sessions } = source
  if (sessions === undefined) return []
  const { by } = sessions
  const fields = alone(by)
  const common = { source, by }
  return [
    { ...common, panel: 'sessions', name: source.source, width: fields.length === 0 ? 'w12' : 'w8' },
    ...(fields.length === 0
      ? []
      : [{ ...common, panel: 'names', name: `${source.source}-by`, width: 'w4', fields } as const]),
  ]
}

const funnelPanels = (source: CatalogSource): VisitorsPanel[] =>
  (source.funnels ?? []).map((funnel) => ({
    panel: 'funnel',
    source,
    name: `${source.source}-${funnel.funnel}`,
    width: 'w6',
    by: funnel.by,
    funnel,
    fields: alone(funnel.by),
  }))

const retentionPanels = (source: CatalogSource): VisitorsPanel[] =>
  (source.retention ?? []).flatMap((retention) =>
    retention.units.map(({ unit }) => ({
      panel: 'retention' as const,
      source,
      name: `${source.source}-${retention.retention}-${unit}`,
      width: 'w6' as const,
      by: retention.by,
      retention,
      unit,
      fields: alone(retention.by),
    })),
  )

const journeyPanels = (source: CatalogSource): VisitorsPanel[] =>
  source.journeys === undefined
    ? []
    : [
        {
          panel: 'journeys',
          source,
          name: `${source.source}-journeys`,
          width: 'w6',
          by: [],
          journeys: source.journeys,
          fields: Object.keys(JOURNEY_TABS).filter((tab) => tab !== 'two' || source.journeys!.steps === 2),
        },
      ]

/** Side by side in halves; one that is left over has the whole row. */
function inPairs(panels: readonly VisitorsPanel[]): VisitorsPanel[] {
  const halves = panels.filter(({ width }) => width === 'w6')
  const last = halves.length % 2 === 1 ? halves.at(-1) : undefined
  return panels.map((one) => (one === last ? { ...one, width: 'w12' } : one))
}

export function sectionsOf(catalog: readonly CatalogSource[], only: string | null): VisitorsSection[] {
  const all = catalog
    .filter(declaresFacts)
    .map((source) => ({
      source,
      panels: inPairs([
        ...sessionPanels(source),
        ...funnelPanels(source),
        ...journeyPanels(source),
        ...retentionPanels(source),
      ]),
    }))
  const one = all.filter(({ source }) => source.source === only)
  return one.length > 0 ? one : all
}

export const slotOfPanel = ({ panel, name }: Pick<VisitorsPanel, 'panel' | 'name'>): string =>
  `visitors ${panel} ${name}`
/** The tab that a panel is opened at. */
export const tabOf = (
  { panel, name, fields }: Exclude<VisitorsPanel, SessionsSpec>,
  { tabs }: Pick<View, 'tabs'>,
): string => {
  const offered = panel === 'funnel' || panel === 'retention' ? [WHOLE, ...fields] : fields
  return offered.includes(tabs[name] ?? '') ? tabs[name]! : offered[0]!
}

/** A cohort is looked at for longer than most ranges: of a short one that moves as many are shown as fill the triangle. */
export function cohortRange({ retention, unit }: RetentionSpec, range: Range): Range {
  const periods = retention.units.find((one) => one.unit === unit)?.periods ?? 1
  const days = (Math.min(periods, MOST_COHORTS - 1) + 1) * (unit === 'week' ? 7 : 1)
  const times = resolveRange(range, Date.now())
  const isLong = typeof times === 'string' || times.toMs - times.fromMs >= days * 86_400_000
  return isLong || !isMoving(range) ? range : { from: `now-${days}d`, to: range.to }
}

function textOf(spec: VisitorsPanel, asking: Asking & Pick<View, 'tabs'>, all: ReadonlySet<string>): string {
  const { source, by } = spec
  const limit = all.has(spec.name) ? MOST_ROWS : FEW_ROWS
  if (spec.panel === 'sessions')
    return factsText('sessions', source, by, asking, { interval: factsInterval(source, asking) })
  const tab = tabOf(spec, asking)
  if (spec.panel === 'names') return factsText('sessions', source, by, asking, { by: tab, limit })
  if (spec.panel === 'journeys') {
    const of = { two: { steps: '2' }, begin: { page: '(start)' }, leave: { next: '(end)' } } as const
    return factsText('journeys', source, by, asking, { ...of[tab as keyof typeof of], limit })
  }
  const split = tab === WHOLE ? {} : { by: tab, limit }
  if (spec.panel === 'retention')
    return factsText(
      'retention',
      source,
      by,
      { ...asking, range: cohortRange(spec, asking.range) },
      { retention: spec.retention.retention, unit: spec.unit, ...split },
    )
  const { funnel } = spec.funnel
  return factsText('funnel', source, by, asking, { funnel, ...split })
}

/** What the page asks over its stream. */
export const visitorsQueries = (
  sections: readonly VisitorsSection[],
  asking: Asking & Pick<View, 'tabs'>,
  all: ReadonlySet<string>,
): Query[] =>
  sections
    .flatMap(({ panels }) => panels)
    .map((spec): Query => ({ kind: 'list', slot: slotOfPanel(spec), text: textOf(spec, asking, all) }))
    // Of each source its count is asked for too: how fresh it is.
    .slice(0, MOST_QUERIES - sections.length)
