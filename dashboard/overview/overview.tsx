/** The overview: each section of the plan, drawn. */
import type { JSX } from 'preact'
import { useComputed } from '@preact/signals'
import { catalog } from '../state/catalog.ts'
import { go, view } from '../state/navigation.ts'
import { seriesIn } from '../state/slots.ts'
import { ChartPanel } from '../panels/chart-panel.tsx'
import { Tiles } from '../panels/tiles.tsx'
import { lazy } from '../ui/lazy.tsx'
import { leadOf, sectionsOf, shownSections, slots } from '../plan/plan.ts'
import type { EntitiesSpec, FeedSpec, PanelSpec, Section, TopSpec, WholeSpec } from '../plan/section.ts'

/** What stands below charts and tables comes once they are there. */
const Feed = lazy<{ spec: FeedSpec }>(
  async () => {
    const [feed] = await Promise.all([import('../panels/feed.tsx'), import('../style/lists.css')])
    return feed.Feed
  },
  ({ spec }) => (
    <section class={`panel ${spec.width} feed`} aria-label="Events">
      <div class="ph" />
      <div class="tail" />
      <div class="foot" />
    </section>
  ),
)
const Top = lazy<{ spec: TopSpec }>(
  async () => {
    const [top] = await Promise.all([import('../panels/top.tsx'), import('../style/lists.css')])
    return top.Top
  },
  () => <section class="panel w4 top-wait" aria-label="Loading" />,
)
const Whole = lazy<{ spec: WholeSpec }>(
  async () => (await import('../panels/whole-panel.tsx')).WholePanel,
  () => <section class="panel w8 whole-wait" aria-label="Loading" />,
)
const Entities = lazy<{ spec: EntitiesSpec }>(
  async () => {
    const [entities] = await Promise.all([import('../panels/entities.tsx'), import('../style/lists.css')])
    return entities.Entities
  },
  () => <section class="panel w4 devs-wait" aria-label="Loading" />,
)
const Hero = lazy<{ section: Section }>(
  async () => {
    const [empty] = await Promise.all([
      import('./empty.tsx'),
      import('../style/opened.css'),
      import('../style/lists.css'),
    ])
    return empty.Hero
  },
  () => <section class="panel w12 hero-wait" />,
)

function PanelOf({ spec }: { spec: PanelSpec }): JSX.Element {
  if (spec.panel === 'chart') return <ChartPanel spec={spec} />
  if (spec.panel === 'top') return <Top spec={spec} />
  if (spec.panel === 'whole') return <Whole spec={spec} />
  if (spec.panel === 'entities') return <Entities spec={spec} />
  return <Feed spec={spec} />
}

/** Nothing was ever counted of any of these sources. */
export const isEmpty = (section: Section): boolean =>
  section.sources.every((source) => {
    const metric = leadOf(source)
    const answer = metric === undefined ? null : seriesIn(slots.total(metric)).answer
    return (
      answer !== null &&
      answer.meta.latestMs === null &&
      Object.values(answer.meta.vector).every((next) => next === 0)
    )
  })

function SectionOf({ section }: { section: Section }): JSX.Element {
  // Read through a computed: a section is drawn anew only when this turns.
  const empty = useComputed(() => isEmpty(section)).value
  return (
    <section
      aria-label={section.title ?? section.sources.map(({ source }) => source).join(' and ')}
      data-section={section.name}
    >
      {section.title !== null && (
        <h2 class="section">
          {section.title}
          {view.value.source === null ? (
            <button type="button" class="link" onClick={() => go({ source: section.sources[0]!.source })}>
              show only this
            </button>
          ) : (
            <button type="button" class="link" onClick={() => go({ source: null })}>
              all sources
            </button>
          )}
        </h2>
      )}
      <div class="sheet">
        {empty && <Hero section={section} />}
        <Tiles section={section} />
        {empty
          ? section.panels
              .filter((spec) => spec.panel === 'feed')
              .map((spec) => <Feed key={spec.name} spec={{ ...spec, width: 'w12' }} />)
          : section.panels.map((spec) => <PanelOf key={spec.name} spec={spec} />)}
      </div>
    </section>
  )
}

export function Overview(): JSX.Element {
  const all = catalog.value ?? []
  const sections = shownSections(all, view.value)
  const left =
    view.value.source === null
      ? sectionsOf(all).filter((section) => !sections.some((shown) => shown.name === section.name))
      : []
  return (
    <>
      <h1 class="sr">Overview</h1>
      {sections.map((section) => (
        <SectionOf key={section.name} section={section} />
      ))}
      {left.length > 0 && (
        <nav class="others" aria-label="More sources">
          {left.map((section) => (
            <button
              key={section.name}
              type="button"
              class="btn"
              onClick={() => go({ source: section.sources[0]!.source })}
            >
              {section.title}
            </button>
          ))}
        </nav>
      )}
    </>
  )
}
