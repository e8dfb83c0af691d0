/** Cohorts as a triangle: of those that joined in a day or week, the share that came back in each of the next ones. */
import type { JSX } from 'preact'
import type { RetentionAnswer } from '../../query-api/wire.ts'
import { amount, share, zoneName } from '../format/format.ts'
import { valueName, words } from '../format/names.ts'
import { Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { go, range, view } from '../state/navigation.ts'
import { asked, isGhost, known, waiting } from '../state/slots.ts'
import { Name } from '../ui/name.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { titleOf, within } from '../view/range.ts'
import { Notes } from './notes.tsx'
import { cohortRange, MOST_COHORTS, slotOfPanel, tabOf, WHOLE, type RetentionSpec } from './plan.ts'

/** Even steps of the heat, by share: none, and up to the greatest. As many as have a colour on which a number can be read. */
const HEATS = 5
export const heatOf = (part: number, greatest: number): number =>
  part <= 0 ? 0 : Math.max(1, Math.ceil((part / Math.max(greatest, Number.MIN_VALUE)) * HEATS))

interface Line {
  readonly key: string
  readonly name: JSX.Element | string
  readonly size: number | null
  readonly cells: readonly { readonly part: number | null; readonly grows: boolean; readonly says: string }[]
}

function linesOf(answer: RetentionAnswer, field: string): Line[] {
  const { rows, names = [], meta } = answer
  // Before the log began nobody is known to have joined, or not.
  const known = rows.findIndex(({ size }) => size !== null)
  if (field === WHOLE)
    return rows
      .slice(Math.max(known, 0))
      .slice(-MOST_COHORTS)
      .map((row) => ({
        key: row.cohort,
        name: row.cohort,
        size: row.size,
        cells: row.share.map((part, at) => ({
          part,
          grows: at >= row.finished - 1,
          says: `${row.back[at] === null ? 'not begun' : `${amount(row.back[at] ?? 0)} of ${amount(row.size ?? 0)}`}`,
        })),
      }))
      .toReversed()
  return names.map((row) => ({
    key: JSON.stringify(row.labels[field] ?? null),
    name: <Name text={row.other === true ? 'others' : valueName(field, row.labels[field] ?? null)} />,
    size: row.size,
    cells: Array.from({ length: meta.periods }, (_, at) => {
      const of = row.periods[at]
      return {
        part: of?.share ?? null,
        grows: false,
        says: of === undefined ? '' : `${amount(of.back)} of ${amount(of.size)}, ${of.cohorts} cohorts`,
      }
    }),
  }))
}

function Triangle({ answer, field }: { answer: RetentionAnswer; field: string }): JSX.Element {
  const { unit, periods } = answer.meta
  const lines = linesOf(answer, field)
  const parts = lines.flatMap(({ cells }) => cells.flatMap(({ part }) => part ?? []))
  const greatest = Math.max(0, ...parts)
  return (
    <div class="triangle" tabIndex={0} role="region" aria-label="Cohorts">
      <table>
        <caption class="sr">Share of each cohort that came back, by {unit}</caption>
        <thead>
          <tr>
            <th>{field === WHOLE ? `${unit} of joining` : words(field)}</th>
            <th class="r">joined</th>
            {Array.from({ length: periods }, (_, at) => (
              <th key={at} class="r">
                {at === 0 ? `${unit} 1` : at + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ key, name, size, cells }) => (
            <tr key={key} data-cohort={key}>
              <th scope="row">{name}</th>
              <td class="r">{size === null ? 'no data' : amount(size)}</td>
              {cells.map(({ part, grows, says }, at) => (
                <td
                  key={at}
                  class={`r heat${grows && part !== null ? ' grows' : ''}`}
                  data-heat={part === null ? undefined : heatOf(part, greatest)}
                  title={says}
                >
                  {part === null ? '' : `${(part * 100).toFixed(0)}${grows ? '+' : ''}`}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function RetentionPanel({ spec }: { spec: RetentionSpec }): JSX.Element {
  const { name, width, retention, unit, fields } = spec
  const slot = slotOfPanel(spec)
  const { answer, problem } = known<RetentionAnswer>(slot)
  const tab = tabOf(spec, view.value)
  const shown = answer !== null && answer.meta.by === (tab === WHOLE ? null : tab) ? answer : null
  const ghost = shown !== null && isGhost(slot)
  const loading = problem === null && (shown === null || waiting(slot))
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  const title = `${words(retention.retention)} that came back`
  const cohorts = cohortRange(spec, range.value)
  const members = shown?.total.size ?? null
  const first = shown?.total.periods[0]?.share ?? null
  // On the first day of a log nobody can have come back on a later one.
  const isFirst = shown?.rows.every(({ size, back }) => (size ?? 0) === 0 || back[0] === null) === true
  return (
    <Panel
      title={title}
      unit={`% of each ${unit}`}
      width={width}
      of={shown !== null && !ghost ? [slot] : problem === null ? null : []}
      name={`retention-${name}`}
      tools={<PanelTools title={title} text={text} />}
      ghost={ghost}
    >
      {fields.length > 0 && (
        <div class="under-head">
          <Tabs
            label={`${title} by`}
            names={[WHOLE, ...fields.slice(0, 4)]}
            at={tab}
            say={(one) => (one === WHOLE ? 'Cohorts' : words(one))}
            onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })}
          />
        </div>
      )}
      {loading && (
        <div class="rows-sk" role="status" aria-label="Loading">
          {Array.from({ length: 7 }, (_, i) => (
            <span key={i} class="sk" style={{ width: `${100 - 12 * i}%` }} />
          ))}
        </div>
      )}
      {!loading && shown !== null && (members === null || members === 0) && (
        <p class="i3 none">
          {members === null ? 'no data' : 'nobody joined'} {within(cohorts)}
        </p>
      )}
      {!loading && shown !== null && members !== null && members > 0 && (
        <Triangle answer={shown} field={tab} />
      )}
      <Notes spec={spec} slot={slot} problem={problem} meta={shown?.meta} what="cohorts" />
      <div class="foot">
        {!loading && members !== null && members > 0 && (
          <span>
            {cohorts === range.value ? '' : `${titleOf(cohorts)}: `}
            {amount(members)} joined, by {unit}s of {zoneName(retention.tz)}
            {first === null ? '' : `; ${share(first)} of those came back one ${unit} later`}.{' '}
            {isFirst ? `Who comes back is known from the next ${unit} on.` : '+ may still grow.'}
          </span>
        )}
      </div>
    </Panel>
  )
}
