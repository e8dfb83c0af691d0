/** The Explore page's question, its address, what it asks, and what it makes of the answers. */
import { describe, expect, test } from 'vitest'
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import { askText, formOf, isSummable, readAsk, shownTitle } from '../../dashboard/explore/ask.ts'
import { beforeOf, modelOf, rank, type Plan } from '../../dashboard/series/step-model.ts'
import { lineToAdd, questionsOf, slotsOf } from '../../dashboard/explore/questions.ts'
import { rowsOf, sorted, summedOf, wholeOf } from '../../dashboard/explore/rows.ts'
import { stepsOf, summed } from '../../dashboard/series/steps.ts'
import { chooseZone } from '../../dashboard/format/zone.ts'
import { parseFilter } from '../../dashboard/view/filters.ts'
import { viewOf } from '../../dashboard/view/view.ts'
import { measured, readings } from './mock/sources.ts'

const catalog = [measured, readings]
const ask = (text: string) => readAsk(text, catalog, null)!
const startMs = Date.UTC(2026, 2, 5, 12)

function series(
  values: Record<string, (number | null)[]>,
  meta: Partial<SeriesAnswer['meta']> = {},
  rest: Partial<SeriesAnswer> = {},
): SeriesAnswer {
  const [points, intervalMs] = [Object.values(values)[0]!.length, meta.intervalMs ?? 60_000]
  const timesMs = rest.timesMs ?? Array.from({ length: points }, (_, i) => startMs + i * intervalMs)
  return {
    timesMs,
    series: Object.entries(values).map(([name, column]) => ({
      labels: name === '' ? {} : { country: name },
      values: column,
    })),
    ...rest,
    meta: {
      metric: 'clicks.events',
      interval: '1m',
      intervalMs,
      fromMs: timesMs[0]!,
      toMs: timesMs[0]! + points * intervalMs,
      asOfMs: timesMs[0]! + points * intervalMs,
      sinceMs: null,
      ...meta,
    } as SeriesAnswer['meta'],
  }
}
const plan = (change: Partial<Plan> = {}): Plan => ({
  by: ['country'],
  top: 2,
  mostPoints: null,
  stackable: true,
  title: 'Events',
  ...change,
})

