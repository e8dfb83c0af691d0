/** One fact has one problem, however it is asked: by a GET, in a batch, in a live stream. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queries } from '../../../query-api/endpoints/list.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { problemKinds } from '../../../query-api/problem.ts'
import type { BatchAnswer, LiveError, Problem } from '../../../query-api/wire.ts'
import { catalogKey } from '../../../store/keys.ts'
import { server, store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'

let app: FastifyInstance
let base: string

beforeAll(async () => {
  const filler = new Filler(store, testSource('facts', { '1s': '90d', '1m': '90d' }), 1)
  await filler.open()
  const nowMs = Date.now()
  const countries = Array.from({ length: 150 }, (_, n) => ({ ts: nowMs - n, country: `c${n}` }))
  await filler.applyBatch(0, countries, nowMs)
  await store.pipeline([['SET', catalogKey('broken'), 'x']])
  app = await createServer({ store, version: '0', pageDirectory: null })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app?.close()
})

const kindOf = ({ type }: Problem): string => type.replace('urn:tidemark:problem:', '')

async function byGet(query: string): Promise<Problem> {
  return (await app.inject(`/v1/${query}`)).json()
}
/** Beside one that is answered, where the store answers at all. */
async function byPost(query: string): Promise<Problem> {
  const queries = ['series?metric=facts.events', query]
  const response = await app.inject({ method: 'POST', url: '/v1/query', payload: { queries } })
  if (response.statusCode !== 200) return response.json()
  const [beside, found] = response.json<BatchAnswer>().answers
  expect(beside).toHaveProperty('answer')
  return (found as { problem: Problem }).problem
}
async function byStream(query: string): Promise<Problem> {
  const live = new TestEventSource(`${base}/v1/live?q=${encodeURIComponent(query)}`)
  const { data } = await live.until(({ event }) => event === 'error')
  live.close()
  return (data as LiveError).problem
}

const METRIC = 'series?metric=facts.events'
const facts: [kind: string, query: string][] = [
  ['bad_request', 'series?'],
  ['bad_request', `${METRIC}&colour=red`],
  ['bad_request', `${METRIC}&limit=0`],
  ['bad_request', `${METRIC}&from=2026-03-02&to=2026-03-01`],
  ['bad_request', `${METRIC}&interval=7s`],
  ['bad_request', `${METRIC}&by=load`],
  ['bad_request', 'top?metric=facts.events&limit=0'],
  ['interval_too_fine', `${METRIC}&interval=1s&from=now-2h`],
  ['interval_too_fine', `${METRIC}&interval=1d&from=now-2000d`],
  ['range_too_long', `${METRIC}&from=1970-01-01`],
  ['range_too_long', 'top?metric=facts.events&by=country&from=now-80d%2Fd'],
  ['not_found', 'series?metric=nobody.events'],
  ['not_found', 'series?metric=facts.nothing'],
  ['not_found', 'top?metric=nobody.events&by=country'],
  ['url_too_long', `${METRIC}&where=country:is:${'x'.repeat(8000)}`],
  ['url_too_long', `top?metric=facts.events&by=country&where=country:is:${'x'.repeat(8000)}`],
  ['breakdown_needed', `${METRIC}&by=visitor`],
  ['breakdown_needed', 'top?metric=facts.events&by=visitor'],
  ['too_many_cells', `${METRIC}&interval=1d&tz=Asia/Kathmandu&from=now-85d`],
  ['answer_too_large', `${METRIC}&by=country&interval=1s&from=now-80m&limit=150`],
  ['store_damaged', 'series?metric=broken.events'],
  ['store_damaged', 'top?metric=broken.events&by=country'],
]

describe('a fact is told by one problem', () => {
  test.each(facts)('%s: %s', async (kind, query) => {
    const asked = await byGet(query)
    const told = [asked, await byPost(query), await byStream(query)]
    expect(told.map(kindOf)).toEqual([kind, kind, kind])
    // Of a live stream other limits are told; all else is the same to the letter.
    if (kind !== 'answer_too_large') {
      expect(told[1]).toEqual(asked)
      expect(told[2]).toEqual(asked)
    } else expect(told.map(({ errors }) => errors?.[0]?.pointer)).toEqual(['/limit', '/limit', '/limit'])
  })

  test('every problem that the endpoints of numbers name is one of these', () => {
    // Those of reading the log need one: scan.test.ts.
    const ofLog: readonly string[] = ['scan_too_long', 'log_unreachable']
    const named = [queries.series, queries.top]
      .flatMap(({ problems }) => problems)
      .filter((kind) => !ofLog.includes(kind))
    expect(named.filter((kind) => !facts.some(([one]) => one === kind))).toEqual([])
    expect(facts.filter(([kind]) => !(problemKinds as readonly string[]).includes(kind))).toEqual([])
  })

  test('a store that is away', async () => {
    await server.stop()
    for (const query of [METRIC, 'top?metric=facts.events&by=country'])
      expect([
        kindOf(await byGet(query)),
        kindOf(await byPost(query)),
        kindOf(await byStream(query)),
      ]).toEqual(['store_unreachable', 'store_unreachable', 'store_unreachable'])
  })
})
