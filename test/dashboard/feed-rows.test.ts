import { describe, expect, test } from 'vitest'
import { emptyFeed, inWords, turn } from '../../dashboard/panels/feed-rows.ts'
import type { TailRow } from '../../query-api/wire.ts'

const row = (n: number, change: Partial<TailRow> = {}): TailRow => ({
  source: 'clicks',
  partition: 0,
  offset: n,
  index: 0,
  tsMs: 1000 + n,
  atMs: 1000 + n,
  via: null,
  raw: '{}',
  ...change,
})
const rows = (from: number, to: number): TailRow[] =>
  Array.from({ length: to - from }, (_, i) => row(from + i))

describe('the feed', () => {
  test('fills at first, then takes at most four a second', () => {
    let feed = turn(emptyFeed, rows(0, 30), 0)
    expect([feed.rows.length, feed.fresh]).toEqual([30, 0])
    expect(turn(feed, rows(20, 60), 500)).toBe(feed)
    feed = turn(feed, rows(20, 60), 1000)
    expect(feed.fresh).toBe(4)
    expect(feed.rows.slice(0, 5).map((one) => one.offset)).toEqual([59, 58, 57, 56, 29])
    feed = turn(feed, rows(60, 61), 2000)
    expect(feed.rows[0]?.offset).toBe(60)
    expect(feed.rows).toHaveLength(35)
  })
  test('pins what came through the collector at once, once, and at most three', () => {
    const sent = (n: number): TailRow => row(n, { via: 'http' })
    let feed = turn(emptyFeed, rows(0, 5), 0)
    feed = turn(feed, [...rows(0, 5), sent(7), sent(7)], 10)
    expect(feed.sent.map((one) => one.offset)).toEqual([7])
    expect(feed.rows.some((one) => one.via === 'http')).toBe(false)
    feed = turn(feed, [7, 8, 9, 10].map(sent), 20)
    expect(feed.sent.map((one) => one.offset)).toEqual([10, 9, 8])
    expect(turn(feed, [7, 8].map(sent), 30)).toBe(feed)
  })
  test('says an event in few words, and any event somehow', () => {
    expect(inWords(row(1, { raw: '{"type":"page_view","path":"/a","country":"DE"}' }))).toBe(
      'DE page_view /a',
    )
    expect(
      inWords(
        row(1, { source: 'readings', raw: '{"device":"d1","signal":"temperature","value":9.1,"unit":"°C"}' }),
      ),
    ).toBe('d1 temperature 9.1 °C')
    expect(
      inWords(
        row(1, {
          source: 'orders',
          raw: '{"id":"o-1","meta":{"placedAt":"2026-05-01T12:00:00Z"},"payment":{"amount":9.5},"tags":null}',
        }),
      ),
    ).toBe('o-1 9.5')
    for (const raw of ['not json', 'null', '[1]', '{"country":{"a":1}}'])
      expect(inWords(row(1, { raw }))).toBe(raw)
  })
  test('where all comes through the collector, nothing is pinned', () => {
    const many = Array.from({ length: 12 }, (_, i) => row(i, { via: 'http' }))
    const state = turn({ ...emptyFeed, sent: [row(0, { via: 'http' })] }, many, 0)
    expect(state.sent).toEqual([])
    expect(state.rows.length).toBe(12)
  })
})
