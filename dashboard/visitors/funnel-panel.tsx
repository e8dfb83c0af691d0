/** How many came how far: the steps of a funnel with what is lost between them, or the same by one field. */
import type { JSX } from 'preact'
import type { FunnelAnswer } from '../../query-api/wire.ts'
import { amount, share, span } from '../format/format.ts'
import { valueName, words } from '../format/names.ts'
import { Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { isUnnamed } from '../series/chart-model.ts'
import { go, range, view } from '../state/navigation.ts'
import { asked, isGhost, known, waiting } from '../state/slots.ts'
import { Name } from '../ui/name.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { againstIn } from '../view/compare.ts'
import { within } from '../view/range.ts'
import { Notes } from './notes.tsx'
import { slotOfPanel, tabOf, WHOLE, type FunnelSpec } from './plan.ts'

type Way = FunnelAnswer['total']

/** "4,202 left here, 43 %" */
function Drop({ way, at }: { way: Way; at: number }): JSX.Element {
  const [from, to] = [way.steps[at]!, way.steps[at + 1]!]
  const left = from.count === null || to.count === null ? null : from.count - to.count
  return (
    <li class="drop">
      {left !== null && from.count! > 0 && (
        <>
          <b>
            {amount(left)} left here, {share(left / from.count!)}
          </b>
        </>
      )}
    </li>
  )
}

function Steps({ way }: { way: Way }): JSX.Element {
  return (
    <ol class="steps" dir="ltr">
      {way.steps.flatMap((step, at) => [
        <li key={step.step} class="step" data-step={step.step} data-value={step.count ?? undefined}>
          <span class="no">{at + 1}</span>
          <span class="bx">
            <span class="b" style={{ width: `${((step.ofFirst ?? 0) * 100).toFixed(2)}%` }} />
            <span class="t cut">{words(step.step)}</span>
          </span>
          <b class="r">{step.count === null ? 'no data' : amount(step.count)}</b>
          <span class="r i3">{step.ofFirst === null ? '' : share(step.ofFirst)}</span>
        </li>,
        ...(at + 1 < way.steps.length ? [<Drop key={`${step.step} drop`} way={way} at={at} />] : []),
      ])}
    </ol>
  )
}

/** Names as rows, steps as columns. */
function ByName({ answer, field }: { answer: FunnelAnswer; field: string }): JSX.Element {
  const { rows, others, total } = answer
  const greatest = Math.max(1, ...rows.map(({ steps }) => steps[0]!.count ?? 0))
  const line = (key: string, name: JSX.Element, way: Way, bar: boolean): JSX.Element => (
    <tr key={key} data-key={key}>
      <td>
        {bar && (
          <span
            class="b"
            style={{ width: `calc(${(((way.steps[0]!.count ?? 0) / greatest) * 100).toFixed(2)}% + 8px)` }}
          />
        )}
        {name}
      </td>
      {way.steps.map(({ step, count }, at) => (
        <td key={step} class={at > 0 && at < way.steps.length - 1 ? 'r no-phone' : 'r'}>
          {count === null ? 'no data' : amount(count)}
        </td>
      ))}
      <td class="r num">{way.conversion === null ? '' : share(way.conversion)}</td>
    </tr>
  )
  return (
    <div class="list">
      <table class="top-n">
        <caption class="sr">Steps by {field}</caption>
        <thead>
          <tr>
            <th>{words(field)}</th>
            {total.steps.map(({ step }, at) => (
              <th key={step} class={at > 0 && at < total.steps.length - 1 ? 'r no-phone' : 'r'}>
                {step}
              </th>
            ))}
            <th class="r">to the end</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const value = row.labels[field] ?? null
            const named = !isUnnamed(row.labels, field, row.other)
            return line(
              JSON.stringify(named ? value : 'others'),
              <span class={named ? 't' : 't i3'}>
                <Name text={named ? valueName(field, value) : 'others'} />
              </span>,
              row,
              true,
            )
          })}
          {others !== null &&
            line(
              'past the limit',
              <span class="t i3">
                {amount(others.count)} {others.count === 1 ? 'other' : 'others'}
              </span>,
              others,
              false,
            )}
        </tbody>
      </table>
    </div>
  )
}

/** "1,318 of 9,830 came to the end, 13.4 %; 13.9 % the week before." */
function Sum({ answer }: { answer: FunnelAnswer }): JSX.Element | null {
  const { total, meta } = answer
  const [first, last] = [total.steps[0]!.count, total.steps.at(-1)!.count]
  if (first === null || last === null || total.conversion === null) return null
  const [before, ended] = [total.previous?.[0] ?? null, total.previous?.at(-1) ?? null]
  const { compare } = view.value
  return (
    <span>
      {amount(last)} of {amount(first)} came to the end, {share(total.conversion)}
      {compare !== null &&
        (meta.previous?.known !== true || before === null || ended === null || before <= 0
          ? '; no full period before'
          : `; ${againstIn(compare, range.value)} ${share(ended / before)} of ${amount(before)}`)}
      . Those of the last {span(meta.withinMs)} may go on.
    </span>
  )
}

export function FunnelPanel({ spec }: { spec: FunnelSpec }): JSX.Element {
  const { name, width, funnel, fields } = spec
  const slot = slotOfPanel(spec)
  const { answer, problem } = known<FunnelAnswer>(slot)
  const tab = tabOf(spec, view.value)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  const shown = answer !== null && answer.meta.by === (tab === WHOLE ? null : tab) ? answer : null
  const ghost = shown !== null && isGhost(slot)
  const loading = problem === null && (shown === null || waiting(slot))
  const title = words(funnel.funnel)
  const first = shown?.total.steps[0]!.count ?? null
  return (
    <Panel
      title={title}
      unit={`in order, within ${span(funnel.withinMs)} of the first step`}
      width={width}
      of={shown !== null && !ghost ? [slot] : problem === null ? null : []}
      name={`funnel-${name}`}
      tools={<PanelTools title={title} text={text} />}
      ghost={ghost}
    >
      {fields.length > 0 && (
        <div class="under-head">
          <Tabs
            label={`${title} by`}
            names={[WHOLE, ...fields.slice(0, 4)]}
            at={tab}
            onChoose={(next) => go({ tabs: { ...view.value.tabs, [name]: next } })}
          />
        </div>
      )}
      {loading && (
        <div class="steps awaited" role="status" aria-label="Loading">
          {funnel.steps.map((step, at) => (
            <div key={step} class="step">
              <span class="no">{at + 1}</span>
              <span class="sk" style={{ width: `${90 - 18 * at}%`, height: '36px' }} />
            </div>
          ))}
        </div>
      )}
      {!loading && shown !== null && (first === null || first === 0) && (
        <p class="i3 none">
          {first === null ? 'no data' : 'nobody came to the first step'} {within(range.value)}
        </p>
      )}
      {!loading &&
        shown !== null &&
        first !== null &&
        first > 0 &&
        (tab === WHOLE ? <Steps way={shown.total} /> : <ByName answer={shown} field={tab} />)}
      <Notes spec={spec} slot={slot} problem={problem} meta={shown?.meta} what="funnels" />
      <div class="foot">{shown !== null && !loading && <Sum answer={shown} />}</div>
    </Panel>
  )
}