describe('the question', () => {
  test('is its address, and comes back from it', () => {
    for (const text of [
      'show=clicks.events',
      'show=clicks.events&show=clicks.revenue/clicks.events&by=country,device&every=1d&against=previous_week&as=bars&top=8&sort=1:asc',
      'show=clicks.load.p95',
      'show=readings.value.max&by=site',
    ])
      expect(decodeURIComponent(askText(ask(text)))).toBe(text)
  })
  test('reads what it knows and leaves out the rest', () => {
    const odd = ask(
      'show=clicks.nothing&by=amount,country,nope&every=7m&against=yesterday&as=pie&top=99&sort=7',
    )
    expect(askText(odd)).toBe('show=clicks.events&by=country')
    expect(odd.unknown).toEqual(
      'clicks.nothing amount nope every=7m against=yesterday as=pie top=99 sort=7'.split(' '),
    )
    expect(askText(ask('show=clicks.events/nobody.readings'))).toBe('show=clicks.events')
    expect(readAsk('', [], null)).toBeUndefined()
    expect(shownTitle(ask('show=clicks.revenue/clicks.visitors').shown[0]!)).toBe('Revenue / visitors')
  })
  test('divides by a metric of another source: one question, which the API answers divided', () => {
    const across = ask('show=clicks.events/readings.readings&by=country')
    expect(decodeURIComponent(askText(across))).toBe('show=clicks.events/readings.readings&by=country')
    const asked = questionsOf(across, viewOf('/explore', '', 0)).map(({ slot, text }) => [
      slot,
      new URLSearchParams(text.split('?')[1]).get('metric'),
      new URLSearchParams(text.split('?')[1]).get('per'),
    ])
    expect(asked).toEqual([
      ['explore series 0 of', 'clicks.events', 'readings.readings'],
      ['explore top 0 of', 'clicks.events', 'readings.readings'],
    ])
    expect([isSummable(across.shown[0]!), formOf(across)]).toEqual([false, 'lines'])
    expect(slotsOf(across.shown[0]!, 0, 'series')).toEqual(['explore series 0 of'])
  })
  test('stacks only what adds up', () => {
    expect(
      [
        'show=clicks.events&by=country',
        'show=clicks.events',
        'show=clicks.visitors&by=country&as=stack',
        'show=clicks.visitors&by=country&as=bars',
        'show=clicks.visitors&as=bars',
      ].map((text) => formOf(ask(text))),
    ).toEqual(['stack', 'lines', 'lines', 'lines', 'bars'])
  })
  test('asks for series, rankings and totals, with the zone where days are meant', () => {
    const view = viewOf(
      '/explore',
      'from=now-7d&where=clicks.loadMs:gt:250&where=readings.site:is:Porto&tz=Asia/Kolkata&week=sunday',
      startMs,
    )
    const texts = (text: string): string[] =>
      questionsOf(ask(text), view).map((query) => decodeURIComponent(query.text))
    expect(texts('show=clicks.events&by=country&every=1w&against=previous_week')).toEqual([
      'series?metric=clicks.events&by=country&from=now-7d&where=loadMs:gt:250&compare=previous_week&tz=Asia/Kolkata&week_start=sunday&interval=1w&limit=5',
      'top?metric=clicks.events&by=country&from=now-7d&where=loadMs:gt:250&compare=previous_week&tz=Asia/Kolkata&limit=100',
    ])
    // A count without a breakdown is added up from its windows; visitors are asked for as a whole.
    expect(texts('show=clicks.events').length).toBe(1)
    expect(texts('show=clicks.visitors').at(-1)).toBe(
      'top?metric=clicks.visitors&from=now-7d&where=loadMs:gt:250&tz=Asia/Kolkata&limit=1',
    )
    expect(texts('show=clicks.revenue/clicks.events&by=country').length).toBe(4)
    chooseZone(null)
  })
  test('names the line that would answer it at once, where one could', () => {
    const line = (text: string, ...where: string[]): string | null =>
      lineToAdd(ask(text), { filters: where.map((one) => parseFilter(one)!) })
    expect(line('by=country', 'clicks.path:prefix:/a')).toBe('breakdowns: - [country, path]')
    expect(line('by=country', 'clicks.amount:gt:5')).toBeNull()
    expect(line('by=country', 'clicks.(path:is:/|device:is:tv)')).toBeNull()
  })
})

describe('steps', () => {
  test('put whole windows together, and leave out those that are not over', () => {
    const answer = series({ '': [1, 2, 3, 4, 5, 6, 7] }, { asOfMs: startMs + 6.5 * 60_000 })
    const steps = stepsOf(answer, 4)
    expect([steps.stepMs, summed(answer.series[0]!.values, steps, answer)]).toEqual([120_000, [3, 7, 11]])
    expect(summed([1, null, 3, 4, 5, 6, 7], steps, answer)).toEqual([null, 7, 11])
  })
  test('begin on round times of the zone', () => {
    chooseZone('Asia/Kolkata')
    const values = Array.from({ length: 48 }, () => 1)
    const answer = series({ '': values }, { intervalMs: 1_800_000, interval: '30m' })
    const { startsMs } = stepsOf(answer, 24)
    expect(startsMs.every((ms) => (ms + 19_800_000) % 3_600_000 === 0)).toBe(true)
    chooseZone(null)
  })
  test('of days end where the next begins: one of 23 hours', () => {
    const days = [Date.UTC(2026, 2, 27, 23), Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22)]
    const answer = series(
      { '': [10, 20, 30] },
      {
        interval: '1d',
        intervalMs: 86_400_000,
        toMs: Date.UTC(2026, 2, 30, 22),
        asOfMs: Date.UTC(2026, 2, 30, 22),
      },
      { timesMs: days },
    )
    const { startsMs, endsMs } = stepsOf(answer, 240)
    expect(endsMs.map((end, i) => (end - startsMs[i]!) / 3_600_000)).toEqual([24, 23, 24])
  })
})

