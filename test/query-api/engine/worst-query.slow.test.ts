/** The worst that may be asked of each endpoint: it is refused with what would help, or what is answered stays within stated numbers of values and bytes. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { MAX_ANSWER_POINTS, MAX_TEXT_BYTES } from '../../../query-api/engine/plan/budget.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import type { BatchAnswer, Problem } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler } from '../fill.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
let app: FastifyInstance
const NAMES = 600
/** Labels, times and what an answer says of itself, beside its values. */
const FRAME_BYTES = 2 ** 20

beforeAll(async () => {
  const more = (name: string): object => ({
    topic: name,
    key: 'visitor',
    time: 'ts',
    fields: { visitor: 'string', country: 'string?', load: 'number?' },
    breakdowns: ['country', 'visitor'],
    metrics: {
      events: 'count',
      load: { quantiles: 'load', decimals: 0 },
      spread: { stats: 'load', decimals: 0 },
      people: { uniques: 'visitor' },
    },
    sessions: { page: 'country', by: ['country'] },
    funnels: { way: { steps: { one: ['country:exists:true'], two: ['load:gt:1'] }, by: ['country'] } },
  })
  const sources = readDefinition({
    sources: { wide: more('wide'), other: more('other') },
    keep: { '15m': '14d', '1h': '90d' },
  })
  const now = Date.now()
  for (const source of sources) {
    const filler = new Filler(store, source, 1)
    await filler.open()
    for (let n = 0; n < NAMES; n += 50)
      await filler.applyBatch(
        0,
        Array.from({ length: 50 }, (_, at) => ({
          ts: now - 1000,
          country: `country ${n + at}`,
          visitor: `v${n + at}`,
          load: at,
        })),
        now,
      )
    await filler.applyBatch(0, [], now)
  }
  app = await createServer({ store, version: '0', pageDirectory: null })
})
afterAll(async () => {
  await app?.close()
})

/** Numbers, and what is not known, of an answer: of its vectors too, which are as many as there are partitions. */
function valuesIn(one: unknown): number {
  if (typeof one === 'number' || one === null) return 1
  if (typeof one !== 'object') return 0
  return Object.values(one).reduce<number>((sum, part) => sum + valuesIn(part), 0)
}

const RANGE = 'from=now-1249h'
const FINE = `${RANGE}&interval=15m&compare=previous`
/** Widest range, finest interval, largest breakdown, most names, and whatever makes each of them dearer. */
const WORST: readonly (readonly [what: string, query: string])[] = [
  ['series, compared', `series?metric=wide.events&by=country&limit=500&${FINE}`],
  ['series of quantiles', `series?metric=wide.load.p99&by=country&limit=500&${FINE}`],
  ['series of different ones', `series?metric=wide.people&by=country&limit=500&${FINE}`],
  [
    'series of days',
    `series?metric=wide.load.p99&by=country&limit=500&from=now-1200d&interval=1d&tz=Asia/Kathmandu`,
  ],
  ['series divided', `series?metric=wide.events&per=other.load.p99&by=country&limit=500&${FINE}`],
  ['as many as fit', `series?metric=wide.load.p99&by=country&limit=49&${FINE}`],
  [
    'as many as fit, divided',
    `series?metric=wide.events&per=other.people&by=country&where=country:prefix:country%201&limit=49&${RANGE}&interval=1h`,
  ],
  ['top', `top?metric=wide.load.p99&by=country&limit=1000&${RANGE}&compare=previous`],
  ['top of histograms', `top?metric=wide.load.histogram&by=country&limit=100&${RANGE}`],
  ['top divided', `top?metric=wide.events&per=other.events&by=country&limit=1000&${RANGE}&compare=previous`],
  ['sessions', `sessions?source=wide&by=country&limit=500&${FINE}`],
  [
    'sessions by days',
    `sessions?source=wide&by=country&limit=500&from=now-90d&interval=1d&compare=previous&tz=Pacific/Chatham`,
  ],
  ['funnel', `funnel?source=wide&funnel=way&by=country&limit=500&${FINE}`],
  [
    'funnel by days',
    `funnel?source=wide&funnel=way&by=country&limit=500&from=now-90d&interval=1d&tz=Pacific/Chatham`,
  ],
  ['events', 'events?source=wide&limit=500'],
  ['rejects', 'rejects?source=wide&limit=500'],
  ['entities', 'entities?source=wide&limit=500'],
  ['names', 'meta/known-values?source=wide&field=country&limit=100'],
]

function judge(what: string, problem: Problem): void {
  expect([what, problem.status < 500], problem.detail).toEqual([what, true])
  // What would help.
  expect([what, problem.errors?.length ?? 0], problem.detail).not.toEqual([what, 0])
}

test.each(WORST)('%s', async (what, query) => {
  const response = await app.inject(`/v1/${query}`)
  if (response.statusCode >= 400) {
    if (response.statusCode === 404) return // a source without entities has none
    return judge(what, response.json())
  }
  expect(valuesIn(response.json())).toBeLessThanOrEqual(MAX_ANSWER_POINTS + FRAME_BYTES / 100)
  expect(response.body.length).toBeLessThanOrEqual(MAX_TEXT_BYTES)
})

test('what an answer would hold is not worked out first: nothing is read of the cells of one that is too large', async () => {
  const [, query] = WORST[0]!
  const { errors, status, detail } = (await app.inject(`/v1/${query}`)).json<Problem>()
  expect([status, errors?.[0]?.pointer]).toEqual([422, '/limit'])
  const fits = Number(/limit=(\d+)/.exec(detail!)![1])
  const again = await app.inject(`/v1/${query!.replace('limit=500', `limit=${fits}`)}`)
  expect(again.statusCode).toBe(200)
  expect(valuesIn(again.json())).toBeGreaterThan(MAX_ANSWER_POINTS * 0.9)
})

test('all of one request together: 32 of the largest are no more than one', async () => {
  for (const query of [
    `series?metric=wide.events&by=country&limit=90&${RANGE}&interval=15m`,
    `series?metric=wide.events&per=other.events&by=country&where=country:prefix:country%201&limit=90&${RANGE}&interval=1h`,
  ]) {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/query',
      payload: { queries: Array.from({ length: query.includes('per=') ? 8 : 32 }, () => query) },
    })
    expect(response.statusCode).toBe(200)
    const { answers } = response.json<BatchAnswer>()
    expect(valuesIn(answers.filter((one) => 'answer' in one))).toBeLessThanOrEqual(
      MAX_ANSWER_POINTS + FRAME_BYTES / 100,
    )
    expect(answers.some((one) => 'answer' in one)).toBe(true)
    for (const one of answers) if ('problem' in one) judge(query, one.problem)
  }
})
