/** Sessions, funnels and whatever else the events of one key come to together: of each source that declares such things. */
import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { words } from '../format/names.ts'
import { catalog } from '../state/catalog.ts'
import { go, view } from '../state/navigation.ts'
import { filters, ofPage, unfolded } from '../state/slots.ts'
import { FunnelPanel } from './funnel-panel.tsx'
import { NamesPanel } from './names-panel.tsx'
import { sectionsOf, visitorsQueries, type VisitorsPanel, type VisitorsSection } from './plan.ts'
import { SessionsPanel } from './sessions-panel.tsx'
import { SessionTiles } from './session-tiles.tsx'

function PanelOf({ spec }: { spec: VisitorsPanel }): JSX.Element {
  if (spec.panel === 'sessions') return <SessionsPanel spec={spec} />
  if (spec.panel === 'names') return <NamesPanel spec={spec} />
  return <FunnelPanel spec={spec} />
}

function Section({ section, isOnly }: { section: VisitorsSection; isOnly: boolean }): JSX.Element {
  const { source, panels } = section
  const sessions = panels.find((spec) => spec.panel === 'sessions')
  return (
    <section aria-label={source.source} data-section={source.source}>
      {!isOnly && (
        <h2 class="section">
          {words(source.source)}
          <button
            type="button"
            class="link"
            onClick={() => go({ source: view.value.source === null ? source.source : null })}
          >
            {view.value.source === null ? 'show only this' : 'all sources'}
          </button>
        </h2>
      )}
      <div class="sheet visitors">
        {sessions !== undefined && <SessionTiles spec={sessions} />}
        {panels.map((spec) => (
          <PanelOf key={spec.name} spec={spec} />
        ))}
      </div>
    </section>
  )
}

export function Visitors(): JSX.Element {
  const sections = useComputed(() => sectionsOf(catalog.value ?? [], view.value.source))
  const wanted = useComputed(() =>
    visitorsQueries(sections.value, { ...view.value, filters: filters.value }, unfolded.value),
  ).value
  // Before the first paint: the stream is opened once, with all of it.
  useLayoutEffect(() => {
    ofPage.value = wanted
  }, [wanted])
  useEffect(() => () => void (ofPage.value = []), [])
  const declared = sectionsOf(catalog.value ?? [], null).length
  return (
    <>
      <h1 class="sr">Visitors</h1>
      {declared === 0 && (
        <p class="wait i2">
          No source declares sessions or funnels. "sessions: {'{}'}" in the definition of a source counts its
          visits; the log is counted anew once, and they are here.
        </p>
      )}
      {sections.value.map((section) => (
        <Section key={section.source.source} section={section} isOnly={declared === 1} />
      ))}
    </>
  )
}
