/** `/v1/sessions` over a real store: figures, entries and exits, windows of a zone, revisions while it is watched, and what it says of entities in two partitions. */
import { beforeAll, expect, test } from 'vitest'
import { shownAnswer } from '../../../cli/commands/query/output.ts'
import type { BatchAnswer, SeriesAnswer, SessionsAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler } from '../fill.ts'
import { factsSource, filledFacts, MINUTE, viewsBefore } from './fill-facts.ts'
import { answerOf, app, clock, testRefused } from '../own-api.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
clock.nowMs = NOW_MS
let site: Awaited<ReturnType<typeof filledFacts>>

const at = viewsBefore(NOW_MS)

beforeAll(async () => {
  site = await filledFacts(
    factsSource('site', { breakdowns: ['country'], sessions: { page: 'path', by: ['country'] } }),
    NOW_MS,
    [at(170, 'a', '/'), at(160, 'a', '/cart'), at(50, 'a', '/'), at(45, 'b', '/help', 'FR')],
    [at(44, 'c', '/'), at(40, 'c', '/help'), at(39, 'c', '/')],
  )
  await filledFacts(factsSource('plain'), NOW_MS)
  // Not keyed by anything.
  const loose = new Filler(store, factsSource('loose', { sessions: {} }), 2)
  await loose.open()
  await loose.applyBatch(0, [at(5, 'a', '/')], NOW_MS)
  await loose.applyBatch(1, [at(5, 'b', '/')], NOW_MS)
  const spread = new Filler(store, factsSource('spread', { sessions: {} }), 2)
  await spread.open()
  for (const partition of [0, 1])
    await spread.applyBatch(partition, [at(5, 'a', '/'), at(4, 'x', '/')], NOW_MS)
})

const ask = (query: string, from = 'now-6h'): Promise<SessionsAnswer> =>
  answerOf(`/v1/sessions?from=${from}&${query}`)

test('counts, bounces, pages and duration of the range, at one vector', async () => {
  const { rows, total, others, meta } = await ask('source=site')
  const all = { sessions: 4, bounceRate: 0.5, pagesASession: 7 / 4, averageMs: (15 * MINUTE) / 4 }
  expect([total, others]).toEqual([all, null])
  expect(rows).toEqual([{ labels: {}, share: 1, ...all }])
  expect(meta).toMatchObject({ gapMs: 30 * MINUTE, late: 0, over: 0, vector: { 0: 4, 1: 3 }, by: null })
  expect(meta.mispartitioned).toBeUndefined()
})

test('entries, exits and breakdowns of the first event, the most sessions first; past the limit together', async () => {
  const entries = await ask('source=site&by=entry&compare=previous')
  expect(entries.rows.map(({ labels, sessions, share }) => [labels, sessions, share])).toEqual([
    [{ entry: '/' }, 3, 0.75],
    [{ entry: '/help' }, 1, 0.25],
  ])
  expect(entries.rows[0]!.previous).toEqual({
    sessions: null,
    bounceRate: null,
    pagesASession: null,
    averageMs: null,
  })
  const exits = await ask('source=site&by=exit&limit=1')
  expect(exits.rows).toMatchObject([{ labels: { exit: '/' }, sessions: 2, bounceRate: 0.5 }])
  expect(exits.others).toMatchObject({ count: 2, sessions: 2, bounceRate: 0.5 })
  const french = await ask('source=site&where=country:is:FR')
  expect(french.total).toMatchObject({ sessions: 1, bounceRate: 1, averageMs: 0 })
})

test('windows of an interval, of the days of a zone too', async () => {
  const { windows } = await ask('source=site&by=country&interval=1h')
  const [de, fr] = windows!.names
  expect(windows).toMatchObject({ interval: '1h', intervalMs: 3_600_000 })
  expect([de!.labels, fr!.labels]).toEqual([{ country: 'DE' }, { country: 'FR' }])
  expect(
    windows!.timesMs.map((ms, n) => [(NOW_MS - ms) / 3_600_000, de!.sessions[n], fr!.sessions[n]]).slice(3),
  ).toEqual([
    [3, 1, 0],
    [2, 0, 0],
    [1, 2, 1],
  ])
  const days = await ask('source=site&interval=1d&tz=Asia/Kolkata&to=2026-03-02', '2026-03-01')
  expect(days.windows!.names[0]!.sessions).toEqual([4])
  expect(days.windows!.toMs).toBe(Date.parse('2026-03-02T00:00+05:30'))
  expect(days.windows!.partial).toBeUndefined()
  expect(days.meta.tz).toBe('Asia/Kolkata')
})

test('days that no kept window divides say so', async () => {
  const old = factsSource('old', { sessions: {} }, { '1m': '2h', '1d': '90d' })
  await filledFacts(old, NOW_MS, [at(1500, 'a', '/'), ...['b', 'c', 'd'].map((key) => at(5, key, '/'))])
  const { windows, total } = await ask('source=old&interval=1d&tz=Asia/Kolkata', 'now-1d/d')
  expect([total.sessions, windows!.names[0]!.sessions]).toEqual([4, [null, 3]])
  const days = windows!.partial!.map(({ atMs }) => new Date(atMs).toISOString())
  expect([...new Set(days)]).toEqual(windows!.timesMs.map((ms) => new Date(ms).toISOString()))
})

