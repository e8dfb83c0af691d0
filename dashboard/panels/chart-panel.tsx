/** A live chart with its legend, in whichever of its states it is: loading, no data, known, partial, behind, stale, lost, refused. */
import { useMemo, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { nearest, steadyTop, type SteadyTop } from '../chart/axis.ts'
import { cursorMs, near } from '../chart/cursor.ts'
import { Legend } from '../chart/legend.tsx'
import { sceneOf, viewOf, type ChartKind } from '../chart/scenes.ts'
import { TableView } from '../chart/table-view.tsx'
import { TimeChart } from '../chart/time-chart.tsx'
import { freshness } from '../fresh/freshness.ts'
import { Icon } from '../icons.tsx'
import { clock, evidenceOf, known, range, serverNowMs, waiting } from '../live/page.ts'
import type { SeriesName } from '../live/queries.ts'
import { clockTime, fixed, rateDigits, stepName } from '../say/format.ts'
import { chartModel, type ChartModel } from '../series/chart-model.ts'
import { stepFor } from '../series/buckets.ts'
import { useRank } from './use-rank.ts'
import { ChartSkeleton, LegendSkeleton, Panel } from './panel.tsx'
import { NoData } from './no-data.tsx'
import { Why } from './why.tsx'

export interface ChartPanelProps {
  readonly name: SeriesName
  readonly title: string
  readonly source: string
  readonly kind: ChartKind
  readonly field: string
  readonly head: string
  readonly top: number
  readonly totalName: string
}

function spoken(model: ChartModel, at: number): string {
  if (at < 0) return ''
  const digits = rateDigits(model.total.max ?? 0)
  const say = (value: number | null | undefined): string => (value === null || value === undefined ? 'no data' : fixed(value, digits))
  return `${clockTime(model.endsMs[at]!)}: ${model.lines.map((line) => `${line.name} ${say(line.values[at])}`).join(', ')}; ${model.total.name} ${say(model.total.values[at])} a second`
}

export function ChartPanel(props: ChartPanelProps): JSX.Element {
  const { name, title, source, kind, field, head, top, totalName } = props
  const [asTable, setAsTable] = useState(false)
  const [solo, setSolo] = useState<string | null>(null)
  const steady = useRef<{ of: string; axis: SteadyTop }>(undefined)
  const { answer, problem } = known(name)
  const order = useRank(answer, field)
  const rangeMs = answer === null ? range.value.ms : Math.max(1000, answer.meta.toMs - answer.meta.fromMs)
  const model = useMemo(() => (answer === null ? null : chartModel(answer, { field, top, totalName: answer.meta.seriesTotal > answer.series.length ? `Greatest ${answer.series.length}` : totalName, rangeMs }, order)), [answer, order, rangeMs])
  const loading = answer === null || waiting(name)

  const tools = (
    <button type="button" class="ib small" aria-pressed={asTable} aria-label={asTable ? `${title} as a chart` : `${title} as a table`} onClick={() => setAsTable(!asTable)}>
      <Icon name={asTable ? 'chart' : 'table'} />
    </button>
  )
  if (loading || model === null) {
    return (
      <Panel title={title} unit="per second" width="w8" fresh={answer === null ? null : evidenceOf(name)} name={name} tools={tools}>
        {problem === null ? (
          <div class="duo">
            <ChartSkeleton />
            <LegendSkeleton rows={top + 2} />
          </div>
        ) : (
          <div class="refused">
            <Why problem={problem} />
          </div>
        )}
      </Panel>
    )
  }

  const fresh = evidenceOf(name)
  const { state } = freshness(fresh)
  const unit = `per second, ${stepName(model.stepMs || stepFor(rangeMs, 1000))} points`
  const empty = model.lines.length === 0
  if (empty)
    return (
      <Panel title={title} unit={unit} width="w8" fresh={fresh} name={name}>
        <NoData source={source} sinceMs={model.sinceMs} known={model.asOfMs !== null} />
      </Panel>
    )

  const shownSolo = solo !== null && (solo === 'total' || model.lines.some((line) => line.key === solo)) ? solo : null
  const view = viewOf(model, kind, shownSolo)
  const axisOf = `${range.value.from} ${shownSolo}`
  const axis = steadyTop(steady.current?.of === axisOf ? steady.current.axis : null, view.greatest, clock.value)
  steady.current = { of: axisOf, axis }
  const pointedMs = cursorMs.value
  const at = pointedMs === null ? -1 : nearest(model.endsMs, pointedMs)
  const nearKey = near.value?.chart === name ? near.value.key : null
  const scene = sceneOf(model, view, {
    top: axis.top,
    rangeMs,
    nowMs: state === 'behind' || state === 'stale' || state === 'partial' ? serverNowMs.value : null,
    stopped: state === 'stale' || state === 'lost',
    cursorMs: at < 0 ? null : model.endsMs[at]!,
    nearKey,
  })
  const now = model.total.last === null ? 'no data' : `now ${fixed(model.total.last, rateDigits(model.total.max ?? 0))} a second`

  return (
    <Panel title={title} unit={unit} width="w8" fresh={fresh} name={name} tools={tools}>
      <div class={`duo${scene.stopped ? ' stopped' : ''}`}>
        {asTable ? <TableView model={model} caption={`${title}, per second`} /> : <TimeChart id={name} label={`${title}, per second, last ${range.value.name}; ${now}. Arrow keys move the cursor.`} scene={scene} keys={view.keys} spoken={spoken(model, at)} />}
        <div>
          <Legend model={model} kind={kind} head={head} at={asTable ? -1 : at} solo={shownSolo} nearKey={nearKey} onSolo={setSolo} />
          <Why problem={problem} evidence={fresh} source={source} sinceMs={model.sinceMs !== null && model.sinceMs > scene.fromMs ? model.sinceMs : null} />
        </div>
      </div>
    </Panel>
  )
}
