/** The step of a chart that is not over: which is drawn, from where to where, and what it is not taken for. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { SeriesAnswer, SessionsAnswer } from '../../query-api/wire.ts'
import { marksOf, paintOpen, withOpen } from '../../dashboard/chart/open.ts'
import { pointAt, type Palette, type Pen } from '../../dashboard/chart/scene.ts'
import { pointName } from '../../dashboard/series/chart-model.ts'
import { barsOf } from '../../dashboard/chart/bars.ts'
import { sceneOf, viewOf } from '../../dashboard/chart/scenes.ts'
import { chooseZone } from '../../dashboard/format/zone.ts'
import { showsOpen } from '../../dashboard/series/open-step.ts'
import { beforeOf, modelOf, rank, type Plan } from '../../dashboard/series/step-model.ts'
import { stepsOf, summed } from '../../dashboard/series/steps.ts'
import { totalOf } from '../../dashboard/series/totals.ts'
import { windowsAsSeries } from '../../dashboard/visitors/figures.ts'

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
const startMs = Date.UTC(2026, 2, 2)

function series(
  intervalMs: number,
  values: readonly (number | null)[],
  asOfMs: number,
  meta: Partial<SeriesAnswer['meta']> = {},
  timesMs: number[] = values.map((_, i) => startMs + i * intervalMs),
): SeriesAnswer {
  return {
    timesMs,
    series: [{ labels: {}, values: [...values] }],
    meta: {
      metric: 'clicks.events',
      interval: intervalMs === DAY ? '1d' : `${intervalMs / MINUTE}m`,
      intervalMs,
      fromMs: timesMs[0]!,
      toMs: timesMs.at(-1)! + intervalMs,
      asOfMs,
      sinceMs: null,
      seriesTotal: 1,
      ...meta,
    } as SeriesAnswer['meta'],
  }
}
const plan: Plan = { by: [], top: 1, mostPoints: null, stackable: true, title: 'Events' }
afterEach(() => chooseZone(null))

describe('which one is drawn', () => {
  const line = (stepMs: number, steps: number): boolean =>
    showsOpen({ stepMs, rangeMs: steps * stepMs, asBars: false, isOnly: false })
  const bars = (stepMs: number): boolean =>
    showsOpen({ stepMs, rangeMs: 60 * stepMs, asBars: true, isOnly: false })
  test('of fine steps none: at the edge of a live line it would be a drop to nothing', () => {
    expect([SECOND, 5 * SECOND, MINUTE, 30 * MINUTE].map((ms) => line(ms, 24))).toEqual(
      Array.from({ length: 4 }, () => false),
    )
    expect([SECOND, 30 * SECOND].map(bars)).toEqual([false, false])
  })
  test('of hours where it is as wide as a bar, of days always; a bar from a minute on', () => {
    expect([line(HOUR, 24), line(HOUR, 168), line(DAY, 7), line(DAY, 365)]).toEqual([true, false, true, true])
    expect([MINUTE, HOUR, DAY].map(bars)).toEqual([true, true, true])
  })
  test('and of any where there is nothing else', () => {
    const { startsMs, openUntilMs } = stepsOf(series(MINUTE, [3], startMs + 20 * SECOND), null)
    expect([startsMs, openUntilMs]).toEqual([[startMs], startMs + MINUTE])
  })
})

describe('steps', () => {
  test('of days end with the one of today, as far as it is known', () => {
    const asOfMs = startMs + 2 * DAY + 6 * HOUR
    const { startsMs, endsMs, openUntilMs } = stepsOf(series(DAY, [10, 20, 4], asOfMs), null)
    expect(startsMs).toEqual([startMs, startMs + DAY, startMs + 2 * DAY])
    expect(endsMs).toEqual([startMs + DAY, startMs + 2 * DAY, asOfMs])
    expect(openUntilMs).toBe(startMs + 3 * DAY)
  })
  test('of which one has hardly begun give it room to be seen', () => {
    const beganMs = startMs + 2 * DAY
    const { endsMs } = stepsOf(series(DAY, [10, 20, 0], beganMs + SECOND), null)
    expect(endsMs.at(-1)).toBe(beganMs + (3 * DAY) / 60)
    // Not more than it will be itself.
    const many = Array.from({ length: 100 }, () => 1)
    expect(stepsOf(series(DAY, many, startMs + 99 * DAY + SECOND), null).endsMs.at(-1)).toBe(
      startMs + 100 * DAY,
    )
  })
  test('that are put together end with the windows so far; those that have not begun are no hole', () => {
    const asOfMs = startMs + 6.5 * MINUTE
    const answer = series(MINUTE, [1, 2, 3, 4, 5, 6, 7, null], asOfMs)
    const steps = stepsOf(answer, 2, true)
    expect([steps.stepMs, summed(answer.series[0]!.values, steps, answer)]).toEqual([5 * MINUTE, [15, 13]])
    expect([steps.endsMs.at(-1), steps.openUntilMs]).toEqual([asOfMs, startMs + 10 * MINUTE])
    // A range that ends within a step cut it off: it is over, and not whole.
    const past = series(MINUTE, [1, 2, 3, 4, 5, 6, 7], startMs + 9 * MINUTE)
    expect(stepsOf(past, 2, true).startsMs).toEqual([startMs])
  })
  test('that have not begun are none', () => {
    const { startsMs, openUntilMs } = stepsOf(series(DAY, [10, null, null], startMs + DAY), null)
    expect([startsMs, openUntilMs]).toEqual([[startMs], null])
  })
  test('of sessions are whole days of the reader, whatever the range of their total', () => {
    chooseZone('Europe/Berlin')
    const [first, second] = [Date.UTC(2026, 2, 27, 23), Date.UTC(2026, 2, 28, 23)]
    const found = windowsAsSeries({
      windows: {
        interval: '1d',
        intervalMs: DAY,
        timesMs: [first, second],
        // The clocks go forward: a day of 23 hours.
        toMs: Date.UTC(2026, 2, 29, 22),
        names: [{ labels: {}, sessions: [5, 3], bounceRate: [], pagesASession: [], averageMs: [] }],
      },
      meta: { fromMs: first + HOUR, toMs: second + HOUR, asOfMs: second + 2 * HOUR, sinceMs: first },
    } as unknown as SessionsAnswer)!
    const { startsMs, endsMs, openUntilMs } = stepsOf(found, 60, true)
    expect([startsMs, endsMs.at(-1)]).toEqual([[first, second], second + 2 * HOUR])
    expect(openUntilMs).toBe(Date.UTC(2026, 2, 29, 22))
  })
})

describe('a chart', () => {
  const asOfMs = startMs + 2 * DAY + 6 * HOUR
  const answer = (last: number): SeriesAnswer => ({
    ...series(DAY, [10, 20, last], asOfMs),
    previous: { shiftMs: 7 * DAY, values: [[8, 9, 30]] },
  })
  test('takes it for the last value and for the greatest, but for no least and no mean', () => {
    const { total, openUntilMs } = modelOf(answer(4), null, plan, [])
    expect([total.last, total.min, total.max, total.mean]).toEqual([4, 10, 20, 15])
    expect(openUntilMs).toBe(startMs + 3 * DAY)
    expect(modelOf(answer(40), null, plan, []).total.max).toBe(40)
  })
  test('compares it with nothing: a whole day is no like of a part', () => {
    expect(beforeOf(answer(4), null, plan, null, 'week before')!.line.values).toEqual([8, 9, null])
    expect(totalOf(answer(4), 3 * DAY).against).toEqual({ now: 30, before: 17, change: 13 / 17 })
  })
  test('of months counts one as over when the next begins, not after thirty days', () => {
    const months = [Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)]
    const at = (day: number): SeriesAnswer => ({
      ...series(
        30 * DAY,
        [50, 30],
        Date.UTC(2026, 2, day),
        { interval: '1mo', toMs: Date.UTC(2026, 3, 1) },
        months,
      ),
      previous: { shiftMs: 0, values: [[40, 40]] },
    })
    expect(totalOf(at(31), 59 * DAY).against).toEqual({ now: 50, before: 40, change: 0.25 })
  })
  test('keeps the axis wide enough for it, and the plot as far as it is drawn', () => {
    const model = modelOf(answer(-3), null, { ...plan, stackable: false }, [])
    const view = withOpen(viewOf(model, 'means', null), model)
    expect([view.least, view.greatest]).toEqual([-3, 20])
    const moment = { bottom: 0, top: 20, step: 5, before: null, fixed: null, marked: null, rangeMs: 3 * DAY }
    const shown = { ...moment, nowMs: null, stopped: false, cursorMs: null, nearKey: null }
    const { fromMs, toMs } = sceneOf(model, view, shown)
    expect([fromMs, toMs]).toEqual([startMs, asOfMs])
  })
  test('of bars points at the one under the pointer, named by its day', () => {
    const model = modelOf(answer(4), null, plan, [])
    const moment = { bottom: 0, top: 20, step: 5, before: null, fixed: null, marked: null, rangeMs: 3 * DAY }
    const shown = { ...moment, nowMs: null, stopped: false, cursorMs: null, nearKey: null }
    const view = viewOf(model, 'lines', null)
    const [bars, lines] = [barsOf(view), view].map((one) => sceneOf(model, one, shown))
    // Early in the second day: the end of the first is nearer.
    const atMs = startMs + DAY + HOUR
    expect([pointAt(bars!, atMs), pointAt(lines!, atMs)]).toEqual([1, 0])
    expect([pointAt(bars!, startMs - 1), pointAt(bars!, asOfMs + 1)]).toEqual([0, 2])
    expect(pointName(model, 1)).toBe(`3 Mar${new Date().getFullYear() === 2026 ? '' : ' 2026'}`)
  })
  test('draws it outlined as a bar, and dashed to a hollow dot as a line', () => {
    const model = modelOf(answer(4), null, plan, rank(answer(4), []))
    const moment = { bottom: 0, top: 20, step: 5, before: null, fixed: null, marked: null, rangeMs: 3 * DAY }
    const shown = { ...moment, nowMs: null, stopped: false, cursorMs: null, nearKey: null }
    const view = withOpen(viewOf(model, 'lines', null), model)
    const box = { left: 0, top: 0, width: 225, height: 100 }
    const palette = { surface: '#fff', ink2: '#000', series: [], grey: [] } as unknown as Palette
    const drawn = (of: typeof view) => {
      const ctx = Object.fromEntries(
        [
          'save',
          'restore',
          'beginPath',
          'rect',
          'fill',
          'clip',
          'moveTo',
          'lineTo',
          'stroke',
          'strokeRect',
          'setLineDash',
          'arc',
        ].map((name) => [name, vi.fn()]),
      )
      const scene = { ...sceneOf(model, of, shown), ...marksOf(model) }
      expect(scene.open).toBe(paintOpen)
      paintOpen(ctx as unknown as Pen, scene, box, palette)
      return ctx
    }
    const line = drawn(view)
    expect(line['setLineDash']!.mock.calls).toEqual([[[3, 3]]])
    // From the end of yesterday to now: 100 px are a day.
    expect([line['moveTo']!.mock.calls, line['lineTo']!.mock.calls]).toEqual([[[200, 0]], [[225, 80]]])
    expect(line['arc']!.mock.calls[0]!.slice(0, 3)).toEqual([225, 80, 3])
    const bar = drawn(barsOf(view))
    expect(bar['strokeRect']!.mock.calls).toEqual([[201.5, 80.5, 22, 19]])
    expect(bar['setLineDash']).not.toHaveBeenCalled()
    expect(marksOf({ ...model, openUntilMs: undefined } as unknown as typeof model).open).toBeUndefined()
  })
})
