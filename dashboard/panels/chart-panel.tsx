/** A live chart with its legend, in whichever of its states it is: loading, no data, known, partial, behind, stale, lost, refused. */
import { useMemo, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { viewOf, type ChartKind } from '../chart/scenes.ts'
import { asked, filters, isGhost, isStopped, ownSeries, seriesIn, waiting } from '../state/slots.ts'
import { range, view } from '../state/navigation.ts'
import { filtersFor } from '../plan/queries.ts'
import { slots } from '../plan/plan.ts'
import type { ChartSpec } from '../plan/section.ts'
import { isMean } from '../plan/whole.ts'
import { figures, rateDigits, rateUnit, short, stepName } from '../format/format.ts'
import { words } from '../format/names.ts'
import { againstIn } from '../view/compare.ts'
import { chartModel, inUnit, isCut, lineBefore } from '../series/chart-model.ts'
import { stepFor } from '../series/buckets.ts'
import { lazy } from '../ui/lazy.tsx'
import { Awaited } from './awaited.tsx'
import { ChartBody } from './chart-body.tsx'
import { useRank } from './use-rank.ts'
import { ChartSkeleton, LegendSkeleton, Panel } from './panel.tsx'
import type { NoDataProps } from './no-data.tsx'
import { PanelTools } from './tools.tsx'
import { BudgetNote, NotFiltered, Why } from './explanation.tsx'

const NoData = lazy<NoDataProps>(
  async () => {
    const [none] = await Promise.all([import('./no-data.tsx'), import('../style/opened.css')])
    return none.NoData
  },
  () => <div class="nodata" />,
)

/** Writes a value of this chart. */
type Say = (value: number) => string

const rangeMsOf = (answer: SeriesAnswer | null): number =>
  answer === null ? 900_000 : Math.max(1000, answer.meta.toMs - answer.meta.fromMs)

export function ChartPanel({ spec }: { spec: ChartSpec }): JSX.Element {
  const { name, title, source, metric, width, where } = spec
  const [asTable, setAsTable] = useState(false)
  const [solo, setSolo] = useState<string | null>(null)
  const slot = slots.chart(name)
  const means = isMean(metric)
  const kind: ChartKind = means ? 'means' : spec.lines === true ? 'lines' : 'stack'
  const field = spec.field ?? ''
  const { answer, problem } = seriesIn(slot)
  const weight = means ? seriesIn(slots.weight(name)).answer : undefined
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
                <LegendSkeleton
                  rows={spec.top + (means ? 1 : 2) + (view.value.compare !== null && !means ? 1 : 0)}
                />
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
  const named = view.value.compare === null ? '' : againstIn(view.value.compare, range.value)
  const beforePerS =
    means || answer === null || (kind === 'lines' && shownSolo === null)
      ? null
      : key === null && totals !== null
        ? lineBefore(totals, { field, rangeMs }, null, named)
        : lineBefore(answer, { field, rangeMs }, key, named)
  const before = beforePerS === null ? null : { ...beforePerS, line: inUnit(beforePerS.line, per) }
  const axisOf = `${range.value.from} ${range.value.to} ${shownSolo} ${view.value.compare} ${per.name}`
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
      <ChartBody
        name={name}
        slot={slot}
        source={source.source}
        problem={problem}
        caption={`${title}, ${unit}`}
        now={now}
        model={model}
        drawn={drawn}
        kind={kind}
        before={before}
        fits={means}
        lines={small ? 3 : 5}
        axisOf={axisOf}
        rangeMs={rangeMs}
        head={spec.field === null ? '' : words(field)}
        solo={shownSolo}
        onSolo={setSolo}
        asTable={asTable}
        say={say}
        short={small || model.endsMs.length < 3}
        size={small ? 'small' : undefined}
      >
        {spec.field !== null && <BudgetNote source={source.source} by={field} kind="names" />}
        <NotFiltered source={source} />
      </ChartBody>
    </Panel>
  )
}
