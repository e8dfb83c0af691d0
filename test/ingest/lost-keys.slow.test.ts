/** Keys that go missing behind our backs: the store emptied whole, and one key of many deleted. Numbers come back by themselves, and none that is short passes for whole. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { mendNumbers } from '../../cli/commands/mend-numbers.ts'
import { runSource } from '../../ingest/source.ts'
import { openProducer } from '../../log/kafka.ts'
import type { LogProducer } from '../../log/log.ts'
import { createServer } from '../../query-api/http/server.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { newestEvents } from '../../store/keeper/events.ts'
import { startKeeper } from '../../store/keeper/keeper.ts'
import { numbersDuty } from '../../store/keeper/numbers-duty.ts'
import { readGenerations } from '../../store/calls/read-generations.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { clicks } from './loop.ts'

const COUNT = 500
const patience = { timeout: 40_000, interval: 100 }
let server: TestStore
let store: Store
let broker: TestBroker
let producer: LogProducer

beforeAll(async () => {
  ;[server, broker] = await Promise.all([startTestStore(), startTestBroker()])
  store = await openStore({ url: server.url })
  await store.check()
  producer = await openProducer({ brokers: [broker.address], clientId: 'test' })
}, 60_000)
afterAll(async () => {
  await producer?.close()
  await store?.close()
  await broker?.stop()
  await server?.stop()
})

/** A source with {@link COUNT} events that are counted, and what the API says of it, by path. */
async function counted() {
  const name = `k${randomUUID().slice(0, 8)}`
  const lines: string[] = []
  const running = await runSource({
    source: { ...clicks, name, topic: name },
    store,
    kafka: { brokers: [broker.address], clientId: 'test' },
    fileMs: 1,
    partitions: 1,
    sessionTimeoutMs: 6000,
    keepOldMs: 0,
    log: (line) => lines.push(line),
    crashed: (error) => lines.push(`CRASHED ${error.message}`),
  })
  onTestFinished(() => running.stop())
  const app = await createServer({ store, version: 'test', pageDirectory: null })
  onTestFinished(() => app.close())
  const ask = async (): Promise<{ total: number; complete: number; isShort: boolean }> => {
    const { statusCode, body } = await app.inject({
      url: `/v1/series?metric=${name}.events&interval=1h&from=now-3h&by=path&limit=100`,
      headers: { host: '127.0.0.1' },
    })
    if (statusCode !== 200) return { total: -statusCode, complete: 0, isShort: true }
    const { series, meta } = JSON.parse(body) as SeriesAnswer
    return {
      total: series.flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0),
      complete: meta.complete,
      // The answer itself says that more is to come.
      isShort: meta.complete < 1 || meta.rebuilding !== undefined || meta.behindRecords > 0,
    }
  }
  await producer.send(
    name,
    Array.from({ length: COUNT }, (_, at) => ({
      key: null,
      partition: 0,
      value: JSON.stringify({
        ts: Date.now() - 60_000,
        type: 'page_view',
        path: `/${at % 50}`,
        visitor: `v${at}`,
      }),
    })),
  )
  await expect.poll(ask, patience).toEqual({ total: COUNT, complete: 1, isShort: false })
  return { name, lines, ask }
}

test('FLUSHALL under a worker: all is counted again, and nothing halts', { timeout: 120_000 }, async () => {
  const { ask, lines } = await counted()
  await store.pipeline([['FLUSHALL']])
  await store.pipeline([['FUNCTION', 'FLUSH']])
  const asked: Awaited<ReturnType<typeof ask>>[] = []
  await expect
    .poll(async () => {
      const answer = await ask()
      asked.push(answer)
      return lines.some((line) => /folded again|filled/.test(line)) ? answer : null
    }, patience)
    .toEqual({ total: COUNT, complete: 1, isShort: false })
  expect(asked.filter(({ total, isShort }) => !isShort && total !== COUNT)).toEqual([])
  expect(lines.filter((line) => /CRASHED|HALTED/.test(line))).toEqual([])
})

test('one deleted key is found by lot, said, and counted again', { timeout: 120_000 }, async () => {
  const { name, ask, lines } = await counted()
  const keeper = startKeeper({
    store,
    lease: `numbers-${name}`,
    holder: 'ingest test 1',
    duties: [
      numbersDuty({
        store,
        lost: mendNumbers(store, 'ingest test 1', (line) => lines.push(line), Date.now),
        everyMs: 20,
      }),
    ],
    log: () => undefined,
    askEveryMs: 30,
  })
  onTestFinished(() => keeper.stop())
  const [keys] = (await store.pipeline([['KEYS', `tm:{${name}/*:c:path:1h:1.*`]])) as [Buffer[]]
  expect(keys.length).toBeGreaterThan(0)
  await store.pipeline(keys.map((key) => ['DEL', key]))
  await expect
    .poll(() => lines.filter((line) => line.includes('the store lost keys: the 1h of')), patience)
    .toHaveLength(1)
  await expect.poll(async () => (await readGenerations(store, name))!.active.generation, patience).toBe(2)
  await expect.poll(ask, patience).toEqual({ total: COUNT, complete: 1, isShort: false })
  expect(
    (await newestEvents(store, 5)).some(({ kind, text }) => kind === 'numbers' && text.startsWith(name)),
  ).toBe(true)
})
