/** A live chart of what does not add up: percentiles as lines beside each other, different ones and latest values window by window. */
import { useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { nearest, steadyBounds, yBounds, type SteadyBounds } from '../chart/axis.ts'
import { cursorMs, near } from '../chart/cursor.ts'
import { Legend } from '../chart/legend.tsx'
import { sceneOf, viewOf, type ChartKind } from '../chart/scenes.ts'
import { TableView } from '../chart/table-view.tsx'
import { TimeChart } from '../chart/time-chart.tsx'
import { useFresh } from '../freshness/slot-chip.tsx'
import { asked, isGhost, isStopped, seriesIn, waiting } from '../state/slots.ts'
import { range } from '../state/navigation.ts'
import { second, serverNowMs } from '../state/clock.ts'
import type { WholeSpec } from '../plan/section.ts'
import { linesOf, wholeSlots, unitNote } from '../plan/whole.ts'
import { momentOf, stepName } from '../format/format.ts'
import { isMoving, within } from '../view/range.ts'
import { rowsOf, type ChartModel } from '../series/chart-model.ts'
import { wholeModel } from '../series/whole-model.ts'
import { Awaited } from './awaited.tsx'
import { ChartSkeleton, LegendSkeleton, Panel } from './panel.tsx'
import { PanelTools } from './tools.tsx'
import { NotFiltered, Why } from './explanation.tsx'
import { grows, sayOf } from './whole-say.ts'

function spoken(model: ChartModel, at: number, say: (value: number) => string): string {
  if (at < 0) return ''
  const values = rowsOf(model).map(({ name, values }) => {
    const value = values[at] ?? null
    return `${name} ${value === null ? 'no data' : say(value)}`
  })
  return `${momentOf(model.endsMs[at]!)}: ${values.join(', ')}`
}

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
  const steady = useRef<{ of: string; bounds: SteadyBounds }>(undefined)
  const stats = linesOf(metric)
  const slots = stats.map((stat) => wholeSlots.line(metric, stat))
  const slot = slots[0]!
  const known = slots.map((one) => seriesIn(one))
  const problem = known.find((one) => one.problem !== null)?.problem ?? null
  const answers = known.flatMap(({ answer }): SeriesAnswer[] => (answer === null ? [] : [answer]))
  const state = useFresh(slot)
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
  const drawn = viewOf(model, kind, shownSolo)
  const axisOf = `${range.value.from} ${range.value.to} ${shownSolo}`
  const bounds = steadyBounds(
    steady.current?.of === axisOf ? steady.current.bounds : null,
    yBounds(drawn.least, drawn.greatest, !counts, 5),
    second.peek() * 1000,
  )
  steady.current = { of: axisOf, bounds }
  const pointedMs = cursorMs.value
  const at = pointedMs === null ? -1 : nearest(model.endsMs, pointedMs)
  const notYet = state === 'behind' || state === 'stale' || state === 'partial'
  if (notYet) void second.value
  const nearKey = near.value?.chart === name ? near.value.key : null
  const scene = sceneOf(model, drawn, {
    ...bounds,
    before: null,
    rangeMs: Math.max(1000, model.toMs - model.fromMs),
    fixed: isMoving(range.value) ? null : { fromMs: model.fromMs, toMs: model.toMs },
    marked: null,
    nowMs: notYet ? serverNowMs() : null,
    stopped: state === 'stale' || state === 'lost',
    cursorMs: at < 0 ? null : model.endsMs[at]!,
    nearKey,
  })
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
      <div class={`duo${scene.stopped ? ' stopped' : ''}`}>
        {asTable ? (
          <TableView model={model} caption={`${title}, ${unit}`} />
        ) : (
          <TimeChart
            id={name}
            label={`${title}, ${unit}, ${within(range.value)}. Arrow keys move the cursor, drag to zoom.`}
            scene={scene}
            keys={drawn.keys}
            spoken={spoken(model, at, say)}
          />
        )}
        <div>
          <Legend
            model={model}
            kind={kind}
            head=""
            at={asTable ? -1 : at}
            solo={shownSolo}
            nearKey={nearKey}
            before={null}
            say={say}
            short={model.endsMs.length < 3}
            onSolo={setSolo}
          />
          <Why
            problem={problem}
            slot={slot}
            source={source.source}
            sinceMs={model.sinceMs !== null && model.sinceMs > scene.fromMs ? model.sinceMs : null}
          />
          <NotFiltered source={source} />
        </div>
      </div>
    </Panel>
  )
}
