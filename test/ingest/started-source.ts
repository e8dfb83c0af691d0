/** For tests of whole sources: store and broker, from import to the end of the test file, and `tidemark ingest` over them. */
/** Whole sources at work over a broker and a store: what becomes of them when the catalog, the store or the definition changes under them. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { runSource, type RunningSource, type SourceOptions } from '../../ingest/source.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import type { LogAdmin, LogProducer } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { readGenerations, type Generations } from '../../store/calls/read-generations.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { clicks } from './loop.ts'

export let server: TestStore
export let store: Store
export let broker: TestBroker
export let admin: LogAdmin
export let producer: LogProducer
export const kafka = () => ({ brokers: [broker.address], clientId: 'test' })
export const patience = { timeout: 30_000, interval: 100 }

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await store.check()
  broker = await startTestBroker()
  admin = await openAdmin(kafka())
  producer = await openProducer(kafka())
}, 60_000)
export const running: RunningSource[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((source) => source.stop()))
}, 60_000)
afterAll(async () => {
  await producer?.close()
  await admin?.close()
  await store?.close()
  await broker?.stop()
  await server?.stop()
})

export interface Started {
  readonly running: RunningSource
  readonly lines: string[]
  readonly crashes: Error[]
}

export async function start(source: Source, more: Partial<SourceOptions> = {}): Promise<Started> {
  const lines: string[] = []
  const crashes: Error[] = []
  const started = await runSource({
    source,
    store,
    kafka: kafka(),
    fileMs: 1,
    partitions: 2,
    sessionTimeoutMs: 6000,
    keepOldMs: 600_000,
    log: (line) => lines.push(line),
    crashed: (error) => crashes.push(error),
    ...more,
  })
  running.push(started)
  return { running: started, lines, crashes }
}
export const stop = async (started: Started): Promise<void> => {
  running.splice(running.indexOf(started.running), 1)
  await started.running.stop()
}
export const fresh = (): Source => {
  const name = `s${randomUUID().slice(0, 8)}`
  return { ...clicks, name, topic: name }
}
export const edited = (source: Source): Source => ({ ...source, budget: source.budget + 1 })
export async function send({ topic }: Source, from: number, to: number, partitions = 2): Promise<void> {
  const records = Array.from({ length: to - from }, (_, at) => ({
    key: null,
    partition: at % partitions,
    value: JSON.stringify({ ts: Date.now(), type: 'page_view', path: '/', visitor: 'v' }),
  }))
  await producer.send(topic, records)
}
export const catalogOf = (source: Source): Promise<Generations | null> => readGenerations(store, source.name)
export async function counted(source: Source, generation = 1): Promise<number> {
  const positions = await Promise.all(
    [0, 1].map((partition) => readPosition(store, partitionKeys(source.name, partition, generation), source)),
  )
  return positions.reduce((sum, position) => sum + (position?.state.events.counted ?? 0), 0)
}
export const states = (catalog: Generations | null): string =>
  (catalog?.all ?? []).map(({ generation, state }) => `${generation} ${state}`).join(', ')
export const standsWith = (source: Source, all: string) =>
  expect.poll(async () => states(await catalogOf(source)), patience).toBe(all)
