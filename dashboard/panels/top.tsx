/** Values of one field by a metric over the range: a bar is the background of its row; tabs choose the field. */
import type { JSX } from 'preact'
import type { TopAnswer, TopRow } from '../../query-api/wire.ts'
import { asked, go, known, range, reading, unfolded, view, waiting } from '../live/page.ts'
import { isMean, mostRows, shortName, slots, tabOf, topRows } from '../overview/plan.ts'
import type { TopSpec } from '../overview/section.ts'
import { amount, share } from '../say/format.ts'
import { plural, valueName, words } from '../say/names.ts'
import { changeWords, mean } from '../say/values.ts'
import { choose } from '../scope/filters.ts'
import { within } from '../scope/range.ts'
import { Panel } from './panel.tsx'
import { Tabs } from './tabs.tsx'
import { PanelTools } from './tools.tsx'
import { NotFiltered, Why } from './why.tsx'

const other = '__other__'

function Row({ row, field, greatest, compare, say }: { row: TopRow; field: string; greatest: number; compare: boolean; say: (value: number) => string }): JSX.Element {
  const value = row.labels[field] ?? null
  const named = value !== other
  const name = named ? valueName(field, value) : 'others'
  const pick = (keep: boolean): void => go({ filters: choose(view.value.filters, field, value, keep) })
  const change = row.change === null ? null : changeWords(row.change)
  return (
    <tr data-key={JSON.stringify(value)} data-value={row.value ?? undefined}>
      <td>
        <span class="b" style={{ width: `calc(${(Math.max(0, (row.value ?? 0) / greatest) * 100).toFixed(2)}% + 8px)` }} />
        {named ? (
          <button type="button" class="t" title={`Keep only ${name}; with Alt, leave it out`} onClick={(event) => pick(!event.altKey)}>
            {name}
          </button>
        ) : (
          <span class="t i3">{name}</span>
        )}
      </td>
      <td class="r num">{row.value === null ? 'no data' : say(row.value)}</td>
      <td class="r sh">{row.share === null ? '' : share(row.share)}</td>
      {compare && <td class="r ch">{change === null ? row.previous === 0 ? 'new' : '' : <span><span>{change.arrow}</span>{change.text}</span>}</td>}
    </tr>
  )
}

export function Top({ spec }: { spec: TopSpec }): JSX.Element {
  const { name, source, metric, fields } = spec
  const slot = slots.top(name)
  const { answer, problem } = known<TopAnswer>(slot)
  const field = tabOf(spec, view.value)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  // An answer by another field is the one before a tab was chosen.
  const shown = answer !== null && answer.meta.by === field ? answer : null
  const loading = problem === null && (shown === null || waiting(slot))
  const open = unfolded.value.has(name)
  const compare = shown?.meta.previous?.known === true
  const rows = loading ? [] : (shown?.rows ?? [])
  const greatest = Math.max(1e-9, ...rows.map((row) => row.value ?? 0))
  const say = isMean(metric) ? mean : (value: number): string => amount(value, metric.kind === 'sum' && Math.abs(value) < 1000 && !Number.isInteger(value) ? 2 : 0)
  const more = (shown?.meta.rowsTotal ?? 0) > topRows
  const over = (on: boolean): void => {
    reading.value = on ? slot : reading.value === slot ? null : reading.value
  }
  return (
    <Panel
      title={`${words(shortName(metric))} by ${field}`}
      width="w4"
      of={shown !== null ? [slot] : problem === null ? null : []}
      name={`top-${name}`}
      tabs={<Tabs label={`${words(source.source)} by`} names={fields.slice(0, 5)} at={field} onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })} />}
      tools={<PanelTools title={`${words(source.source)} by ${field}`} text={text} />}
    >
      <div class="list" onPointerEnter={() => over(true)} onPointerLeave={() => over(false)}>
        <table class="top-n">
          <thead>
            <tr>
              <th>{words(field)}</th>
              <th class="r">{isMean(metric) ? 'mean' : shortName(metric)}</th>
              <th class="r">share</th>
              {compare && <th class="r">change</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={JSON.stringify(row.labels[field] ?? null)} row={row} field={field} greatest={greatest} compare={compare} say={say} />
            ))}
            {loading &&
              Array.from({ length: topRows }, (_, i) => (
                <tr key={i}>
                  <td colSpan={3}>
                    <span class="sk" style={{ width: `${90 - 8 * i}%`, height: '14px' }} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
        {!loading && problem === null && rows.length === 0 && <p class="i3 none">no data {within(range.value)}</p>}
        {problem !== null && <Why problem={problem} />}
      </div>
      <div class="foot">
        {more && (
          <button
            type="button"
            class="link"
            onClick={() => {
              const next = new Set(unfolded.value)
              if (!next.delete(name)) next.add(name)
              unfolded.value = next
            }}
          >
            {open ? `The first ${topRows}` : shown!.meta.rowsTotal > mostRows ? `${mostRows} of ${amount(shown!.meta.rowsTotal)} ${plural(field)}` : `All ${amount(shown!.meta.rowsTotal)} ${plural(field)}`}
          </button>
        )}
        {rows.length > 0 && <span class="push no-phone cut">click a row to keep it, alt-click to leave it out</span>}
      </div>
      <NotFiltered source={source} />
    </Panel>
  )
}
