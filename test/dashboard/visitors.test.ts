/** The page of visitors as data: which panels there are, what they ask, and how their figures are said. */
import { describe, expect, test } from 'vitest'
import type { SessionsAnswer } from '../../query-api/wire.ts'
import { chooseZone } from '../../dashboard/format/zone.ts'
import { declaresFacts } from '../../dashboard/plan/declares-facts.ts'
import { changeOfFigure, leftOut, tileOf, windowsAsSeries } from '../../dashboard/visitors/figures.ts'
import { sectionsOf, tabOf, visitorsQueries, type VisitorsPanel } from '../../dashboard/visitors/plan.ts'
import { parseFilter } from '../../dashboard/view/filters.ts'
import { viewOf } from '../../dashboard/view/view.ts'
import { clicks, followed, readings, visited } from './mock/sources.ts'

const view = (search = '') => viewOf('/visitors', search, Date.UTC(2026, 2, 5, 12))
const texts = (search = '', all: readonly string[] = [], catalog = [visited, readings]): string[] => {
  const now = view(search)
  return visitorsQueries(sectionsOf(catalog, now.source), now, new Set(all)).map(({ text }) => text)
}
const placed = (catalog: readonly (typeof visited)[]): unknown =>
  sectionsOf(catalog, null).map(({ source, panels }) => [
    source.source,
    panels.map(({ panel, name, width }: VisitorsPanel) => `${panel} ${name} ${width}`),
  ])

describe('panels', () => {
  test('are of sources that declare such things, and of what these declare', () => {
    expect([visited, clicks, readings].map(declaresFacts)).toEqual([true, false, false])
    expect(placed([clicks, readings])).toEqual([])
    expect(placed([visited, readings])).toEqual([
      [
        'clicks',
        ['sessions clicks w8', 'names clicks-by w4', 'funnel clicks-checkout w6', 'funnel clicks-search w6'],
      ],
    ])
    // One that is left over of a row of halves has all of it; sessions without pages have no table beside them.
    const { sessions: _, ...funnels } = visited
    expect(placed([{ ...funnels, funnels: visited.funnels!.slice(0, 1) }])).toEqual([
      ['clicks', ['funnel clicks-checkout w12']],
    ])
    expect(placed([{ ...clicks, sessions: { gapMs: 1000, by: [] } }])).toEqual([
      ['clicks', ['sessions clicks w12']],
    ])
  })

  test('two sources are two sections, or the one that is chosen', () => {
    const both = [visited, { ...visited, source: 'shop' }]
    expect(sectionsOf(both, null).map(({ source }) => source.source)).toEqual(['clicks', 'shop'])
    expect(sectionsOf(both, 'shop').map(({ source }) => source.source)).toEqual(['shop'])
    expect(sectionsOf(both, 'readings').length).toBe(2)
  })

  test('a tab that is not offered is the first one', () => {
    const [, names, funnel] = sectionsOf([visited], null)[0]!.panels
    expect(tabOf(names as never, view('?tab=clicks-by:exit'))).toBe('exit')
    expect(tabOf(names as never, view('?tab=clicks-by:browser'))).toBe('entry')
    expect(tabOf(funnel as never, view('?tab=clicks-checkout:country'))).toBe('country')
    expect(tabOf(funnel as never, view())).toBe('steps')
  })
})

