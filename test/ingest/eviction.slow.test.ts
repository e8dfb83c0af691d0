/** A store that drops keys: nothing passes for whole, and what was dropped is counted again. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runSource, type RunningSource } from '../../ingest/source.ts'
import { openProducer } from '../../log/kafka.ts'
import type { LogProducer } from '../../log/log.ts'
import { createServer } from '../../query-api/http/server.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { readGenerations } from '../../store/calls/read-generations.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { clicks } from './loop.ts'

const COUNT = 2000
const patience = { timeout: 40_000, interval: 100 }
let server: TestStore
let store: Store
let broker: TestBroker
let producer: LogProducer
const said: string[] = []

beforeAll(async () => {
  ;[server, broker] = await Promise.all([startTestStore(), startTestBroker()])
  store = await openStore({ url: server.url, log: (line) => said.push(line) })
  await store.check()
  producer = await openProducer({ brokers: [broker.address], clientId: 'test' })
}, 60_000)
afterAll(async () => {
  await producer?.close()
  await store?.close()
  await broker?.stop()
  await server?.stop()
})

test('eviction switched on under a worker: refused at once, said, and what went is counted again', {
  timeout: 120_000,
}, async () => {
  const name = `e${randomUUID().slice(0, 8)}`
  const source = { ...clicks, name, topic: name }
  const lines: string[] = []
  const worker = (): Promise<RunningSource> =>
    runSource({
      source,
      store,
      kafka: { brokers: [broker.address], clientId: 'test' },
      fileMs: 1,
      partitions: 1,
      sessionTimeoutMs: 6000,
      keepOldMs: 0,
      log: (line) => lines.push(line),
      crashed: (error) => lines.push(`CRASHED ${error.message}`),
    })
  let running = await worker()
  onTestFinished(() => running.stop())
  const app = await createServer({ store, version: 'test', pageDirectory: null })
  onTestFinished(() => app.close())
  const ask = async (): Promise<{ status: number; total: number; complete: number; why: string }> => {
    const { statusCode, body } = await app.inject({
      url: `/v1/series?metric=${name}.events&interval=1h&from=now-3h`,
      headers: { host: '127.0.0.1' },
    })
    const answer = JSON.parse(body) as SeriesAnswer & { detail?: string }
    if (statusCode !== 200) return { status: statusCode, total: 0, complete: 0, why: answer.detail ?? '' }
    const total = answer.series
      .flatMap(({ values }) => values)
      .reduce<number>((sum, value) => sum + (value ?? 0), 0)
    return {
      status: statusCode,
      total,
      complete: answer.meta.complete,
      why: answer.meta.incomplete?.[0]?.why ?? '',
    }
  }
  const ready = async (): Promise<number> =>
    (await app.inject({ url: '/readyz', headers: { host: '127.0.0.1' } })).statusCode
  await producer.send(
    name,
    Array.from({ length: COUNT }, (_, at) => ({
      key: null,
      partition: 0,
      value: JSON.stringify({
        ts: Date.now() - 60_000,
        type: 'page_view',
        path: `/${at % 500}`,
        visitor: `v${at}`,
      }),
    })),
  )
  await expect.poll(ask, patience).toMatchObject({ total: COUNT, complete: 1 })

  // The limit below what is used: the next write drops keys. pos is touched each second, so it stays; cells go.
  const text = (await store.info())[0]!.text
  await store.pipeline([
    ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
    ['CONFIG', 'SET', 'maxmemory', Number(/used_memory:(\d+)/.exec(text)![1]) - 60_000],
  ])
  await expect.poll(async () => (await ask()).status, patience).toBe(503)
  expect((await ask()).why).toMatch(/maxmemory-policy to noeviction/)
  expect(await ready()).toBe(503)
  await expect.poll(() => store.losses().size, patience).toBe(1)
  await expect.poll(() => running.recounting(), patience).toMatch(/lost keys/)
  expect(said.join('\n')).toMatch(/may drop keys to make room.*allkeys-lru/)
  await sleep(2500)
  expect((await readGenerations(store, name))!.all.length).toBe(2) // it does not begin one generation after another while the policy stands

  // A worker that starts only now learns of it from the catalog.
  await running.stop()
  await setConfig('maxmemory', '0')
  await setConfig('maxmemory-policy', 'noeviction')
  await expect.poll(async () => (await ask()).status, patience).toBe(200)
  expect(await ask()).toMatchObject({ complete: 0, why: expect.stringMatching(/lost keys/) })
  running = await worker()
  const asked: Awaited<ReturnType<typeof ask>>[] = []
  await expect
    .poll(async () => {
      const answer = await ask()
      asked.push(answer)
      return answer
    }, patience)
    .toMatchObject({ total: COUNT, complete: 1 })
  expect(asked.filter(({ total, complete }) => complete > 0 && total !== COUNT)).toEqual([])
  await expect.poll(() => running.recounting(), patience).toBeNull()
  const catalog = (await readGenerations(store, name))!
  expect([catalog.active.generation, catalog.active.lossy]).toEqual([catalog.last, undefined]) // 3 where it dropped more after generation 2 was begun
  expect([...catalog.evicted.values()][0]).toBeGreaterThan(0)
  await sleep(2500)
  expect((await readGenerations(store, name))!.last).toBe(catalog.last) // what is made good is made good once
  expect(lines.filter((line) => line.startsWith('CRASHED'))).toEqual([])
})

/** Past the refusals of a store that must not be used now. */
async function setConfig(name: string, value: string): Promise<void> {
  const client = new Redis(server.port, '127.0.0.1', { protocol: 2 }).on('error', () => undefined)
  await client.config('SET', name, value)
  client.disconnect()
}