describe('a chart', () => {
  const answer = series({ DE: [5, 6], FR: [3, 4], NL: [1, 1] }, {}, { others: { count: 4, values: [2, 2] } })
  test('names the greatest, adds up the others and all', () => {
    const model = modelOf(answer, null, plan(), rank(answer, ['country']))
    expect(model.lines.map(({ name, values }) => [name, values])).toEqual([
      ['Germany', [5, 6]],
      ['France', [3, 4]],
      ['5 others', [3, 3]],
    ])
    expect(model.total.values).toEqual([11, 13])
  })
  test('divides sums, never averages, and knows no ratio where there is nothing', () => {
    const per = series({ DE: [10, 0], FR: [6, 8], NL: [null, 1] })
    const model = modelOf(answer, per, plan({ stackable: false, top: 3 }), rank(answer, ['country']))
    expect(model.lines.map(({ values }) => values)).toEqual([
      [0.5, null],
      [0.5, 0.5],
      [null, 1],
    ])
    const [half, quarter] = [series({ '': [1, 1] }), series({ '': [2, 8] })]
    // (1 + 1) / (2 + 8), not the mean of a half and an eighth.
    expect(summedOf(half, quarter).value).toBe(0.2)
  })
  test('lays the time before over it, and knows nothing of before the log began', () => {
    const compared = series(
      { DE: [5, 6], FR: [3, 4] },
      { sinceMs: startMs - 60_000 },
      {
        previous: {
          shiftMs: 120_000,
          values: [
            [7, 8],
            [1, 2],
          ],
        },
      },
    )
    expect(beforeOf(compared, null, plan(), null, 'before')!.line.values).toEqual([null, 10])
    expect(beforeOf(compared, null, plan(), '"FR"', 'before')!.line.values).toEqual([null, 2])
  })
})

describe('the table', () => {
  const top = (rows: [string, number, number | null][], known = true): TopAnswer =>
    ({
      rows: rows.map(([country, value, previous]) => ({
        labels: { country },
        value,
        previous,
        share: 0.5,
        change: null,
      })),
      total: { value: 12, previous: 6, change: 1 },
      meta: { previous: { known }, rowsTotal: rows.length },
    }) as unknown as TopAnswer
  const events = {
    of: top([
      ['DE', 8, 4],
      ['FR', 4, null],
    ]),
    per: null,
    isRatio: false,
  }
  const ratio = {
    of: top([
      ['FR', 2, 1],
      ['DE', 2, 1],
    ]),
    per: top([
      ['DE', 8, 4],
      ['FR', 4, 0],
    ]),
    isRatio: true,
  }
  test('joins what is shown by its names, and sorts by any of it', () => {
    const rows = rowsOf([events, ratio], ['country'])
    expect(
      sorted(rows, 1, false).map(({ key, cells }) => [key, cells[1]!.value, cells[1]!.previous]),
    ).toEqual([
      ['"FR"', 0.5, null],
      ['"DE"', 0.25, 0.25],
    ])
    expect(sorted(rows, 0, true).map(({ key }) => key)).toEqual(['"FR"', '"DE"'])
    const lonely = rowsOf([events, { ...events, of: top([['DE', 1, 1]]) }], ['country'])
    expect(sorted(lonely, 1, true).map(({ key }) => key)).toEqual(['"DE"', '"FR"'])
  })
  test('says what it is compared with only where all of it is known', () => {
    expect(wholeOf(events)!.against).toEqual({ now: 12, before: 6, change: 1 })
    expect(wholeOf({ ...events, of: top([], false) })!.against).toBeNull()
  })
})
