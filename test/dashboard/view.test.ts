import { describe, expect, test } from 'vitest'
import { entitiesText, filtersFor, isHeld, seriesText, withSources } from '../../dashboard/plan/queries.ts'
import { queriesOf, sectionsOf, shownSections } from '../../dashboard/plan/plan.ts'
import { choose, filterAddress, filterText, parseFilter, turned } from '../../dashboard/view/filters.ts'
import {
  beforeOf,
  quickRanges,
  resolveRange,
  resolveTime,
  titleOf,
  within,
} from '../../dashboard/view/range.ts'
import { leftOutOf } from '../../dashboard/view/left-out.ts'
import { addressOf, viewOf } from '../../dashboard/view/view.ts'
import { clicks, orders, readings } from './mock/sources.ts'

const nowMs = Date.UTC(2026, 2, 5, 14, 30, 15)
const view = (search: string, path = '/'): ReturnType<typeof viewOf> => viewOf(path, search, nowMs)

test('what an address says that means nothing is told, and what means something is not', () => {
  const odd = 'from=now-2x&tz=Mars/Olympus&week=friday&compare=tuesday&where=country&where=country:is:DE'
  expect(leftOutOf(`?${odd}`, nowMs)).toEqual(
    'from=now-2x tz=Mars/Olympus week=friday compare=tuesday where=country'.split(' '),
  )
  expect(leftOutOf('?from=now&to=now-1h', nowMs)).toEqual(['from=now', 'to=now-1h'])
  const well = 'from=now/d&tz=Asia/Kathmandu&week=sunday&compare=off&where=clicks.(country:is:DE|loadMs:gt:2)'
  expect(leftOutOf(`?${well}&theme=dark&show=clicks.events`, nowMs)).toEqual([])
  const held = ['clicks.country:is:DE', 'clicks.zip:is:1', 'clicks.(country:is:DE|zip:is:1)', 'zip:is:1']
  const all = [clicks, readings]
  expect(
    withSources(
      held.map((text) => parseFilter(text)!),
      all,
    ).map((one) => isHeld(one, all)),
  ).toEqual([true, false, false, false])
})

describe('a range', () => {
  test('speaks the grammar of the API', () => {
    expect(
      [
        'now',
        'now-15m',
        'now/d',
        'now-1d/d',
        'now/w',
        '2026-03-01',
        '2026-03-01T12:00:00Z',
        '1772700000000',
      ].map((text) => resolveTime(text, nowMs)! - nowMs),
    ).toEqual([
      0,
      -900_000,
      -52_215_000,
      -138_615_000,
      -311_415_000,
      Date.UTC(2026, 2, 1) - nowMs,
      Date.UTC(2026, 2, 1, 12) - nowMs,
      1772700000000 - nowMs,
    ])
    expect(
      ['', 'yesterday', 'now-15', 'now-15x', '2026-3-1', '2026-13-45', '12:00'].map((text) =>
        resolveTime(text, nowMs),
      ),
    ).toEqual(Array.from({ length: 7 }, () => undefined))
  })
  test('says what is wrong with it', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, nowMs)).toBe('From must be before to.')
    expect(resolveRange({ from: 'noon', to: 'now' }, nowMs)).toMatch(/^"noon" is not a time; write now-15m/)
  })
  test('has a name', () => {
    expect(quickRanges.map(titleOf)).toEqual([
      'Last 5 minutes',
      'Last 15 minutes',
      'Last hour',
      'Last 6 hours',
      'Last 24 hours',
      'Today',
      'Yesterday',
      'This week',
      'Last 7 days',
      'Last 30 days',
    ])
    expect([
      within(quickRanges[1]!),
      within(quickRanges[5]!),
      beforeOf(quickRanges[1]!),
      beforeOf(quickRanges[2]!),
    ]).toEqual(['in the last 15 minutes', 'in this range', '15 minutes before', '1 hour before'])
  })
})

describe('a view', () => {
  test('is its address, and comes back from it', () => {
    for (const address of [
      '/',
      '/?from=now-6h',
      '/pipeline',
      '/store',
      '/?from=1772700000000&to=1772700600000',
      '/?where=clicks.country:is:DE,FR&where=path:not:/a&compare=off&source=orders&tab=clicks:country',
    ]) {
      const [path, search] = address.split('?')
      expect(addressOf(view(search ?? '', path!), '')).toBe(address)
    }
  })
  test('keeps what is not ours, and drops what cannot be read', () => {
    expect(addressOf(view('from=junk&where=nonsense'), '?theme=dark&from=junk')).toBe('/?theme=dark')
    expect(
      ['?from=now-0m', '?from=now-15m&to=now-1h', '?from=5&to=4'].map((search) => view(search).range.from),
    ).toEqual(['now-15m', 'now-15m', 'now-15m'])
  })
})

