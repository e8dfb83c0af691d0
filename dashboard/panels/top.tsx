/** Values of one field by a metric over the range: a bar is the background of its row; tabs choose the field. */
import type { JSX } from 'preact'
import type { TopAnswer, TopRow } from '../../query-api/wire.ts'
import { Icon } from '../ui/icons.tsx'
import { asked, filters, isGhost, isStopped, known, reading, unfolded, waiting } from '../state/slots.ts'
import { go, range, view } from '../state/navigation.ts'
import { countOf, MOST_ROWS, shortName, slots, tabOf, TOP_ROWS } from '../plan/plan.ts'
import type { TopSpec } from '../plan/section.ts'
import { isMean, isWhole, statTitle } from '../plan/whole.ts'
import { share } from '../format/format.ts'
import { plural, valueName, words } from '../format/names.ts'
import { changeWords, mean, totalText } from '../format/values.ts'
import { choose } from '../view/filters.ts'
import { within } from '../view/range.ts'
import { isUnnamed } from '../series/chart-model.ts'
import { Name } from '../ui/name.tsx'
import { Awaited } from './awaited.tsx'
import { Panel } from './panel.tsx'
import { Fold, SkeletonRows } from './row-fold.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { PanelTools } from './tools.tsx'
import { sayBetween, sayOf } from './whole-say.ts'
import { BudgetNote, NotFiltered, Why } from './explanation.tsx'

type Say = (value: number) => string

interface RowProps {
  readonly row: TopRow
  readonly source: string
  readonly field: string
  readonly greatest: number
  readonly compare: boolean
  readonly shares: boolean
  readonly say: Say
}

function Row({ row, source, field, greatest, compare, shares, say }: RowProps): JSX.Element {
  const value = row.labels[field] ?? null
  const named = !isUnnamed(row.labels, field, row.other)
  const name = named ? valueName(field, value) : 'others'
  const pick = (keep: boolean): void => go({ filters: choose(filters.value, source, field, value, keep) })
  const change = row.change === null ? null : changeWords(row.change)
  return (
    <tr
      data-key={JSON.stringify(value)}
      data-other={named ? undefined : ''}
      data-value={row.value ?? undefined}
      data-least={row.least ?? undefined}
      data-most={row.most ?? undefined}
    >
      <td>
        <span
          class="b"
          style={{ width: `calc(${(Math.max(0, (row.value ?? 0) / greatest) * 100).toFixed(2)}% + 8px)` }}
        />
        {named ? (
          <>
            <button
              type="button"
              class="t"
              title={`Keep only ${name}; with Alt, leave it out`}
              onClick={(event) => pick(!event.altKey)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || !event.altKey) return
                event.preventDefault()
                pick(false)
              }}
            >
              <Name text={name} />
            </button>
            <button
              type="button"
              class="out"
              aria-label={`Leave out ${name}`}
              title={`Leave out ${name}`}
              onClick={() => pick(false)}
            >
              <Icon name="minus" />
            </button>
          </>
        ) : (
          <span class="t i3" title="Names past the budget of the definition, together">
            {name}
          </span>
        )}
      </td>
      <td class="r num">{row.value === null ? 'no data' : sayBetween(row, row.value, say)}</td>
      {shares && <td class="r sh">{row.share === null ? '' : share(row.share)}</td>}
      {compare && (
        <td class="r ch">
          {change === null ? (
            row.previous === 0 ? (
              'new'
            ) : (
              ''
            )
          ) : (
            <span>
              <span>{change.arrow}</span>
              {change.text}
            </span>
          )}
        </td>
      )}
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
  const ghost = shown !== null && isGhost(slot)
  const loading = problem === null && (shown === null || waiting(slot) || isStopped(slot))
  const open = unfolded.value.has(name)
  const compare = shown?.meta.previous?.known === true
  const rows = loading ? [] : (shown?.rows ?? [])
  const greatest = Math.max(Number.MIN_VALUE, ...rows.map((row) => row.value ?? 0))
  const whole = isWhole(metric)
  const say: Say = whole ? sayOf(metric) : isMean(metric) ? mean : totalText(metric)
  const title = whole ? statTitle(metric, words(shortName(metric))) : words(shortName(metric))
  // What does not add up has no parts: a share of it means nothing.
  const shares = !whole && !isMean(metric)
  const total = shown?.meta.rowsTotal ?? 0
  const over = (on: boolean): void => {
    reading.value = on ? slot : reading.value === slot ? null : reading.value
  }
  const count = countOf(source)
  return (
    <Panel
      title={`${title} by ${field}`}
      width="w4"
      of={
        shown !== null && !ghost
          ? [slot, ...(count === undefined ? [] : [slots.total(count)])]
          : problem === null
            ? null
            : []
      }
      name={`top-${name}`}
      tabs={
        <Tabs
          label={`${whole ? title : words(source.source)} by`}
          names={fields.slice(0, 5)}
          at={field}
          onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })}
        />
      }
      tools={<PanelTools title={`${words(source.source)} by ${field}`} text={text} />}
      ghost={ghost}
    >
      {/* Rows stay under a pointer, and under a finger of the keyboard. */}
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
            {title} by {field}, {within(range.value)}
          </caption>
          <thead>
            <tr>
              <th>{words(field)}</th>
              <th class="r">
                {isMean(metric) ? 'mean' : whole && metric.stats.length > 1 ? title : shortName(metric)}
              </th>
              {shares && <th class="r">share</th>}
              {compare && <th class="r">change</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              // By place and not by name: a name that rises changes the text of two rows, and moves none.
              <Row
                key={i}
                row={row}
                source={source.source}
                field={field}
                greatest={greatest}
                compare={compare}
                shares={shares}
                say={say}
              />
            ))}
            {loading && <SkeletonRows rows={TOP_ROWS} />}
          </tbody>
        </table>
        {loading && <Awaited slots={[slot]}>{null}</Awaited>}
        {!loading && problem === null && rows.length === 0 && (
          <p class="i3 none">no data {within(range.value)}</p>
        )}
        {problem !== null && <Why problem={problem} />}
      </div>
      <div class="foot">
        <Fold name={name} total={total} few={TOP_ROWS} most={MOST_ROWS} what={plural(field)} />
        {rows.length > 0 && (
          <BudgetNote
            source={source.source}
            by={field}
            kind="names"
            otherwise={
              <span class="push no-phone cut">
                {view.value.compare !== null && !compare
                  ? 'no full period before'
                  : 'click a row to keep it, alt-click to leave it out'}
              </span>
            }
          />
        )}
      </div>
      <NotFiltered source={source} />
    </Panel>
  )
}
