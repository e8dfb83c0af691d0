/** A live chart of what does not add up: percentiles as lines beside each other, different ones and latest values window by window. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { marksOf, withOpen } from '../chart/open.ts'
import { viewOf, type ChartKind } from '../chart/scenes.ts'
import { asked, isGhost, isStopped, seriesIn, waiting } from '../state/slots.ts'
import { range } from '../state/navigation.ts'
import type { WholeSpec } from '../plan/section.ts'
import { linesOf, wholeSlots, unitNote } from '../plan/whole.ts'
import { stepName } from '../format/format.ts'
import { within } from '../view/range.ts'
import { rowsOf } from '../series/chart-model.ts'
import { wholeModel } from '../series/whole-model.ts'
import { Awaited } from './awaited.tsx'
import { ChartBody } from './chart-body.tsx'
import { ChartSkeleton, LegendSkeleton, Panel } from './panel.tsx'
import { OpenNote } from './open-note.tsx'
import { PanelTools } from './tools.tsx'
import { NotFiltered, Why } from './explanation.tsx'
import { grows, sayOf } from './whole-say.ts'

/** What each point is of. */
function unitOf({ metric }: WholeSpec, step: string): string {
  if (grows(metric)) return `different ones in each ${step}`
  return linesOf(metric).length > 1
    ? `percentiles of each ${step}${unitNote(metric)}`
    : `${metric.stats[0]!} of each ${step}`
}

export function WholePanel({ spec }: { spec: WholeSpec }): JSX.Element {
  const { name, title, source, metric, width } = spec
  const [asTable, setAsTable] = useState(false)
  const [solo, setSolo] = useState<string | null>(null)
  const stats = linesOf(metric)
  const slots = stats.map((stat) => wholeSlots.line(metric, stat))
  const slot = slots[0]!
  const known = slots.map((one) => seriesIn(one))
  const problem = known.find((one) => one.problem !== null)?.problem ?? null
  const answers = known.flatMap(({ answer }): SeriesAnswer[] => (answer === null ? [] : [answer]))
  const ghost = slots.some(isGhost)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''

  if (answers.length < slots.length || slots.some((one) => waiting(one) || isStopped(one)))
    return (
      <Panel title={title} width={width} of={problem === null ? null : []} name={name}>
        {problem === null ? (
          <Awaited slots={slots}>
            <div class="duo">
              <ChartSkeleton />
              <LegendSkeleton rows={slots.length + 1} />
            </div>
          </Awaited>
        ) : (
          <div class="refused">
            <Why problem={problem} />
          </div>
        )}
      </Panel>
    )

  const counts = grows(metric)
  const names = stats.length > 1 ? stats : [title]
  const model = wholeModel(answers, { names, grows: counts })
  const unit = unitOf(spec, stepName(model.stepMs))
  const say = sayOf(metric)
  const tools = (
    <PanelTools title={title} text={text} asTable={asTable} onTable={() => setAsTable(!asTable)} />
  )
  if (rowsOf(model).every(({ last, max }) => last === null && max === null))
    return (
      <Panel title={title} unit={unit} width={width} of={slots} name={name}>
        <p class="i3 none">no data {within(range.value)}</p>
        <Why problem={problem} slot={slot} source={source.source} />
        <NotFiltered source={source} />
      </Panel>
    )

  // Numbers of things begin at 0; values of a field fit what there is.
  const kind: ChartKind = counts ? 'stack' : 'means'
  const shownSolo = rowsOf(model).some(({ key }) => key === solo) ? solo : null
  const drawn = withOpen(viewOf(model, kind, shownSolo), model)
  const axisOf = `${range.value.from} ${range.value.to} ${shownSolo}`
  return (
    <Panel
      title={title}
      unit={unit}
      width={width}
      of={ghost ? null : slots}
      name={name}
      tools={tools}
      ghost={ghost}
    >
      <ChartBody
        name={name}
        slot={slot}
        source={source.source}
        problem={problem}
        caption={`${title}, ${unit}`}
        model={model}
        drawn={drawn}
        marks={marksOf(model)}
        kind={kind}
        before={null}
        fits={!counts}
        lines={5}
        axisOf={axisOf}
        rangeMs={Math.max(1000, model.toMs - model.fromMs)}
        head=""
        solo={shownSolo}
        onSolo={setSolo}
        asTable={asTable}
        say={say}
        short={model.endsMs.length < 3}
      >
        <OpenNote model={model} compared={false} />
        <NotFiltered source={source} />
      </ChartBody>
    </Panel>
  )
}