describe('filters', () => {
  test('are read and written as the API has them', () => {
    for (const text of [
      'country:is:DE,FR',
      'path:prefix:/a\\,b',
      'path:not:a\\\\b',
      'referrer:exists:false',
      'amount:between:-1.5,2e3',
      '(country:is:DE,FR|path:is:a\\|b|amount:ge:10)',
    ])
      expect(filterText(parseFilter(text)!)).toBe(text)
    expect(['country', 'country:like:x', ':is:a'].map(parseFilter)).toEqual([undefined, undefined, undefined])
  })
  test('a kept value takes the place of another; left out ones gather; the absent one is exists', () => {
    const one = choose([], 'clicks', 'country', 'DE', true)
    expect(choose(one, 'clicks', 'country', 'FR', true).map(filterAddress)).toEqual(['clicks.country:is:FR'])
    // The field of that name of another source is another field.
    expect(choose(one, 'orders', 'country', 'FR', true).map(filterAddress)).toEqual([
      'clicks.country:is:DE',
      'orders.country:is:FR',
    ])
    expect(
      choose(choose([], 'clicks', 'country', 'US', false), 'clicks', 'country', 'DE', false).map(filterText),
    ).toEqual(['country:not:US,DE'])
    expect(
      [choose([], 'clicks', 'country', null, true), choose([], 'clicks', 'country', null, false)].map(
        ([filter]) => filterText(filter!),
      ),
    ).toEqual(['country:exists:false', 'country:exists:true'])
    expect(filterText(turned(one[0]!))).toBe('country:not:DE')
  })
})

describe('the plan', () => {
  test('asks a source only for the filters it has', () => {
    const asked = view('where=country:not:US&where=site:is:Porto&compare=off')
    const asking = { ...asked, filters: withSources(asked.filters, [clicks, readings]) }
    expect(seriesText({ metric: 'clicks.events', by: 'country' }, clicks, asking)).toBe(
      'series?metric=clicks.events&by=country&from=now-15m&where=country%3Anot%3AUS',
    )
    expect(seriesText({ metric: 'readings.readings' }, readings, asking)).toBe(
      'series?metric=readings.readings&from=now-15m&where=site%3Ais%3APorto',
    )
    // `device` is a field of both: a filter on the one leaves the other alone. An address that says no source means the first that has it.
    const both = [clicks, readings]
    for (const [text, of] of [
      ['clicks.device:is:mobile', 'clicks'],
      ['readings.device:is:d1', 'readings'],
      ['device:is:mobile', 'clicks'],
    ] as const) {
      const filters = withSources([parseFilter(text)!], both)
      expect(
        both.filter((source) => filtersFor(source, filters).length > 0).map(({ source }) => source),
      ).toEqual([of])
    }
    expect(entitiesText('readings', 6)).toContain('sort=seen&order=asc')
  })
  test("the shipped sources share a section; a source of one's own gets a whole one by itself", () => {
    expect(sectionsOf([clicks, readings, orders]).map(({ name, title }) => [name, title])).toEqual([
      ['shipped', 'Clicks and readings'],
      ['orders', 'Orders'],
    ])
    const [alone] = sectionsOf([orders])
    expect(alone).toMatchObject({ name: 'orders', title: null })
    expect(alone!.tiles.map(({ title }) => title)).toEqual(['Orders', 'Turnover', 'Total, mean'])
    expect(alone!.panels.map((panel) => [panel.panel, 'title' in panel ? panel.title : panel.name])).toEqual([
      ['chart', 'Orders by status'],
      ['top', 'orders'],
      ['chart', 'Total, mean by status'],
      ['feed', 'orders.feed'],
    ])
    expect(
      sectionsOf([{ ...clicks, metrics: clicks.metrics.slice(0, 1) }, readings]).map(({ name }) => name),
    ).toEqual(['clicks', 'readings'])
  })
  test('a source without metrics or breakdowns is no fault', () => {
    const bare = { ...orders, metrics: orders.metrics.slice(0, 1), breakdowns: [] }
    expect(sectionsOf([bare])[0]!.panels.map(({ panel }) => panel)).toEqual(['chart', 'feed'])
    expect(
      queriesOf([{ ...bare, metrics: [] }], view('')).every(({ text }) => text.startsWith('events')),
    ).toBe(true)
  })
  test('no chart is drawn by a field of several values: its series overlap, and have no sum', () => {
    const lists = {
      ...orders,
      fields: orders.fields.map((one) => (one.name === 'status' ? { ...one, isList: true as const } : one)),
    }
    const fieldsOf = (source: typeof orders): (string | null)[] =>
      sectionsOf([source])[0]!.panels.flatMap((one) => (one.panel === 'chart' ? [one.field] : []))
    expect(fieldsOf(orders)).toEqual(['status', 'status'])
    expect(fieldsOf(lists)).toEqual(['shop', 'shop'])
  })
  test('never asks for more than one stream carries, and a section can be seen alone', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({
      ...orders,
      source: `orders${i}`,
      metrics: orders.metrics.map((metric) => ({
        ...metric,
        metric: metric.metric.replace('orders', `orders${i}`),
      })),
    }))
    const asked = queriesOf(many, view(''))
    expect(asked.length).toBeLessThanOrEqual(32)
    expect(new Set(asked.map(({ slot }) => slot)).size).toBe(asked.length)
    expect(shownSections(many, view('source=orders8')).map(({ name }) => name)).toEqual(['orders8'])
  })
})
