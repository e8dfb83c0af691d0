/** Values of the fields by everything that is shown: sorted by any column, with shares of the total and the change. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { TopAnswer } from '../../query-api/wire.ts'
import { amount, share } from '../format/format.ts'
import { plural, valueName, words } from '../format/names.ts'
import { changeWords } from '../format/values.ts'
import { Awaited } from '../panels/awaited.tsx'
import { Why } from '../panels/explanation.tsx'
import { Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { sayBetween } from '../panels/whole-say.ts'
import { changeOf } from '../series/totals.ts'
import { go, range } from '../state/navigation.ts'
import { filters, questions as asked, reading } from '../state/slots.ts'
import { Icon } from '../ui/icons.tsx'
import { Name } from '../ui/name.tsx'
import { choose } from '../view/filters.ts'
import { within } from '../view/range.ts'
import { isStackable, shownTitle, type Ask } from './ask.ts'
import { divided, MOST_ROWS } from './questions.ts'
import { rowsOf, sorted, type Cell, type Row } from './rows.ts'
import { isPercentage, sayShown } from './say.ts'
import { change, rankedOf, topBehind } from './state.ts'
import { listed } from './words.ts'
import { againstShort } from '../view/compare.ts'

const FEW_ROWS = 9

function pick(ask: Ask, { labels }: Row, keep: boolean): void {
  if (labels === null) return
  go({
    filters: ask.by.reduce(
      (all, field) => choose(all, ask.source.source, field, labels[field] ?? null, keep),
      filters.peek(),
    ),
  })
}

function Change({ cell, points }: { cell: Cell | null; points: boolean }): JSX.Element | string {
  const { value = null, previous = null } = cell ?? {}
  if (value === null || previous === null) return ''
  if (points) return `${value >= previous ? '+' : '−'}${Math.abs((value - previous) * 100).toFixed(2)}`
  const change = changeOf(value, previous)
  if (change === null) return previous === 0 && value > 0 ? 'new' : ''
  const { arrow, text } = changeWords(change)
  return (
    <span>
      <span>{arrow}</span>
      {text}
    </span>
  )
}

function Head({ ask, at }: { ask: Ask; at: number }): JSX.Element {
  const { sort } = ask
  const mine = sort.at === at
  return (
    <th class="r" aria-sort={mine ? (sort.ascending ? 'ascending' : 'descending') : 'none'}>
      <button
        type="button"
        class="sorts"
        title="Sort by it; again turns the order round"
        onClick={() => change({ sort: { at, ascending: mine && !sort.ascending } })}
      >
        {shownTitle(ask.shown[at]!)}
        <span aria-hidden="true">{mine ? (sort.ascending ? ' ↑' : ' ↓') : ''}</span>
      </button>
    </th>
  )
}

/** What one of the shown says of a row. A row that is not among the first of its ranking is not known, not 0. */
const cellText = (ask: Ask, at: number, cell: Cell | null, top: TopAnswer | null): string => {
  if (cell === null) return top !== null && top.meta.rowsTotal > MOST_ROWS ? 'further down' : 'none'
  return cell.value === null ? 'no data' : sayBetween(cell, cell.value, sayShown(ask.shown[at]!))
}