describe('questions', () => {
  test('one a panel, of the range, filters, zone and comparison of the page', () => {
    chooseZone('UTC')
    expect(texts()).toEqual([
      'sessions?source=clicks&interval=1m&from=now-15m&compare=previous',
      'sessions?source=clicks&by=entry&limit=9&from=now-15m&compare=previous',
      'funnel?source=clicks&funnel=checkout&from=now-15m&compare=previous',
      'funnel?source=clicks&funnel=search&from=now-15m&compare=previous',
    ])
    const search =
      '?from=now-30d&compare=previous_week&tz=Europe/Berlin&where=clicks.country:is:DE&tab=clicks-by:country&tab=clicks-checkout:country'
    expect(texts(search, ['clicks-by']).map(decodeURIComponent)).toEqual([
      'sessions?source=clicks&interval=1d&from=now-30d&where=country:is:DE&compare=previous_week&tz=Europe/Berlin',
      'sessions?source=clicks&by=country&limit=100&from=now-30d&where=country:is:DE&compare=previous_week&tz=Europe/Berlin',
      'funnel?source=clicks&funnel=checkout&by=country&limit=9&from=now-30d&where=country:is:DE&compare=previous_week&tz=Europe/Berlin',
      // A funnel that is not split by a field is not filtered by it.
      'funnel?source=clicks&funnel=search&from=now-30d&compare=previous_week&tz=Europe/Berlin',
    ])
    expect(texts('?compare=off&where=clicks.path:is:/&where=clicks.amount:gt:5')[0]).toBe(
      'sessions?source=clicks&interval=1m&from=now-15m',
    )
  })

  test('cohorts and journeys are one panel each', () => {
    expect(placed([followed])).toEqual([
      [
        'clicks',
        [
          'sessions clicks w8',
          'names clicks-by w4',
          'funnel clicks-checkout w6',
          'funnel clicks-search w6',
          'journeys clicks-journeys w6',
          'retention clicks-visitors-week w6',
        ],
      ],
    ])
    // Of a short range that moves as many cohorts are asked for as fill the triangle; nothing is beside them to compare with.
    expect(
      texts('?tab=clicks-journeys:begin&where=clicks.country:is:DE', [], [followed])
        .slice(-2)
        .map(decodeURIComponent),
    ).toEqual(
      [
        'journeys?source=clicks&page=(start)&limit=9&from=now-15m&compare=previous',
        'retention?source=clicks&retention=visitors&unit=week&from=now-63d&where=country:is:DE&tz=UTC',
      ].map((text) => text.replace('&tz=UTC', '')),
    )
    const chosen = '?from=2026-01-01&to=2026-03-01&tab=clicks-journeys:two&tab=clicks-visitors-week:country'
    const [journeys, retention] = texts(chosen, [], [followed]).slice(-2)
    expect(journeys).toContain('journeys?source=clicks&steps=2&limit=9&from=2026-01-01')
    expect(retention).toContain('unit=week&by=country&limit=9&from=2026-01-01&to=2026-03-01')
  })

  test('are no more than one stream carries', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ ...visited, source: `s${i}` }))
    expect(texts('', [], many).length).toBe(20)
  })

  test('filters of a group, of numbers and of other sources are not theirs', () => {
    const filters = ['clicks.(country:is:DE|country:is:FR)', 'shop.country:is:DE', 'clicks.country:not:US']
    const asking = { ...view(), filters: filters.map((text) => parseFilter(text)!) }
    const [first] = visitorsQueries(sectionsOf([visited], null), asking, new Set())
    expect(decodeURIComponent(first!.text)).toContain('where=country:not:US&')
    expect(first!.text.match(/where=/g)!.length).toBe(1)
  })
})

describe('figures', () => {
  test('have the unit of their kind', () => {
    expect(tileOf('sessions', 26_310)).toEqual(['26,310'])
    expect(tileOf('bounceRate', 0.412)).toEqual(['41.2', '%'])
    expect(tileOf('pagesASession', 1.8)).toEqual(['1.80'])
    expect([48_000, 168_400, 7_200_000].map((ms) => tileOf('averageMs', ms))).toEqual([
      ['48', 's'],
      ['2:48', 'min'],
      ['2\u202fh'],
    ])
  })

  test('a share changes by points, all else by a part of itself', () => {
    expect(changeOfFigure('bounceRate', 0.412, 0.43)).toBe('↓ 1.8 points, was 43.0\u202f%')
    expect(changeOfFigure('sessions', 110, 100)).toBe('↑ 10.0\u202f%, was 100')
    expect(changeOfFigure('sessions', 5, 0)).toBe('new, was 0')
    expect(changeOfFigure('sessions', 0, 0)).toBe('was 0')
  })

  test('what is in none of them is said', () => {
    expect(leftOut({ late: 0, over: null }, 'sessions')).toEqual([])
    expect(leftOut({ late: 0, over: null }, 'sessions', 1)).toEqual([
      'Parts of one step are not covered: no window that is kept divides them there.',
    ])
    expect(
      leftOut({ late: 1, over: 2000, mispartitioned: { seenTwice: true, keyedOtherwise: 0 } }, 'sessions'),
    ).toEqual([
      '1 event came too late for sessions, and are in none.',
      '2,000 events are in none: more keys at one time than the budget remembers.',
      'Events of one key are in several partitions: these are counted in parts, and are too many.',
    ])
  })

  test('windows are a series', () => {
    const windows = {
      interval: '1m',
      intervalMs: 60_000,
      timesMs: [0, 60_000],
      toMs: 120_000,
      names: [{ labels: {}, sessions: [1, null], bounceRate: [], pagesASession: [], averageMs: [] }],
    }
    const answer = { windows, meta: { source: 'clicks' } } as unknown as SessionsAnswer
    expect(windowsAsSeries(answer)).toMatchObject({
      timesMs: [0, 60_000],
      series: [{ labels: {}, values: [1, null] }],
      meta: { source: 'clicks', interval: '1m', metric: 'sessions', fromMs: 0, toMs: 120_000 },
    })
    expect(windowsAsSeries({ meta: {} } as SessionsAnswer)).toBeNull()
  })
})
