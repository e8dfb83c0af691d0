/** `/v1/journeys` over a real store: transitions of a range, from, to and through a page, revised as visits go on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDefinition, readDefinitionText } from '../../model/definition-file.ts'
import { createServer } from '../../query-api/http/server.ts'
import type { CatalogAnswer, JourneysAnswer, Problem } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler, type Sent } from './fill.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const MINUTE = 60_000
const LONG = `/${'long/'.repeat(60)}`
let server: TestStore
let store: Store
let app: FastifyInstance
let site: Filler

const sourceWith = (name: string, more: object) =>
  readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', path: 'string?' },
        metrics: { views: 'count' },
        ...more,
      },
    },
    keep: { '1m': '2d', '1h': '90d' },
  })[0]!

const at = (minutesAgo: number, visitor: string, path: string): Sent => ({
  ts: NOW_MS - minutesAgo * MINUTE,
  visitor,
  path,
})
const byVisitor = { key: ({ visitor }: Sent) => visitor! }

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  const [plain, short] = [
    sourceWith('plain', {}),
    sourceWith('short', { journeys: { page: 'path', steps: 1 } }),
  ]
  for (const source of [plain, short]) await new Filler(store, source, 1).open()
  site = new Filler(store, sourceWith('site', { journeys: { page: 'path', gap: '30m' } }), 2)
  await site.open()
  await site.applyBatch(
    0,
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
    NOW_MS,
    byVisitor,
  )
  await site.applyBatch(1, [at(20, 'c', '/'), at(15, 'c', '/list')], NOW_MS, byVisitor)
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => NOW_MS })
})
afterAll(async () => {
  await app?.close()
  await store?.close()
  await server?.stop()
})

const ask = async (query = ''): Promise<JourneysAnswer> => {
  const response = await app.inject(`/v1/journeys?source=site&from=now-6h${query}`)
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}
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
  await site.applyBatch(1, [at(12, 'c', '/cart')], NOW_MS, byVisitor)
  const { windows, rows, meta } = await ask('&page=/list&interval=1h')
  expect(before.total).toEqual({ journeys: 2, previous: null })
  expect(rows.map(({ labels, journeys }) => [labels.next, journeys])).toEqual([
    ['/cart', 2],
    ['(end)', 1],
  ])
  expect(windows!.names[0]!.journeys.slice(-1)).toEqual([1])
  expect([before.meta.open, meta.open]).toEqual([1, 0])
})

test('rows one a line; the catalog says what there is', async () => {
  const { body } = await app.inject('/v1/journeys?source=site&from=now-6h&format=ndjson&page=/')
  const lines = body.trim().split('\n')
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
    'labels',
    'labels',
    'labels',
    'others',
  ])
  const { sources } = (await app.inject('/v1/catalog')).json<CatalogAnswer>()
  expect(sources.find(({ source }) => source === 'site')!.journeys).toEqual({
    page: 'path',
    gapMs: 30 * MINUTE,
    steps: 2,
  })
})

test('the example of docs/journeys.md is answered as it says', async () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
  const [example] = readDefinitionText(Buffer.from(read('examples/journeys.yaml')))
  const filler = new Filler(store, example!, 1)
  await filler.open()
  const events = read('examples/journeys.ndjson').trim().split('\n')
  await filler.applyBatch(
    0,
    events.map((line) => JSON.parse(line) as Sent),
    Date.parse('2026-02-02T13:00:00Z'),
    byVisitor,
  )
  const doc = read('docs/journeys.md')
  const query = /\/v1\/(journeys\?[^']+)'/.exec(doc)![1]!
  const { body } = await app.inject(`/v1/${query}`)
  expect(body.split('\n').slice(0, 4)).toEqual(/```json\n(.*?)\n```/s.exec(doc)![1]!.split('\n'))
})

test.each([
  ['source=plain', 'plain has no journeys; "journeys: { page: FIELD }" in its definition makes some'],
  ['source=short&steps=2', 'journeys of short are told one step; "steps: 2" in its definition tells two'],
  ['source=site&through=/&page=/', 'through: goes without page and next'],
  ['source=site&through=/&steps=1', 'steps: what goes through a page has two steps'],
  ['source=site&where=then:is:/', 'then is the page after the next: it needs steps=2'],
  ['source=site&where=path:is:/', 'site has no field path; did you mean page? It has page, next, then'],
  ['source=site&steps=3', '1 or 2'],
])('%s is refused', async (query, says) => {
  const response = await app.inject(`/v1/journeys?${query}`)
  expect([response.statusCode, response.json<Problem>().detail]).toEqual([400, expect.stringContaining(says)])
})
