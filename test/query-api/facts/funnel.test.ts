/** `/v1/funnel` over a real store: steps of a range, by names and windows, revised as ways go on. */
import { beforeAll, expect, test } from 'vitest'
import { shownAnswer } from '../../../cli/commands/query/output.ts'
import type { FunnelAnswer } from '../../../query-api/wire.ts'
import { factsSource, filledFacts, viewsBefore } from './fill-facts.ts'
import { answerOf, app, clock, testRefused } from '../own-api.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
clock.nowMs = NOW_MS
let shop: Awaited<ReturnType<typeof filledFacts>>

const source = factsSource('shop', {
  funnels: {
    buy: {
      steps: { cart: ['path:is:/cart'], pay: ['path:is:/pay'], paid: ['path:is:/paid'] },
      by: ['country'],
    },
  },
})
const at = viewsBefore(NOW_MS)

beforeAll(async () => {
  shop = await filledFacts(
    source,
    NOW_MS,
    [at(100, 'a', '/cart'), at(90, 'a', '/pay'), at(45, 'a', '/paid'), at(40, 'b', '/cart', 'FR')],
    [at(30, 'c', '/cart'), at(20, 'c', '/pay'), at(15, 'd', '/cart', 'IT')],
  )
})

const ask = (query = ''): Promise<FunnelAnswer> =>
  answerOf(`/v1/funnel?source=shop&funnel=buy&from=now-6h${query}`)
const countsOf = ({ steps }: Pick<FunnelAnswer['total'], 'steps'>): unknown => steps.map(({ count }) => count)

test('steps of the range, each as a share of the first and of the one before', async () => {
  const { total, rows, others, meta } = await ask()
  expect(total).toEqual({
    steps: [
      { step: 'cart', count: 4, ofFirst: 1, ofBefore: 1 },
      { step: 'pay', count: 2, ofFirst: 0.5, ofBefore: 0.5 },
      { step: 'paid', count: 1, ofFirst: 0.25, ofBefore: 0.5 },
    ],
    conversion: 0.25,
  })
  expect([rows.length, others]).toEqual([1, null])
  expect(meta).toMatchObject({ funnel: 'buy', withinMs: 3_600_000, late: 0, over: 0, by: null })
  expect(meta.mispartitioned).toBeUndefined()
})

test('by names, past the limit together, and filtered', async () => {
  const { rows, others } = await ask('&by=country&limit=1')
  expect(rows.map((row) => [row.labels, countsOf(row)])).toEqual([[{ country: 'DE' }, [2, 2, 1]]])
  expect([others!.count, countsOf(others!)]).toEqual([2, [2, 0, 0]])
  expect(countsOf((await ask('&where=country:is:IT')).total)).toEqual([1, 0, 0])
})

test('a way counts in the window of its first step, and is revised there', async () => {
  const before = await ask('&interval=1h')
  await shop.send(1, [at(5, 'c', '/paid')])
  const { windows } = await ask('&interval=1h')
  expect(before.windows!.names[0]!.steps.map((values) => values.slice(-2))).toEqual([
    [1, 3],
    [1, 1],
    [1, 0],
  ])
  expect(windows!.names[0]!.steps[2]!.slice(-2)).toEqual([1, 1])
})

test('as CSV, at a terminal, and in a batch', async () => {
  const query = 'source=shop&funnel=buy&from=now-6h&by=country&limit=1'
  const { headers, body } = await app.inject(`/v1/funnel?${query}&format=csv`)
  expect(headers['content-disposition']).toBe('attachment; filename="shop-buy.csv"')
  expect(body.split('\r\n')).toEqual([
    'country,step,count,ofFirst,ofBefore',
    'DE,cart,2,1,1',
    'DE,pay,2,1,1',
    'DE,paid,2,1,1',
    '',
  ])
  const windows = await app.inject(`/v1/funnel?${query}&format=csv&interval=1h`)
  expect(windows.body.split('\r\n').slice(-3, -1)).toEqual([
    '2026-03-01T11:00:00.000Z,DE,pay,1',
    '2026-03-01T11:00:00.000Z,DE,paid,1',
  ])
  const shown = shownAnswer(await ask('&by=country&limit=1'), 'table', 'UTC').split('\n')
  expect(shown.map((line) => line.split(/ {2,}/)).slice(0, 9)).toEqual([
    ['country', 'step', 'count', 'of first', 'of before'],
    ['DE', 'cart', '2', '100.0 %', '100.0 %'],
    ['DE', 'pay', '2', '100.0 %', '100.0 %'],
    ['DE', 'paid', '2', '100.0 %', '100.0 %'],
    ['2 others', 'cart', '2', '100.0 %', '100.0 %'],
    ['2 others', 'pay', '0', '0.0 %', '0.0 %'],
    ['2 others', 'paid', '0', '0.0 %', '-'],
    ['total', 'cart', '4', '100.0 %', '100.0 %'],
    ['total', 'pay', '2', '50.0 %', '50.0 %'],
  ])
  const batch = await app.inject({
    method: 'POST',
    url: '/v1/query',
    payload: { queries: [`funnel?${query}`, `sessions?source=shop`] },
  })
  expect(batch.json()).toMatchObject({
    answers: [
      { answer: { meta: { funnel: 'buy' } } },
      { problem: { type: 'urn:tidemark:problem:not_found' } },
    ],
  })
})

testRefused('/v1/funnel', [
  ['source=shop&funnel=sell', 404, 'shop has no funnel sell; it has buy'],
  ['source=shop', 400, 'missing; the name of a funnel'],
  ['source=shop&funnel=buy&by=path', 422, 'the funnel buy of shop is split by country, each by itself'],
])
