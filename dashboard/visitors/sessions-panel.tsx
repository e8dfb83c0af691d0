/** Sessions over time, each in the window in which it began. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SessionsAnswer } from '../../query-api/wire.ts'
import { barsOf } from '../chart/bars.ts'
import { marksOf, withOpen } from '../chart/open.ts'
import { viewOf } from '../chart/scenes.ts'
import { amount, short, span, stepName } from '../format/format.ts'
import { Awaited } from '../panels/awaited.tsx'
import { ChartBody } from '../panels/chart-body.tsx'
import { OpenNote } from '../panels/open-note.tsx'
import { Why } from '../panels/explanation.tsx'
import { ChartSkeleton, LegendSkeleton, Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import type { ChartModel } from '../series/chart-model.ts'
import { modelOf, pointsKnown } from '../series/step-model.ts'
import { range } from '../state/navigation.ts'
import { asked, isGhost, known, waiting } from '../state/slots.ts'
import { within } from '../view/range.ts'
import { windowsAsSeries } from './figures.ts'
import { Notes } from './notes.tsx'
import { slotOfPanel, type SessionsSpec } from './plan.ts'

/** More bars than this cannot be told apart. */
const MOST_BARS = 60
const TITLE = 'Sessions'
const say = (value: number): string => (Math.abs(value) >= 9_999.5 ? short(value, 0) : amount(value))

export function SessionsPanel({ spec }: { spec: SessionsSpec }): JSX.Element {
  const [asTable, setAsTable] = useState(false)
  const slot = slotOfPanel(spec)
  const { answer, problem } = known<SessionsAnswer>(slot)
  const { name, width, source } = spec
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  const series = answer === null ? null : windowsAsSeries(answer)
  const panel = `sessions-${name}`
  if (series === null || answer === null || waiting(slot))
    return (
      <Panel title={TITLE} width={width} of={problem === null ? null : []} name={panel}>
        {problem === null ? (
          <Awaited slots={[slot]}>
            <div class="duo alone">
              <ChartSkeleton />
              <LegendSkeleton rows={1} />
            </div>
          </Awaited>
        ) : (
          <div class="refused">
            <Why problem={problem} />
          </div>
        )}
      </Panel>
    )
  const plan = { by: [], top: 1, mostPoints: MOST_BARS, stackable: true, title: TITLE, asBars: true }
  const steps = modelOf(series, null, plan, [])
  const model: ChartModel = { ...steps, lines: [{ ...steps.total, colour: 1 }], isWhole: true }
  const unit = `begun per ${series.meta.interval === '1d' ? 'day' : stepName(model.stepMs)}; those of the last ${span(answer.meta.gapMs)} may go on`
  const ghost = isGhost(slot)
  const notes = (isExplained: boolean): JSX.Element => (
    <Notes
      spec={spec}
      slot={slot}
      problem={problem}
      meta={answer.meta}
      what="sessions"
      partial={answer.windows?.partial?.length ?? 0}
      isExplained={isExplained}
    />
  )
  if (answer.total.sessions === null || answer.total.sessions === 0)
    return (
      <Panel title={TITLE} width={width} of={[slot]} name={panel}>
        <p class="i3 none">
          no {answer.total.sessions === null ? 'data' : 'sessions'} {within(range.value)}
        </p>
        {notes(false)}
      </Panel>
    )
  const drawn = barsOf(withOpen(viewOf(model, 'lines', null), model))
  return (
    <Panel
      title={TITLE}
      unit={unit}
      width={width}
      of={ghost ? null : [slot]}
      name={panel}
      tools={<PanelTools title={TITLE} text={text} asTable={asTable} onTable={() => setAsTable(!asTable)} />}
      ghost={ghost}
    >
      <ChartBody
        name={panel}
        slot={slot}
        source={source.source}
        problem={problem}
        caption={`${TITLE}, ${unit}`}
        model={model}
        drawn={drawn}
        marks={marksOf(model)}
        kind="lines"
        legend="stack"
        before={null}
        fits={false}
        lines={5}
        axisOf={`${range.value.from} ${range.value.to} ${text}`}
        rangeMs={Math.max(1000, model.toMs - model.fromMs)}
        head=""
        solo={null}
        onSolo={() => undefined}
        asTable={asTable}
        say={say}
        short={pointsKnown(model) < 3}
        size="alone"
      >
        <OpenNote model={model} compared={false} />
        {notes(true)}
      </ChartBody>
    </Panel>
  )
}
