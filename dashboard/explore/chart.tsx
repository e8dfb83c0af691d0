/** The chart of one of the shown: lines, a stack, bars, or the same as a table. */
import { useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { nearest, steadyBounds, yBounds, type SteadyBounds } from '../chart/axis.ts'
import { cursorMs, near } from '../chart/cursor.ts'
import { Legend } from '../chart/legend.tsx'
import { sceneOf, viewOf, type ChartKind } from '../chart/scenes.ts'
import { TableView } from '../chart/table-view.tsx'
import { TimeChart } from '../chart/time-chart.tsx'
import { useFresh } from '../freshness/slot-chip.tsx'
import { momentOf, stepName } from '../format/format.ts'
import { words } from '../format/names.ts'
import { Awaited } from '../panels/awaited.tsx'
import { Why } from '../panels/explanation.tsx'
import { ChartSkeleton, LegendSkeleton, Panel } from '../panels/panel.tsx'
import { PanelTools } from '../panels/tools.tsx'
import { rowsOf, type ChartModel } from '../series/chart-model.ts'
import { clock, second, serverNowMs } from '../state/clock.ts'
import { range } from '../state/navigation.ts'
import { questions as asked } from '../state/slots.ts'
import { isMoving, within } from '../view/range.ts'
import { addsUp, formOf, isStackable, isSummable, shownTitle, type Ask } from './ask.ts'
import { barPaths, barsOf } from './bars.ts'
import { InDoubt } from './in-doubt.tsx'
import { beforeOf, modelOf, rank, type Plan } from './model.ts'
import { sayShort, type Say } from './say.ts'
import { inDoubt, seriesBehind, type Behind } from './state.ts'
import { againstShort, everyWords } from './words.ts'
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

function spoken(model: ChartModel, at: number, say: Say): string {
  if (at < 0) return ''
  const values = rowsOf(model).map(({ name, values }) => {
    const value = values[at] ?? null
    return `${name} ${value === null ? 'no data' : say(value)}`
  })
  return `${momentOf(model.startsMs[at]!)} to ${momentOf(model.endsMs[at]!)}: ${values.join(', ')}`
}

export function ExploreChart({ ask, at }: { ask: Ask; at: number }): JSX.Element {
  const shown = ask.shown[at]!
  const { by, against } = ask
  const [solo, setSolo] = useState<string | null>(null)
  const steady = useRef<{ of: string; bounds: SteadyBounds }>(undefined)
  const answered: Behind<SeriesAnswer> = seriesBehind(ask, at)
  const doubt = answered.waits || answered.of === null ? inDoubt(ask, at) : null
  const behind: Behind<SeriesAnswer> =
    doubt === null ? answered : { ...answered, of: doubt.of, per: doubt.per, waits: false, ghost: true }
  const slot = behind.slots[0]!
  const state = useFresh(slot)
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
  }
  const model = modelOf(behind.of, behind.per, plan, order)
  const unit = everyWords(shown, behind.of.meta.interval, stepName(model.stepMs))
  const say = sayShort(shown)
  const tools = <PanelTools title={title} text={text} image />
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
  const plain = viewOf(model, kind, shownSolo)
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
  const bounds = steadyBounds(
    steady.current?.of === axisOf ? steady.current.bounds : null,
    yBounds(
      Math.min(drawn.least, before?.line.min ?? drawn.least),
      Math.max(drawn.greatest, before?.line.max ?? drawn.greatest),
      fits && form !== 'bars',
      at === 0 ? 5 : 3,
    ),
    second.peek() * 1000,
  )
  steady.current = { of: axisOf, bounds }
  const pointedMs = cursorMs.value
  const pointed = pointedMs === null ? -1 : nearest(model.endsMs, pointedMs)
  const notYet = state === 'behind' || state === 'stale' || state === 'partial'
  if (notYet) void second.value
  const nearKey = near.value?.chart === name ? near.value.key : null
  const scene = {
    ...sceneOf(model, drawn, {
      ...bounds,
      before: before === null ? null : { timesMs: before.endsMs, values: before.line.values },
      rangeMs: Math.max(1000, model.toMs - model.fromMs),
      fixed: isMoving(range.value) ? null : { fromMs: model.fromMs, toMs: model.toMs },
      marked: null,
      nowMs: notYet ? serverNowMs() : null,
      stopped: state === 'stale' || state === 'lost',
      cursorMs: pointed < 0 ? null : model.endsMs[pointed]!,
      nearKey,
    }),
    bars: barPaths,
  }
  const caption = `${title}, ${unit}`
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
      <div class={`duo${at > 0 ? ' low' : ''}${scene.stopped ? ' stopped' : ''}`}>
        {form === 'table' ? (
          <TableView model={model} caption={caption} />
        ) : (
          <TimeChart
            id={name}
            label={`${caption}, ${within(range.value)}. Arrow keys move the cursor, drag to zoom.`}
            scene={scene}
            keys={drawn.keys}
            spoken={spoken(model, pointed, say)}
          />
        )}
        <div>
          <Legend
            model={model}
            kind={kind === 'means' || form === 'lines' ? 'lines' : kind}
            head={by.map(words).join(' · ')}
            at={form === 'table' ? -1 : pointed}
            solo={shownSolo}
            nearKey={nearKey}
            before={before?.line ?? null}
            say={say}
            short={model.endsMs.length < 3}
            onSolo={setSolo}
          />
          <Why
            problem={behind.problem}
            slot={slot}
            source={ask.source.source}
            sinceMs={model.sinceMs !== null && model.sinceMs > scene.fromMs ? model.sinceMs : null}
          />
        </div>
      </div>
    </Panel>
  )
}
