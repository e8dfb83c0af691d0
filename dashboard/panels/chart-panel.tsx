/** A live chart with its legend, in whichever of its states it is: loading, no data, known, partial, behind, stale, lost, refused. */
import { useMemo, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { nearest, steadyBounds, yBounds, type SteadyBounds } from '../chart/axis.ts'
import { cursorMs, near } from '../chart/cursor.ts'
import { Legend } from '../chart/legend.tsx'
import { sceneOf, viewOf, type ChartKind } from '../chart/scenes.ts'
import { TimeChart } from '../chart/time-chart.tsx'
import { useFresh } from '../freshness/slot-chip.tsx'
import { asked, filters, isGhost, isStopped, ownSeries, seriesIn, waiting } from '../state/slots.ts'
import { range, view } from '../state/navigation.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { filtersFor } from '../plan/queries.ts'
import { slots } from '../plan/plan.ts'
import type { ChartSpec } from '../plan/section.ts'
import { isMean } from '../plan/whole.ts'
import { figures, momentOf, rateDigits, rateUnit, short, stepName } from '../format/format.ts'
import { words } from '../format/names.ts'
import { beforeShort, isMoving, within } from '../view/range.ts'
import { chartModel, inUnit, isCut, lineBefore, type ChartModel } from '../series/chart-model.ts'
import { stepFor } from '../series/buckets.ts'
import { lazy } from '../ui/lazy.tsx'
import { Awaited } from './awaited.tsx'
import { useRank } from './use-rank.ts'
import { ChartSkeleton, LegendSkeleton, Panel } from './panel.tsx'
import type { NoDataProps } from './no-data.tsx'
import { PanelTools } from './tools.tsx'
import { BudgetNote, NotFiltered, Why } from './explanation.tsx'

const TableView = lazy<{ model: ChartModel; caption: string }>(
  async () => (await import('../chart/table-view.tsx')).TableView,
  () => <div class="numbers" />,
)
const NoData = lazy<NoDataProps>(
  async () => {
    const [none] = await Promise.all([import('./no-data.tsx'), import('../style/opened.css')])
    return none.NoData
  },
  () => <div class="nodata" />,
)

/** Writes a value of this chart. */
type Say = (value: number) => string

function spoken(model: ChartModel, at: number, say: Say): string {
  if (at < 0) return ''
  const one = (value: number | null | undefined): string =>
    value === null || value === undefined ? 'no data' : say(value)
  return `${momentOf(model.endsMs[at]!)}: ${[...model.lines, model.total].map((line) => `${line.name} ${one(line.values[at])}`).join(', ')}`
}

const rangeMsOf = (answer: SeriesAnswer | null): number =>
  answer === null ? 900_000 : Math.max(1000, answer.meta.toMs - answer.meta.fromMs)

export function ChartPanel({ spec }: { spec: ChartSpec }): JSX.Element {
  const { name, title, source, metric, width, where } = spec
  const [asTable, setAsTable] = useState(false)
  const [solo, setSolo] = useState<string | null>(null)
  const steady = useRef<{ of: string; bounds: SteadyBounds }>(undefined)
  const slot = slots.chart(name)
  const means = isMean(metric)
  const kind: ChartKind = means ? 'means' : spec.lines === true ? 'lines' : 'stack'
  const field = spec.field ?? ''
  const { answer, problem } = seriesIn(slot)
  const weight = means ? seriesIn(slots.weight(name)).answer : undefined
  const state = useFresh(slot)
  const order = useRank(weight ?? answer, field)
  const rangeMs = rangeMsOf(answer)
  const cut = answer !== null && isCut(answer)
  const totalName = cut ? `Greatest ${answer.series.length}` : 'All'
  const raw = useMemo(
    () =>
      answer === null || weight === null
        ? null
        : chartModel(
            answer,
            { field, top: spec.top, totalName, rangeMs },
            spec.field === null ? [] : order,
            weight,
          ),
    [answer, weight, order, rangeMs],
  )
  const per = rateUnit(means ? 1 : (raw?.total.mean ?? 0))
  const model = raw === null ? null : inUnit(raw, per)
  const ghost = isGhost(slot)
  const text = asked.value.find((query) => query.slot === slot)?.text ?? ''
  const small = width === 'w4'
  const panelUnit = where?.unit
  const box = (inside: JSX.Element): JSX.Element => <div class={small ? 'duo small' : 'duo'}>{inside}</div>

  if (model === null || waiting(slot) || isStopped(slot))
    return (
      <Panel
        title={title}
        unit={panelUnit ?? 'per second'}
        width={width}
        of={problem === null ? null : []}
        name={name}
      >
        {problem === null ? (
          <Awaited slots={means ? [slot, slots.weight(name)] : [slot]}>
            {box(
              <>
                <ChartSkeleton />
                <LegendSkeleton rows={spec.top + (means ? 1 : 2) + (view.value.compare && !means ? 1 : 0)} />
              </>,
            )}
          </Awaited>
        ) : (
          <div class="refused">
            <Why problem={problem} />
          </div>
        )}
      </Panel>
    )

  const tools = (
    <PanelTools title={title} text={text} asTable={asTable} onTable={() => setAsTable(!asTable)} />
  )
  const step = stepName(model.stepMs || stepFor(rangeMs, 1000))
  const unit = means
    ? `${panelUnit === undefined ? '' : `${panelUnit}, `}mean of ${step}`
    : `per ${per.word}, ${step} points`
  if (model.lines.length === 0 && (model.total.max === null || spec.field !== null))
    return (
      <Panel title={title} unit={unit} width={width} of={[slot]} name={name}>
        <NoData
          source={source}
          sinceMs={model.sinceMs}
          known={model.asOfMs !== null}
          what={where?.value ?? source.source}
          filtered={filtersFor(source, filters.value).length > 0}
        />
        {problem !== null && <Why problem={problem} />}
      </Panel>
    )

  // Decimals by what it is on the whole: one burst must not round the rest away.
  const digits = rateDigits(model.total.mean ?? 0)
  const say: Say = means
    ? (value) => (Math.abs(value) >= 9_999.5 ? short(value, 0) : figures(value))
    : (value) => short(value, digits)
  const shownSolo =
    solo !== null && (solo === 'total' || model.lines.some((line) => line.key === solo)) ? solo : null
  const drawn = viewOf(model, kind, shownSolo)
  const totals = means || cut || spec.where !== undefined ? null : ownSeries(slots.total(metric))
  // The total of before is that of all, not only of those that are still there.
  const key = shownSolo === null || shownSolo === 'total' ? null : shownSolo
  const beforePerS =
    means || answer === null || (kind === 'lines' && shownSolo === null)
      ? null
      : key === null && totals !== null
        ? lineBefore(totals, { field, rangeMs }, null, beforeShort(range.value))
        : lineBefore(answer, { field, rangeMs }, key, beforeShort(range.value))
  const before = beforePerS === null ? null : { ...beforePerS, line: inUnit(beforePerS.line, per) }
  const axisOf = `${range.value.from} ${range.value.to} ${shownSolo} ${view.value.compare} ${per.name}`
  const bounds = steadyBounds(
    steady.current?.of === axisOf ? steady.current.bounds : null,
    yBounds(drawn.least, Math.max(drawn.greatest, before?.line.max ?? 0), means, small ? 3 : 5),
    second.peek() * 1000,
  )
  steady.current = { of: axisOf, bounds }
  const pointedMs = cursorMs.value
  const at = pointedMs === null ? -1 : nearest(model.endsMs, pointedMs)
  const nearKey = near.value?.chart === name ? near.value.key : null
  const notYet = state === 'behind' || state === 'stale' || state === 'partial'
  if (notYet) void second.value
  const scene = sceneOf(model, drawn, {
    ...bounds,
    before: before === null ? null : { timesMs: before.endsMs, values: before.line.values },
    rangeMs,
    fixed: isMoving(range.value) ? null : { fromMs: model.fromMs, toMs: model.toMs },
    marked: null,
    nowMs: notYet ? serverNowMs() : null,
    stopped: state === 'stale' || state === 'lost',
    cursorMs: at < 0 ? null : model.endsMs[at]!,
    nearKey,
  })
  const now = model.total.last === null ? 'no data' : `now ${say(model.total.last)}`

  return (
    <Panel
      title={title}
      unit={unit}
      width={width}
      of={ghost ? null : [slot]}
      name={name}
      tools={tools}
      ghost={ghost}
    >
      <div class={`duo${small ? ' small' : ''}${scene.stopped ? ' stopped' : ''}`}>
        {asTable ? (
          <TableView model={model} caption={`${title}, ${unit}`} />
        ) : (
          <TimeChart
            id={name}
            label={`${title}, ${unit}, ${within(range.value)}; ${now}. Arrow keys move the cursor, drag to zoom.`}
            scene={scene}
            keys={drawn.keys}
            spoken={spoken(model, at, say)}
          />
        )}
        <div>
          <Legend
            model={model}
            kind={kind}
            head={spec.field === null ? '' : words(field)}
            at={asTable ? -1 : at}
            solo={shownSolo}
            nearKey={nearKey}
            before={before?.line ?? null}
            say={say}
            short={small || model.endsMs.length < 3}
            onSolo={setSolo}
          />
          <Why
            problem={problem}
            slot={slot}
            source={source.source}
            sinceMs={model.sinceMs !== null && model.sinceMs > scene.fromMs ? model.sinceMs : null}
          />
          {spec.field !== null && <BudgetNote source={source.source} by={field} kind="names" />}
          <NotFiltered source={source} />
        </div>
      </div>
    </Panel>
  )
}
