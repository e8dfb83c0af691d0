/** `/v1/journeys` over a real store: transitions of a range, from, to and through a page, revised as visits go on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { shownAnswer } from '../../../cli/commands/query/output.ts'
import { readDefinitionText } from '../../../model/definition/file.ts'
import type { CatalogAnswer, JourneysAnswer } from '../../../query-api/wire.ts'
import type { Sent } from '../fill.ts'
import { factsSource, filledFacts, MINUTE, viewsBefore } from './fill-facts.ts'
import { answerOf, bodyOf, clock, testRefused } from '../own-api.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const HOUR = 3_600_000
const LONG = `/${'long/'.repeat(60)}`
clock.nowMs = NOW_MS
let site: Awaited<ReturnType<typeof filledFacts>>

const at = viewsBefore(NOW_MS)

beforeAll(async () => {
  await filledFacts(factsSource('plain'), NOW_MS)
  await filledFacts(factsSource('short', { journeys: { page: 'path', steps: 1 } }), NOW_MS)
  site = await filledFacts(
    factsSource('site', { journeys: { page: 'path', gap: '30m' } }),
    NOW_MS,
    [
      at(300, 'a', '/'),
      at(299, 'a', '/list'),
      at(298, 'a', '/cart'),
      at(297, 'a', '/list'),
      at(210, 'a', '/'),
      at(200, 'a', LONG),
      at(100, 'b', '/'),
      at(95, 'b', '/cart'),
    ],
    [at(20, 'c', '/'), at(15, 'c', '/list')],
  )
})

const ask = (query = '', range = '&from=now-6h'): Promise<JourneysAnswer> =>
  answerOf(`/v1/journeys?source=site${range}${query}`)
const told = ({ rows }: JourneysAnswer): unknown[] =>
  rows.map(({ labels, journeys, ofPage, ofNext }) => [
    Object.values(labels).join(' > '),
    journeys,
    ofPage,
    ofNext,
  ])

test('the most frequent transitions, each as a share of what left its page and what came to the next', async () => {
  const { rows, total, others, meta } = await ask('&limit=3')
  expect(told({ rows } as JourneysAnswer)).toEqual([
    ['(start) > /', 4, 1, 1],
    ['/ > /list', 2, 0.5, 2 / 3],
    ['/ > /cart', 1, 0.25, 0.5],
  ])
  expect([total, others]).toEqual([{ journeys: 11 }, { count: 4, journeys: 4 }])
  // The last pages of b and c, and the long one: nobody knows yet whether more follows.
  expect(meta).toMatchObject({ steps: 1, views: 10, visits: 4, open: 3, late: 0, over: 0, rowsTotal: 7 })
  expect(meta.mispartitioned).toBeUndefined()
})

test('from a page, two steps onward; its shares add up to what is known', async () => {
  const answer = await ask('&page=/&steps=2')
  expect(told(answer)).toEqual([['/ > /list > /cart', 1, 1, 0.5]])
  expect(answer.meta.open).toBe(3)
  expect(told(await ask('&page=/'))).toEqual([
    ['/ > /list', 2, 0.5, 2 / 3],
    ['/ > /cart', 1, 0.25, 0.5],
    [expect.stringContaining('/ > /long/'), 1, 0.25, 1],
  ])
})

test('to a page, through a page, from the start and to the end', async () => {
  expect(told(await ask('&next=/list'))).toEqual([
    ['/ > /list', 2, 0.5, 2 / 3],
    ['/cart > /list', 1, 1, 1 / 3],
  ])
  expect(told(await ask('&through=/list'))).toEqual([
    ['/ > /list > /cart', 1, 1, 0.5],
    ['/cart > /list > (end)', 1, 1, 0.5],
  ])
  expect(told(await ask('&next=(end)'))).toEqual([['/list > (end)', 1, 0.5, 1]])
  expect(told(await ask('&page=(start)&steps=2&where=then:prefix:/list'))).toEqual([
    ['(start) > / > /list', 2, 0.5, 0.5],
  ])
})

test('a long page is found by its whole text, and has its share', async () => {
  const { rows } = await ask(`&next=${LONG}`)
  expect([rows.length, rows[0]!.journeys, rows[0]!.ofNext, rows[0]!.ofPage]).toEqual([1, 1, 1, 0.25])
  const [, start] = (await ask('&page=(start)&steps=2&limit=2')).rows
  expect([start!.labels.then, start!.ofPage]).toEqual(['/cart', 0.25])
})

test('a transition counts in the window of its page; a view that goes on is revised there', async () => {
  const before = await ask('&page=/list&interval=1h&compare=previous')
  await site.send(1, [at(12, 'c', '/cart')])
  const { windows, rows, meta } = await ask('&page=/list&interval=1h')
  expect(before.total).toEqual({ journeys: 2, previous: null })
  expect(rows.map(({ labels, journeys }) => [labels.next, journeys])).toEqual([
    ['/cart', 2],
    ['(end)', 1],
  ])
  expect(windows!.names[0]!.journeys.slice(-1)).toEqual([1])
  expect([before.meta.open, meta.open]).toEqual([1, 0])
})

test('where what it is compared with rounds the edges of a range outward, all that is told is of that range', async () => {
  // A week back no minutes are kept any more.
  const range = `&from=${NOW_MS - 300 * MINUTE}&to=${NOW_MS - 298 * MINUTE}`
  const { rows, meta } = await ask('&page=/&compare=previous_week', range)
  expect([meta.fromMs % HOUR, meta.toMs % HOUR]).toEqual([0, 0])
  expect(told({ rows } as JourneysAnswer)).toEqual([['/ > /list', 1, 1, 0.5]])
  expect([meta.views, meta.visits]).toEqual([4, 1])
})

test('rows one a line; the catalog says what there is', async () => {
  const body = await bodyOf('/v1/journeys?source=site&from=now-6h&format=ndjson&page=/')
  const lines = body.trim().split('\n')
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
    'labels',
    'labels',
    'labels',
    'others',
  ])
  const { sources } = await answerOf<CatalogAnswer>('/v1/catalog')
  expect(sources.find(({ source }) => source === 'site')!.journeys).toEqual({
    page: 'path',
    gapMs: 30 * MINUTE,
    steps: 2,
  })
})

test('at a terminal: a table; windows as of the CSV', async () => {
  await filledFacts(factsSource('shown', { journeys: { page: 'path' } }), NOW_MS, [
    at(50, 'a', '/'),
    at(45, 'a', '/list'),
    at(40, 'a', '/cart'),
    at(45, 'b', '/'),
    at(44, 'b', '/cart'),
  ])
  const query = 'source=shown&from=now-2h&page=/'
  const lines = async (more: string, tz: string): Promise<string[][]> =>
    shownAnswer(await answerOf<JourneysAnswer>(`/v1/journeys?${query}${more}`), 'table', tz)
      .split('\n')
      .map((line) => line.split(/ {2,}/))
  expect((await lines('&limit=1&compare=previous', 'UTC')).slice(0, 4)).toEqual([
    ['page', 'next', 'journeys', 'of page', 'of next', 'previous', 'change'],
    ['/', '/cart', '1', '50.0 %', '50.0 %', '-', '-'],
    ['1 others', '1', '-', '-', '-', '-'],
    ['total', '2', '-', '-', '-', '-'],
  ])
  const windows = await lines('&interval=1h&limit=1', 'Asia/Kolkata')
  expect([windows[0], windows.filter(([time]) => time === '2026-03-01 16:30:00')]).toEqual([
    ['Asia/Kolkata', 'page', 'next', 'journeys'],
    [['2026-03-01 16:30:00', '/', '/cart', '1']],
  ])
  const csv = await bodyOf(`/v1/journeys?${query}&steps=2&format=csv`)
  expect(csv.trimEnd().split('\r\n')).toEqual([
    'page,next,then,journeys,ofPage,ofNext',
    '/,/list,/cart,1,1,1',
  ])
})

test('steps are the values of any text field', async () => {
  const by = { journeys: { page: 'country' } }
  await filledFacts(factsSource('trips', by), NOW_MS, [
    at(50, 'a', '/', 'DE'),
    at(45, 'a', '/', 'FR'),
    at(40, 'a', '/', 'IT'),
  ])
  const trips = await answerOf<JourneysAnswer>('/v1/journeys?source=trips&from=now-6h&steps=2&page=DE')
  expect(told(trips)).toEqual([['DE > FR > IT', 1, 1, 1]])
})

test('the example of docs/journeys.md is answered as it says', async () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8')
  const [example] = readDefinitionText(Buffer.from(read('examples/journeys.yaml')))
  const lines = read('examples/journeys.ndjson').trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Sent)
  await filledFacts(example!, Date.parse('2026-02-02T13:00:00Z'), events)
  const doc = read('docs/journeys.md')
  const query = /\/v1\/(journeys\?[^']+)'/.exec(doc)![1]!
  const body = await bodyOf(`/v1/${query}`)
  expect(body.split('\n').slice(0, 4)).toEqual(/```json\n(.*?)\n```/s.exec(doc)![1]!.split('\n'))
})

testRefused('/v1/journeys', [
  ['source=plain', 404, 'plain has no journeys; "journeys: { page: FIELD }" in its definition makes some'],
  [
    'source=short&steps=2',
    400,
    'journeys of short are told one step; "steps: 2" in its definition tells two',
  ],
  ['source=site&through=/&page=/', 400, 'through: goes without page and next'],
  ['source=site&through=/&steps=1', 400, 'steps: what goes through a page has two steps'],
  ['source=site&where=then:is:/', 400, 'then is the page after the next: it needs steps=2'],
  ['source=site&where=path:is:/', 422, 'the journeys of site are split by page, next and then'],
  ['source=site&where=pgae:is:/', 400, 'site has no field pgae; did you mean page?'],
  ['source=site&steps=3', 400, '1 or 2'],
])