test('a session that goes on is revised, in answers that were given before too', async () => {
  const before = await ask('source=site&by=exit')
  await site.send(1, [at(20, 'c', '/bye')])
  const after = await ask('source=site&by=exit')
  const of = (answer: SessionsAnswer): unknown =>
    answer.rows.map(({ labels, sessions }) => [labels['exit'], sessions])
  expect(of(before)).toEqual([
    ['/', 2],
    ['/cart', 1],
    ['/help', 1],
  ])
  expect(of(after)).toEqual([
    ['/', 1],
    ['/bye', 1],
    ['/cart', 1],
    ['/help', 1],
  ])
  expect(after.total.averageMs).toBe((34 * MINUTE) / 4)
})

test('entities that are in two partitions, or keyed by something else, are said', async () => {
  const { meta } = await ask('source=spread')
  expect(meta.mispartitioned).toEqual({ seenTwice: true, keyedOtherwise: 4 })
})

test('in a batch, beside other questions, at one vector', async () => {
  const queries = [
    'sessions?source=site&from=now-6h&by=country&interval=1h',
    'series?metric=site.views&from=now-6h',
    'sessions?source=plain',
    'sessions?source=site&format=csv',
  ]
  const { answers } = (
    await app.inject({ method: 'POST', url: '/v1/query', payload: { queries } })
  ).json<BatchAnswer>()
  const [sessions, series, ...refused] = answers as { answer: SessionsAnswer & SeriesAnswer }[]
  expect(sessions!.answer.windows!.names.length).toBe(2)
  expect(sessions!.answer.meta.vector).toEqual(series!.answer.meta.vector)
  expect(refused).toMatchObject([
    { problem: { detail: expect.stringContaining('has no sessions') } },
    { problem: { detail: expect.stringContaining('in json only') } },
  ])
})

test('as CSV: names, or windows where there are some', async () => {
  const csv = async (query: string): Promise<string[]> => {
    const { headers, body } = await app.inject(`/v1/sessions?source=site&format=csv&from=now-6h&${query}`)
    expect([headers['content-type'], headers['content-disposition']]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="site-sessions.csv"',
    ])
    return body.trimEnd().split('\r\n')
  }
  expect(await csv('by=country')).toEqual([
    'country,sessions,bounceRate,pagesASession,averageMs,share',
    'DE,3,0.3333333333333333,2.3333333333333335,680000,0.75',
    'FR,1,1,1,0,0.25',
  ])
  expect((await csv('interval=1h')).slice(-2)).toEqual([
    '2026-03-01T10:00:00.000Z,0,,,',
    '2026-03-01T11:00:00.000Z,3,0.6666666666666666,2,480000',
  ])
})

test('at a terminal: a table, with what is in no number', async () => {
  const shown = shownAnswer(await ask('source=site&by=country&limit=1&compare=previous'), 'table', 'UTC')
  expect(shown.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['country', 'sessions', 'share', 'bounced', 'pages', 'seconds', 'previous', 'change'],
    ['DE', '3', '75.0 %', '33.3 %', '2.333333', '680', '-', '-'],
    ['1 others', '1', '25.0 %', '100.0 %', '1', '0', '-', '-'],
    ['total', '4', '-', '50.0 %', '2', '510', '-', '-'],
    [''],
    ['known up to 2026-03-01 12:00:00 from cells'],
    [''],
  ])
  const windows = shownAnswer(await ask('source=site&by=country&interval=1h'), 'table', 'Asia/Kolkata')
  expect(
    windows
      .split('\n')
      .slice(0, 2)
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['Asia/Kolkata', 'country', 'sessions', 'bounceRate', 'pagesASession', 'averageMs'],
    ['2026-03-01 11:30:00', 'DE', '-', '-', '-', '-'],
  ])
  const shownOf = async (source: string): Promise<string> =>
    shownAnswer(await ask(`source=${source}`), 'table', 'UTC')
  expect(await shownOf('spread')).toContain('events of one key are in several partitions')
  expect(await shownOf('loose')).toContain('2 began with a record that is keyed by something else')
})

testRefused('/v1/sessions', [
  ['source=plain', 404, 'plain has no sessions; "sessions: {}" in its definition makes some'],
  [
    'source=site&by=entry&where=country:is:DE',
    422,
    'the sessions of site are split by entry, exit, country, each by itself',
  ],
  ['source=site&by=visitor', 422, 'the sessions of site are split by entry, exit, country, each by itself'],
  ['source=site&by=contry', 400, 'site has no field contry; did you mean country?'],
  ['source=site&where=(country:is:DE|country:is:FR)', 400, 'facts are filtered by text fields'],
  ['source=nobody', 404, 'there is no source nobody'],
])