export function ExploreTable({ ask }: { ask: Ask }): JSX.Element {
  const [open, setOpen] = useState(false)
  const { by, shown, sort, against } = ask
  const all = shown.map((_, at) => topBehind(ask, at))
  const slots = all.flatMap((one) => one.slots)
  const problem = all.find((one) => one.problem !== null)?.problem ?? null
  const waits = all.some((one) => one.waits)
  const title = `By ${listed(by.map((name) => words(name).toLowerCase()))}`
  const text = divided(shown[sort.at]!, asked.value.get(all[sort.at]!.slots[0]!)?.text ?? '')
  const ghost = all.some((one) => one.ghost)
  const rows =
    waits && problem === null
      ? []
      : sorted(
          rowsOf(
            all.map((one, at) => rankedOf(one, shown[at]!)),
            by,
          ),
          sort.at,
          sort.ascending,
        )
  const lead = all[sort.at]!
  const total = lead.of?.meta.rowsTotal ?? 0
  const few = open ? rows : rows.slice(0, FEW_ROWS)
  const greatest = Math.max(Number.MIN_VALUE, ...few.map((row) => row.cells[sort.at]?.value ?? 0))
  const shares = isStackable(shown[sort.at]!, ask)
  const compared = against !== null && lead.of?.meta.previous?.known === true
  const points = isPercentage(shown[sort.at]!)
  const over = (on: boolean): void => {
    const slot = lead.slots[0]!
    reading.value = on ? slot : reading.value === slot ? null : reading.value
  }
  const columns = by.length + shown.length + (shares ? 1 : 0) + (compared ? 1 : 0)
  return (
    <Panel
      title={title}
      width="w8"
      of={waits || ghost ? (problem === null ? null : []) : slots}
      name="explore-table"
      tools={<PanelTools title={title} text={text} />}
      ghost={ghost}
    >
      <div
        class={`list table-x${open ? ' open' : ''}`}
        tabIndex={0}
        role="region"
        aria-label={title}
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
              {by.map((name) => (
                <th key={name}>{words(name)}</th>
              ))}
              {shown.map((_, at) => (
                <Head key={at} ask={ask} at={at} />
              ))}
              {shares && <th class="r">share</th>}
              {compared && <th class="r">{points ? 'points' : againstShort[against]}</th>}
            </tr>
          </thead>
          <tbody>
            {few.map((row, i) => (
              <tr key={i} data-key={row.key} data-value={row.cells[sort.at]?.value ?? undefined}>
                {by.map((field, n) => (
                  <td key={field}>
                    {n === 0 && (
                      <span
                        class="b"
                        style={{
                          width: `calc(${(Math.max(0, (row.cells[sort.at]?.value ?? 0) / greatest) * 100).toFixed(2)}% + 8px)`,
                        }}
                      />
                    )}
                    {row.labels === null ? (
                      <span class="t i3">{n === 0 ? 'others' : ''}</span>
                    ) : n === 0 ? (
                      <>
                        <button
                          type="button"
                          class="t"
                          title="Keep only this; with Alt, leave it out"
                          onClick={(event) => pick(ask, row, !event.altKey)}
                        >
                          <Name text={valueName(field, row.labels[field] ?? null)} />
                        </button>
                        {by.length === 1 && (
                          <button
                            type="button"
                            class="out"
                            aria-label={`Leave out ${valueName(field, row.labels[field] ?? null)}`}
                            onClick={() => pick(ask, row, false)}
                          >
                            <Icon name="minus" />
                          </button>
                        )}
                      </>
                    ) : (
                      <span class="t">
                        <Name text={valueName(field, row.labels[field] ?? null)} />
                      </span>
                    )}
                  </td>
                ))}
                {shown.map((_, at) => (
                  <td key={at} class={at === sort.at ? 'r num' : 'r'}>
                    {cellText(ask, at, row.cells[at] ?? null, all[at]!.of)}
                  </td>
                ))}
                {shares && (
                  <td class="r sh">
                    {row.cells[sort.at]?.share == null ? '' : share(row.cells[sort.at]!.share!)}
                  </td>
                )}
                {compared && (
                  <td class="r ch">
                    <Change cell={row.cells[sort.at] ?? null} points={points} />
                  </td>
                )}
              </tr>
            ))}
            {waits &&
              problem === null &&
              Array.from({ length: FEW_ROWS }, (_, i) => (
                <tr key={i}>
                  <td colSpan={columns}>
                    <span class="sk" style={{ width: `${90 - 8 * i}%`, height: '14px' }} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
        {!waits && problem === null && rows.length === 0 && (
          <p class="i3 none">no data {within(range.value)}</p>
        )}
      </div>
      {waits && problem === null && <Awaited slots={slots}>{null}</Awaited>}
      {problem !== null && <Why problem={problem} />}
      <div class="foot">
        {total > FEW_ROWS && rows.length > FEW_ROWS && (
          <button type="button" class="link" onClick={() => setOpen(!open)}>
            {open
              ? `The first ${FEW_ROWS}`
              : total > MOST_ROWS
                ? `The first ${MOST_ROWS} of ${amount(total)}`
                : `All ${amount(total)} ${by.length === 1 ? plural(by[0]!) : 'rows'}`}
          </button>
        )}
        {rows.length > 0 && (
          <span class="push no-phone cut">
            {against !== null && !compared
              ? 'no full period before'
              : 'click a row to keep it, a head to sort'}
          </span>
        )}
      </div>
    </Panel>
  )
}
