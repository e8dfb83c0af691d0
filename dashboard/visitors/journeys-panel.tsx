/** From page to page: the most frequent transitions, or what comes after one page, and before it. */
import type { JSX } from 'preact'
import type { JourneysAnswer } from '../../query-api/wire.ts'
import { amount, share } from '../format/format.ts'
import { valueName } from '../format/names.ts'
import { changeWords } from '../format/values.ts'
import { Panel } from '../panels/panel.tsx'
import { Fold, SkeletonRows } from '../panels/row-fold.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { changeOf } from '../series/totals.ts'
import { go, range, view } from '../state/navigation.ts'
import { asked, isGhost, known, unfolded, waiting } from '../state/slots.ts'
import { Name } from '../ui/name.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { within } from '../view/range.ts'
import { Notes } from './notes.tsx'
import { FEW_ROWS, JOURNEY_TABS, MOST_ROWS, slotOfPanel, tabOf, type JourneysSpec } from './plan.ts'

const MARKS: Record<string, string> = { '(start)': 'begins', '(end)': 'leaves' }
const pageName = (page: string | null): string => MARKS[page ?? ''] ?? valueName('page', page)

export function JourneysPanel({ spec }: { spec: JourneysSpec }): JSX.Element {
  const { name, width, journeys } = spec
  const slot = slotOfPanel(spec)
  const { answer, problem } = known<JourneysAnswer>(slot)
  const tab = tabOf(spec, view.value)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  // An answer to another tab is the one before it was chosen.
  const own = answer !== null && known(slot).question === text
  const shown = own ? answer : null
  const ghost = shown !== null && isGhost(slot)
  const loading = problem === null && (shown === null || waiting(slot))
  const rows = loading ? [] : (shown?.rows ?? [])
  const greatest = Math.max(1, ...rows.map((row) => row.journeys ?? 0))
  const compared = shown?.meta.previous?.known === true
  const open = unfolded.value.has(name)
  const total = shown?.meta.rowsTotal ?? 0
  return (
    <Panel
      title="Journeys"
      unit={`page to page of ${journeys.page}`}
      width={width}
      of={shown !== null && !ghost ? [slot] : problem === null ? null : []}
      name={`journeys-${spec.source.source}`}
      tools={<PanelTools title="Journeys" text={text} />}
      ghost={ghost}
    >
      <div class="under-head">
        <Tabs
          label="Journeys"
          names={spec.fields}
          at={tab}
          say={(one) => JOURNEY_TABS[one as keyof typeof JOURNEY_TABS]}
          onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })}
        />
      </div>
      <div
        class={`list${open ? ' open' : ''}`}
        tabIndex={open ? 0 : undefined}
        role={open ? 'region' : undefined}
        aria-label={open ? 'All transitions' : undefined}
      >
        <table class="top-n">
          <caption class="sr">Transitions, {within(range.value)}</caption>
          <thead>
            <tr>
              <th>Transition</th>
              <th class="r">journeys</th>
              <th class="r no-phone">of page</th>
              {compared && <th class="r">change</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ labels, other, journeys: taken, ofPage, previous }, i) => {
              const change = changeOf(taken, previous ?? null)
              const said = change === null ? null : changeWords(change)
              const pages = ['page', 'next', 'then'].filter(
                (field) => field in labels && labels[field] !== null,
              )
              return (
                <tr key={i} data-key={JSON.stringify(pages.map((field) => labels[field]))}>
                  <td>
                    <span
                      class="b"
                      style={{ width: `calc(${(((taken ?? 0) / greatest) * 100).toFixed(2)}% + 8px)` }}
                    />
                    <span class="t">
                      {other === true ? (
                        <span class="i3">others</span>
                      ) : (
                        <Name text={pages.map((field) => pageName(labels[field] ?? null)).join(' → ')} />
                      )}
                    </span>
                  </td>
                  <td class="r num">{taken === null ? 'no data' : amount(taken)}</td>
                  <td class="r sh no-phone">{ofPage === null ? '' : share(ofPage)}</td>
                  {compared && (
                    <td class="r ch">
                      {said === null ? (
                        previous === 0 ? (
                          'new'
                        ) : (
                          ''
                        )
                      ) : (
                        <span>
                          <span>{said.arrow}</span>
                          {said.text}
                        </span>
                      )}
                    </td>
                  )}
                </tr>
              )
            })}
            {loading && <SkeletonRows rows={FEW_ROWS} />}
          </tbody>
        </table>
        {!loading && problem === null && rows.length === 0 && (
          <p class="i3 none">no journeys {within(range.value)}</p>
        )}
      </div>
      <Notes spec={spec} slot={slot} problem={problem} meta={shown?.meta} what="journeys" />
      <div class="foot">
        <Fold name={name} total={total} few={FEW_ROWS} most={MOST_ROWS} what="transitions" />
        {shown !== null && !loading && shown.meta.open !== null && shown.meta.open > 0 && (
          <span class="push no-phone cut">{amount(shown.meta.open)} views may still lead on</span>
        )}
      </div>
    </Panel>
  )
}
