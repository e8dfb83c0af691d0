/** What stands in the panel of any chart: its plot or the same as a table, its legend, and why it is not simply exact. */
import { useRef } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import type { Problem } from '../../query-api/wire.ts'
import { nearest, steadyBounds, yBounds, type SteadyBounds } from '../chart/axis.ts'
import { cursorMs, near } from '../chart/cursor.ts'
import { Legend } from '../chart/legend.tsx'
import type { Scene } from '../chart/scene.ts'
import { sceneOf, type ChartKind, type View } from '../chart/scenes.ts'
import { TimeChart } from '../chart/time-chart.tsx'
import { useFresh } from '../freshness/slot-chip.tsx'
import { pointName, rowsOf, type ChartModel, type Line } from '../series/chart-model.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { range } from '../state/navigation.ts'
import { lazy } from '../ui/lazy.tsx'
import { isMoving, within } from '../view/range.ts'
import { Why } from './explanation.tsx'

const TableView = lazy<{ model: ChartModel; caption: string }>(
  async () => (await import('../chart/table-view.tsx')).TableView,
  () => <div class="numbers" />,
)

export interface ChartBodyProps {
  /** Of its panel. */
  readonly name: string
  readonly slot: string
  readonly source: string
  readonly problem: Problem | null
  /** "Clicks, per second, 5 s points" */
  readonly caption: string
  /** What a reader who does not see the plot is told first. */
  readonly now?: string
  readonly model: ChartModel
  readonly drawn: View
  /** What of it is drawn otherwise than as a curve. */
  readonly marks?: Pick<Scene, 'bars' | 'open'>
  readonly kind: ChartKind
  /** Of the legend, where it differs. */
  readonly legend?: ChartKind
  readonly before: { readonly line: Line; readonly endsMs: readonly number[] } | null
  /** The axis fits the values and does not begin at 0. */
  readonly fits: boolean
  /** Most hairlines. */
  readonly lines: number
  /** Bounds are steady as long as this is the same. */
  readonly axisOf: string
  readonly rangeMs: number
  readonly head: string
  readonly solo: string | null
  readonly onSolo: (key: string | null) => void
  readonly asTable: boolean
  readonly say: (value: number) => string
  /** A legend of few columns. */
  readonly short: boolean
  /** Its height; `alone`: with one line, whose legend stands below. */
  readonly size?: 'small' | 'low' | 'alone' | undefined
  readonly children?: ComponentChildren
}

/** The point at the cursor, in words. */
function spoken(model: ChartModel, at: number, say: (value: number) => string): string {
  if (at < 0) return ''
  const values = rowsOf(model).map(({ name, values }) => {
    const value = values[at] ?? null
    return `${name} ${value === null ? 'no data' : say(value)}`
  })
  const isOpen = model.openUntilMs !== undefined && at === model.endsMs.length - 1
  return `${pointName(model, at, model.endsMs)}${isOpen ? ', so far' : ''}: ${values.join(', ')}`
}

export function ChartBody(props: ChartBodyProps): JSX.Element {
  const { name, slot, model, drawn, before, fits, axisOf, rangeMs, solo, say, size } = props
  const steady = useRef<{ of: string; bounds: SteadyBounds }>(undefined)
  const state = useFresh(slot)
  const bounds = steadyBounds(
    steady.current?.of === axisOf ? steady.current.bounds : null,
    yBounds(
      Math.min(drawn.least, before?.line.min ?? drawn.least),
      Math.max(drawn.greatest, before?.line.max ?? drawn.greatest),
      fits,
      props.lines,
    ),
    second.peek() * 1000,
  )
  steady.current = { of: axisOf, bounds }
  const pointedMs = cursorMs.value
  const at = pointedMs === null ? -1 : nearest(model.endsMs, pointedMs)
  const nearKey = near.value?.chart === name ? near.value.key : null
  const notYet = state === 'behind' || state === 'stale' || state === 'partial'
  if (notYet) void second.value
  const scene: Scene = {
    ...sceneOf(model, drawn, {
      ...bounds,
      before: before === null ? null : { timesMs: before.endsMs, values: before.line.values },
      rangeMs,
      fixed: isMoving(range.value) ? null : { fromMs: model.fromMs, toMs: model.toMs },
      marked: null,
      nowMs: notYet ? serverNowMs() : null,
      stopped: state === 'stale' || state === 'lost',
      cursorMs: at < 0 ? null : model.endsMs[at]!,
      nearKey,
    }),
    ...props.marks,
  }
  return (
    <div class={`duo${size === undefined ? '' : ` ${size}`}${scene.stopped ? ' stopped' : ''}`}>
      {props.asTable ? (
        <TableView model={model} caption={props.caption} />
      ) : (
        <TimeChart
          id={name}
          label={`${props.caption}, ${within(range.value)}${props.now === undefined ? '' : `; ${props.now}`}. Arrow keys move the cursor, drag to zoom.`}
          scene={scene}
          keys={drawn.keys}
          spoken={spoken(model, at, say)}
        />
      )}
      <div>
        <Legend
          model={model}
          kind={props.legend ?? props.kind}
          head={props.head}
          at={props.asTable ? -1 : at}
          solo={solo}
          nearKey={nearKey}
          before={before?.line ?? null}
          say={say}
          short={props.short}
          onSolo={props.onSolo}
        />
        <Why
          problem={props.problem}
          slot={slot}
          source={props.source}
          sinceMs={model.sinceMs !== null && model.sinceMs > scene.fromMs ? model.sinceMs : null}
        />
        {props.children}
      </div>
    </div>
  )
}
