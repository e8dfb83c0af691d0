/** The chart of one of the shown: lines, a stack, bars, or the same as a table. */
import { useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { viewOf, type ChartKind } from '../chart/scenes.ts'
import { stepName } from '../format/format.ts'
import { words } from '../format/names.ts'
import { Awaited } from '../panels/awaited.tsx'
import { ChartBody } from '../panels/chart-body.tsx'
import { Why } from '../panels/explanation.tsx'
import { ChartSkeleton, LegendSkeleton, Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { rowsOf } from '../series/chart-model.ts'
import { clock } from '../state/clock.ts'
import { range } from '../state/navigation.ts'
import { questions as asked } from '../state/slots.ts'
import { within } from '../view/range.ts'
import { addsUp, formOf, isStackable, isSummable, shownTitle, type Ask } from './ask.ts'
import { barsOf } from '../chart/bars.ts'
import { marksOf, withOpen } from '../chart/open.ts'
import { OpenNote } from '../panels/open-note.tsx'
import { InDoubt } from './in-doubt.tsx'
import { divided } from './questions.ts'
import { beforeOf, modelOf, pointsKnown, rank, type Plan } from '../series/step-model.ts'
import { sayShort } from './say.ts'
import { inDoubt, seriesBehind, type Behind } from './state.ts'
import { everyWords } from './words.ts'
import { againstShort } from '../view/compare.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'

/** More bars than this cannot be told apart. */
const MOST_BARS = 60
const MOST_POINTS = 240
/** Names keep their places for this long; their numbers change at once. */
const CALM_MS = 10_000

function useOrder(answer: SeriesAnswer | null, by: readonly string[]): readonly string[] {
  const had = useRef<{ of: string; order: readonly string[]; atMs: number }>(undefined)
  if (answer === null) return []
  const of = `${answer.meta.metric} ${answer.meta.by} ${answer.meta.interval} ${answer.series.length}`
  const nowMs = clock.peek()
  if (had.current?.of !== of || nowMs - had.current.atMs > CALM_MS)
    had.current = { of, order: rank(answer, by), atMs: nowMs }
  return had.current.order
}

export function ExploreChart({ ask, at }: { ask: Ask; at: number }): JSX.Element {
  const shown = ask.shown[at]!
  const { by, against } = ask
  const [solo, setSolo] = useState<string | null>(null)
  const answered: Behind<SeriesAnswer> = seriesBehind(ask, at)
  const doubt = answered.waits || answered.of === null ? inDoubt(ask, at) : null
  const behind: Behind<SeriesAnswer> =
    doubt === null ? answered : { ...answered, of: doubt.of, per: doubt.per, waits: false, ghost: true }
  const slot = behind.slots[0]!
  const order = useOrder(shown.per === null ? behind.of : (behind.per ?? behind.of), by)
  const title = shownTitle(shown)
  const name = `explore-${at}`
  const text = asked.value.get(slot)?.text ?? ''
  const stackable = isStackable(shown, ask)
  const wanted = formOf(ask)
  const form = !stackable && (wanted === 'stack' || (wanted === 'bars' && by.length > 0)) ? 'lines' : wanted
  const rows =
    (by.length === 0 ? 1 : ask.top + 1) + (stackable && by.length > 0 ? 1 : 0) + (against === null ? 0 : 1)
  const width = 'w12 explore-chart'

  if (behind.waits || behind.of === null)
    return (
      <Panel title={title} width={width} of={behind.problem === null ? null : []} name={name}>
        {behind.problem === null ? (
          <Awaited slots={behind.slots}>
            <div class={at > 0 ? 'duo low' : 'duo'}>
              <ChartSkeleton />
              <LegendSkeleton rows={rows} />
            </div>
          </Awaited>
        ) : (
          <div class="refused">
            <Why problem={behind.problem} />
          </div>
        )}
      </Panel>
    )

  const resampled = ask.every === 'auto' && isSummable(shown)
  const plan: Plan = {
    by,
    top: ask.top,
    mostPoints: resampled ? (form === 'bars' ? MOST_BARS : MOST_POINTS) : null,
    stackable,
    title,
    asBars: form === 'bars',
  }
  const model = modelOf(behind.of, behind.per, plan, order)
  const unit = everyWords(shown, behind.of.meta.interval, stepName(model.stepMs))
  const say = sayShort(shown)
  const tools = <PanelTools title={title} text={divided(shown, text)} image />
  if (rowsOf(model).every(({ max }) => max === null))
    return (
      <Panel title={title} unit={unit} width={width} of={behind.slots} name={name} tools={tools}>
        {doubt !== null && (
          <>
            <InDoubt reading={doubt.reading} />
            <Awaited slots={behind.slots}>{null}</Awaited>
          </>
        )}
        <p class="i3 none">
          no data {within(range.value)}
          {model.endsMs.length === 0 && ', or no whole step yet: choose a shorter one'}
        </p>
        <Why problem={behind.problem} slot={slot} source={ask.source.source} />
      </Panel>
    )

  // What counts begins at 0; gauges and ratios fit what there is.
  const fits = shown.per === null && !addsUp(shown.of) && shown.of.metric.kind !== 'uniques'
  const kind: ChartKind = fits
    ? 'means'
    : form === 'stack' || by.length === 0 || form === 'bars'
      ? 'stack'
      : 'lines'
  const shownSolo = rowsOf(model).some(({ key }) => key === solo) ? solo : null
  const plain = withOpen(viewOf(model, kind, shownSolo), model)
  const drawn =
    form === 'bars'
      ? barsOf(plain)
      : form === 'lines' && plain.curves.length === 1
        ? { ...plain, curves: plain.curves.map((one) => ({ ...one, fill: 'none' as const })) }
        : plain
  const single = shownSolo === null || shownSolo === 'total' ? null : shownSolo
  const comparable = shownSolo !== null || by.length === 0 || (stackable && kind === 'stack')
  const before =
    against === null || !comparable
      ? null
      : beforeOf(behind.of, behind.per, plan, by.length === 0 ? null : single, againstShort[against])
  const axisOf = `${range.value.from} ${range.value.to} ${shownSolo} ${text} ${form}`
  return (
    <Panel
      title={title}
      unit={unit}
      width={width}
      of={behind.ghost ? null : behind.slots}
      name={name}
      tools={tools}
      ghost={behind.ghost}
    >
      {doubt !== null && (
        <>
          <InDoubt reading={doubt.reading} />
          <Awaited slots={behind.slots}>{null}</Awaited>
        </>
      )}
      <ChartBody
        name={name}
        slot={slot}
        source={ask.source.source}
        problem={behind.problem}
        caption={`${title}, ${unit}`}
        model={model}
        drawn={drawn}
        marks={marksOf(model)}
        kind={kind}
        legend={kind === 'means' || form === 'lines' ? 'lines' : kind}
        before={before}
        fits={fits && form !== 'bars'}
        lines={at === 0 ? 5 : 3}
        axisOf={axisOf}
        rangeMs={Math.max(1000, model.toMs - model.fromMs)}
        head={by.map(words).join(' · ')}
        solo={shownSolo}
        onSolo={setSolo}
        asTable={form === 'table'}
        say={say}
        short={pointsKnown(model) < 3}
        size={at > 0 ? 'low' : undefined}
      >
        <OpenNote model={model} compared={before !== null} />
      </ChartBody>
    </Panel>
  )
}
