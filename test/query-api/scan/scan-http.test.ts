/** Questions that only the log answers, over HTTP: once, in a batch, and live. */
import type { FastifyInstance } from 'fastify'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { BatchAnswer, LiveProgress, LiveReset, SeriesAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { randomEvents, T0, world, type World } from './scan-world.ts'

let own: World
let app: FastifyInstance
let base: string

beforeAll(async () => {
  own = await world(store)
  await own.send(0, randomEvents(200, 5))
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    now: () => own.nowMs,
    scans: own.scans,
  })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app?.close()
  await own?.scans.close()
})

const query = (more: string): string =>
  `metric=${own.name}.events&interval=1m&from=${T0}&to=${T0 + 600_000}&${more}`
const sumOf = (answer: SeriesAnswer): number =>
  answer.series.flatMap(({ values }) => values).reduce<number>((sum, one) => sum + (one ?? 0), 0)
const inRange = (fits: (event: World['sent'][number]) => boolean): number =>
  own.sent.filter((event) => event.ts < T0 + 600_000 && fits(event)).length

test('what cells hold comes from cells, all else from the log, in one batch too', async () => {
  const texts = [
    'by=country',
    'by=visitor',
    'where=load:ge:100',
    'where=(country:is:DE|load:lt:50)',
    'by=planet',
  ]
  const reply = await fetch(`${base}/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ queries: texts.map((text) => `series?${query(text)}`) }),
  })
  const { answers } = (await reply.json()) as BatchAnswer
  const from = answers.map((one) => ('answer' in one ? one.answer.meta.from : one.problem.status))
  expect(from).toEqual(['cells', 'log', 'log', 'log', 400])
  const sums = answers.flatMap((one) => ('answer' in one ? sumOf(one.answer as SeriesAnswer) : []))
  expect(sums).toEqual([
    inRange(() => true),
    inRange(() => true),
    inRange(({ load = 0 }) => load >= 100),
    inRange(({ country, load = 99 }) => country === 'DE' || load < 50),
  ])
  const csv = await fetch(`${base}/v1/series?${query('by=visitor&format=csv')}`)
  expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
})

test('a live question is told how far the log is read, answered, and kept current by what is counted', async () => {
  let go = (): void => {}
  own.log.gate = new Promise((done) => (go = done))
  const source = new TestEventSource(
    `${base}/v1/live?q=${encodeURIComponent(`series?${query('by=visitor&limit=500&where=device:is:phone')}`)}`,
  )
  try {
    const progress = await source.until(({ event }) => event === 'progress')
    expect((progress.data as LiveProgress).progress).toEqual({ records: 0, total: own.log.end(0) })
    go()
    const reset = await source.until(({ event }) => event === 'reset')
    expect(sumOf((reset.data as LiveReset).answer as SeriesAnswer)).toBe(
      inRange(({ device }) => device === 'phone'),
    )
    await own.send(0, [{ ts: T0 + 5000, visitor: 'new', device: 'phone' }])
    await source.until(() => source.answer(0)!.series.some(({ labels }) => labels['visitor'] === 'new'))
    expect(source.answer(0)!.meta).toMatchObject({ from: 'log', vector: { 0: own.log.end(0) } })
  } finally {
    source.close()
  }
})

test('a reader who leaves ends what only he waited for', async () => {
  let go = (): void => {}
  own.log.gate = new Promise((done) => (go = done))
  const { scans } = own.scans.kept
  const left = request(`${base}/v1/series?${query('by=device&where=visitor:not:v3')}`)
  left.on('error', () => undefined)
  left.end()
  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise((turn) => setTimeout(turn, 5))
  }
  await until(() => own.scans.kept.scans === scans + 1)
  left.destroy()
  await until(() => own.scans.kept.scans === scans)
  go()
})

test('an API without a log says so', async () => {
  const blind = await createServer({ store, version: '0', pageDirectory: null, now: () => own.nowMs })
  for (const [more, status] of [
    ['by=visitor', 422],
    ['where=load:ge:100', 400],
  ] as const) {
    const reply = await blind.inject(`/v1/series?${query(more)}`)
    expect(reply.statusCode).toBe(status)
    expect(reply.json<{ detail: string }>().detail).toMatch(
      /this API was given no Kafka to read the events from$/,
    )
  }
  await blind.close()
})
