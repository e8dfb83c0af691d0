/** Sessions by one field: entry and exit pages, countries; the most sessions first. */
import type { JSX } from 'preact'
import type { SessionsAnswer } from '../../query-api/wire.ts'
import { amount, share, span } from '../format/format.ts'
import { plural, valueName, words } from '../format/names.ts'
import { changeWords } from '../format/values.ts'
import { Awaited } from '../panels/awaited.tsx'
import { Panel } from '../panels/panel.tsx'
import { Fold, SkeletonRows } from '../panels/row-fold.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { isUnnamed } from '../series/chart-model.ts'
import { changeOf } from '../series/totals.ts'
import { go, range, view } from '../state/navigation.ts'
import { asked, filters, isGhost, known, reading, unfolded, waiting } from '../state/slots.ts'
import { Name } from '../ui/name.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { choose } from '../view/filters.ts'
import { within } from '../view/range.ts'
import { Notes } from './notes.tsx'
import { FEW_ROWS, MOST_ROWS, slotOfPanel, tabOf, type NamesSpec } from './plan.ts'

type Row = SessionsAnswer['rows'][number]

function Line({
  row,
  field,
  greatest,
  spec,
  compared,
}: {
  row: Row
  field: string
  greatest: number
  spec: NamesSpec
  compared: boolean
}): JSX.Element {
  const value = row.labels[field] ?? null
  const named = !isUnnamed(row.labels, field, row.other)
  const name = named ? valueName(field, value) : 'others'
  // Where a session began and ended is no field of an event: other pages could not heed it.
  const picks = named && spec.source.fields.some((one) => one.name === field)
  const change = changeOf(row.sessions, row.previous?.sessions ?? null)
  const words = change === null ? null : changeWords(change)
  return (
    <tr data-key={JSON.stringify(value)} data-value={row.sessions ?? undefined}>
      <td>
        <span
          class="b"
          style={{ width: `calc(${(((row.sessions ?? 0) / greatest) * 100).toFixed(2)}% + 8px)` }}
        />
        {picks ? (
          <button
            type="button"
            class="t"
            title={`Keep only ${name}; with Alt, leave it out`}
            onClick={(event) =>
              go({ filters: choose(filters.value, spec.source.source, field, value, !event.altKey) })
            }
          >
            <Name text={name} />
          </button>
        ) : (
          <span class={named ? 't' : 't i3'}>
            <Name text={name} />
          </span>
        )}
      </td>
      <td class="r num">{row.sessions === null ? 'no data' : amount(row.sessions)}</td>
      <td class="r sh" title={row.averageMs === null ? undefined : `${span(row.averageMs)} on average`}>
        {row.bounceRate === null ? '' : share(row.bounceRate)}
      </td>
      {compared && (
        <td class="r ch">
          {words === null ? (
            row.previous?.sessions === 0 ? (
              'new'
            ) : (
              ''
            )
          ) : (
            <span>
              <span>{words.arrow}</span>
              {words.text}
            </span>
          )}
        </td>
      )}
    </tr>
  )
}

export function NamesPanel({ spec }: { spec: NamesSpec }): JSX.Element {
  const { name, fields, width, source } = spec
  const slot = slotOfPanel(spec)
  const { answer, problem } = known<SessionsAnswer>(slot)
  const field = tabOf(spec, view.value)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  // An answer by another field is the one before a tab was chosen.
  const shown = answer !== null && answer.meta.by === field ? answer : null
  const ghost = shown !== null && isGhost(slot)
  const loading = problem === null && (shown === null || waiting(slot))
  const open = unfolded.value.has(name)
  const rows = loading ? [] : (shown?.rows ?? [])
  const greatest = Math.max(1, ...rows.map(({ sessions }) => sessions ?? 0))
  const compared = shown?.meta.previous?.known === true
  const total = shown?.meta.rowsTotal ?? 0
  const title = `Sessions by ${words(field).toLowerCase()}`
  const over = (on: boolean): void => {
    reading.value = on ? slot : reading.value === slot ? null : reading.value
  }
  return (
    <Panel
      title={title}
      width={width}
      of={shown !== null && !ghost ? [slot] : problem === null ? null : []}
      name={`names-${source.source}`}
      tabs={
        <Tabs
          label="Sessions by"
          names={fields.slice(0, 5)}
          at={field}
          onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })}
        />
      }
      tools={<PanelTools title={title} text={text} />}
      ghost={ghost}
    >
      <div
        class={`list${open ? ' open' : ''}`}
        tabIndex={open ? 0 : undefined}
        role={open ? 'region' : undefined}
        aria-label={open ? `All ${plural(field)}` : undefined}
        onPointerEnter={() => over(true)}
        onPointerLeave={() => over(false)}
        onFocusIn={() => over(true)}
        onFocusOut={() => over(false)}
      >
        <table class="top-n">
          <caption class="sr">
            {title}, {within(range.value)}
          </caption>
          <thead>
            <tr>
              <th>{words(field)}</th>
              <th class="r">sessions</th>
              <th class="r">bounced</th>
              {compared && <th class="r">change</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <Line key={i} row={row} field={field} greatest={greatest} spec={spec} compared={compared} />
            ))}
            {loading && <SkeletonRows rows={FEW_ROWS} />}
          </tbody>
        </table>
        {loading && <Awaited slots={[slot]}>{null}</Awaited>}
        {!loading && problem === null && rows.length === 0 && (
          <p class="i3 none">no sessions {within(range.value)}</p>
        )}
      </div>
      <Notes spec={spec} slot={slot} problem={problem} meta={undefined} what="sessions" />
      <div class="foot">
        <Fold name={name} total={total} few={FEW_ROWS} most={MOST_ROWS} what={plural(field)} />
        {view.value.compare !== null && shown !== null && !compared && (
          <span class="push no-phone cut">no full period before</span>
        )}
      </div>
    </Panel>
  )
}
