/** A source with few events in many days: what its charts say. */
import { describe, expect, test } from 'vitest'
import { ySplits, yBounds } from '../../dashboard/chart/axis.ts'
import { sceneOf, viewOf } from '../../dashboard/chart/scenes.ts'
import { isLonely } from '../../dashboard/chart/scene.ts'
import { unknownStretches } from '../../dashboard/chart/unknown.ts'
import { axisLabels, rate, rateDigits, rateUnit, short } from '../../dashboard/format/format.ts'
import { chartModel, inUnit, type ChartModel } from '../../dashboard/series/chart-model.ts'
import { totalOf } from '../../dashboard/series/totals.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const nowMs = Date.UTC(2026, 10, 27, 12)

/** An answer of hours over `days`, to events `[ms ago, value]`; counts or sums of values. */
function answerOf(
  days: number,
  events: readonly (readonly [number, number])[],
  of: (value: number) => number,
  beganAgoMs = Math.max(...events.map(([ago]) => ago)),
): SeriesAnswer {
  const fromMs = nowMs - days * DAY
  const sinceMs = nowMs - beganAgoMs
  const timesMs = Array.from({ length: days * 24 + 1 }, (_, i) => fromMs + i * HOUR)
  const values = timesMs.map((ms) => {
    const here = events.filter(([ago]) => nowMs - ago >= ms && nowMs - ago < ms + HOUR)
    return ms + HOUR <= sinceMs && here.length === 0
      ? null
      : here.reduce((sum, [, value]) => sum + of(value), 0)
  })
  return {
    timesMs,
    series: [{ labels: { device: 'gw' }, values }],
    meta: {
      vector: { 0: events.length },
      topic: 't',
      asOfMs: nowMs + 500,
      lagMs: 300,
      complete: 1,
      partitions: 1,
      logEnd: { from: 'kafka', atMs: nowMs },
      sinceMs,
      latestMs: nowMs,
      behindRecords: 0,
      generation: 1,
      def: 'x',
      from: 'cells',
      source: 't',
      metric: 't.readings',
      by: 'device',
      interval: '1h',
      intervalMs: HOUR,
      fromMs,
      toMs: nowMs + HOUR,
      seriesTotal: 1,
    },
  }
}
/** Sixteen: one long ago, eleven within ten minutes three days ago, and the last four hours. */
const sixteen: [number, number][] = [
  [20 * DAY, 1000],
  ...Array.from({ length: 10 }, (_, i): [number, number] => [3 * DAY + i * 60_000, 100 + i]),
  [4 * HOUR, 4],
  [3 * HOUR, 3],
  [2 * HOUR, 2],
  [HOUR, 1],
  [0, 0],
]

const plan = (days: number): { field: string; top: number; totalName: string; rangeMs: number } => ({
  field: 'device',
  top: 5,
  totalName: 'All',
  rangeMs: days * DAY,
})
function drawn(model: ChartModel, means: boolean): ReturnType<typeof sceneOf> {
  const view = viewOf(model, means ? 'means' : 'stack', null)
  return sceneOf(model, view, {
    ...yBounds(view.least, view.greatest, means),
    before: null,
    fixed: null,
    marked: null,
    rangeMs: 30 * DAY,
    nowMs: null,
    stopped: false,
    cursorMs: null,
    nearKey: null,
  })
}

describe.each([
  ['16 events in 30 days', 30, sixteen],
  [
    'two events in 90 days',
    90,
    [
      [80 * DAY, 5],
      [DAY, 7],
    ],
  ],
  ['one event, an hour ago, in 7 days', 7, [[HOUR, 3]]],
  ['16 events, all of them sent just now', 30, sixteen, 20_000],
] as [string, number, [number, number][], number?][])('%s', (_name, days, events, beganAgoMs) => {
  const counts = answerOf(days, events, () => 1, beganAgoMs)
  const sums = answerOf(days, events, (value) => value, beganAgoMs)

  test('no row of the legend reads 0.00, and no two labels of the axis read alike', () => {
    const raw = chartModel(counts, plan(days), ['"gw"'])
    const model = inUnit(raw, rateUnit(raw.total.mean ?? 0))
    const said = [model.total, ...model.lines].flatMap(({ last, min, max, mean }) =>
      [last, min, max, mean]
        .filter((value) => value !== null)
        .map((value) => [value, short(value, rateDigits(model.total.mean ?? 0))] as const),
    )
    for (const [value, text] of said)
      expect(Number(text.replaceAll(/[,k]/g, '')) === 0, `${value} reads ${text}`).toBe(value === 0)
    const scene = drawn(model, false)
    const { labels } = axisLabels(ySplits(scene), scene.step)
    expect(new Set(labels).size).toBe(labels.length)
    expect(
      labels.every((label) => label.length <= 6),
      labels.join(),
    ).toBe(true)
    const total = totalOf(counts, days * DAY)
    expect(total.sum).toBe(events.length)
    expect(rate(0)).toBe('0/s')
    expect(rate(total.mean ?? 0)).not.toMatch(/^0(\.0+)?\//)
  })

  test('what is hatched as "no data" lies in windows without any', () => {
    const model = chartModel(sums, plan(days), ['"gw"'], counts)
    const scene = drawn(model, true)
    const holes = unknownStretches(scene).filter(({ words }) => words !== 'not known yet')
    for (const [ago] of events)
      for (const { fromMs, toMs } of holes)
        expect(nowMs - ago < fromMs || nowMs - ago >= toMs, `${ago / HOUR} h ago`).toBe(true)
    // Each of them is a point that is drawn: in a line, or alone.
    for (const [ago] of events) {
      const at = model.startsMs.findIndex((ms, i) => nowMs - ago >= ms && nowMs - ago < model.endsMs[i]!)
      if (at >= 0) expect(model.lines[0]!.values[at]).not.toBeNull()
    }
    if (events.length === 2)
      expect(model.lines[0]!.values.filter((_, i, all) => isLonely(all, i)).length).toBe(2)
    if (days === 30) expect(holes.length).toBeGreaterThan(1)
  })
})
