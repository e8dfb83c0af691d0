/** What an open live stream claims while the log grows under it: partitions are added, a transaction stays open, a partition has no data. */
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test, vi } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { LivePatch, LiveReset, SeriesAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource, type Heard } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'
import { watching } from '../sources/kafka-ends.ts'

vi.setConfig({ testTimeout: 30_000 })
let names = 0
const apps: FastifyInstance[] = []
const streams: TestEventSource[] = []

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close()
  for (const app of apps.splice(0)) await app.close()
})

type Meta = SeriesAnswer['meta']
const metaOf = ({ event, data }: Heard): Meta | null =>
  event === 'reset'
    ? (data as LiveReset<SeriesAnswer>).answer.meta
    : event === 'patch'
      ? (data as LivePatch).meta
      : null

/** Two partitions of one record each, and a Kafka that says `ends`. */
async function begin(ends: () => readonly number[]) {
  const source = testSource(`grows${names++}`)
  const filler = new Filler(store, source, 2)
  await filler.open()
  for (const partition of [0, 1]) await filler.applyBatch(partition, [{ ts: Date.now() - 3000 }], Date.now())
  const app = await createServer({ store, version: '0', pageDirectory: null, logEnds: watching(ends) })
  apps.push(app)
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const query = `series?metric=${source.name}.events&interval=1s&from=now-1m`
  const stream = new TestEventSource(`${base}/v1/live?q=${encodeURIComponent(query)}`)
  streams.push(stream)
  const said = async (holds: (meta: Meta) => boolean, after = 0): Promise<Meta> =>
    metaOf(
      await stream.until((heard) => {
        const meta = metaOf(heard)
        return meta !== null && holds(meta)
      }, after),
    )!
  return { source, filler, stream, said }
}

const sum = (answer: SeriesAnswer | null): number =>
  (answer?.series[0]?.values ?? []).reduce<number>((all, value) => all + (value ?? 0), 0)

test('partitions that are added are missed at once, and counted once a worker counts them', async () => {
  const ends = [1, 1]
  const { source, stream, said } = await begin(() => ends)
  await said(({ complete, partitions }) => complete === 1 && partitions === 2)
  ends.push(0, 2)
  const grown = await said(({ partitions }) => partitions === 4)
  expect(grown).toMatchObject({ complete: 0.5, logEnd: { from: 'kafka' } })
  expect(grown.incomplete!.map(({ partition, state }) => [partition, state])).toEqual([
    [2, 'unopened'],
    [3, 'unopened'],
  ])
  // One that is opened and has nothing is whole; the other one is still missing.
  const more = new Filler(store, source, 4)
  await more.open()
  await more.applyBatch(2, [], Date.now())
  expect((await said(({ complete }) => complete === 0.75)).incomplete).toMatchObject([{ partition: 3 }])
  await more.applyBatch(3, [{ ts: Date.now() - 2000 }, { ts: Date.now() - 2000 }], Date.now())
  const after = stream.heard.length
  const whole = await said(({ complete, vector }) => complete === 1 && vector[3] === 2, after - 1)
  expect(whole).toMatchObject({ partitions: 4, vector: { 0: 1, 1: 1, 2: 0, 3: 2 } })
  await stream.until(() => sum(stream.answer(0)) === 4)
})

test('while a transaction is open at the end of a partition, nothing is complete past the last look before it', async () => {
  const ends = [1, 1]
  const { filler, stream, said } = await begin(() => ends)
  const before = await said(({ complete, behindRecords }) => complete === 1 && behindRecords === 0)
  ends[1] = 4 // three records of a transaction that is not decided: nobody can count them
  const open = await said(({ behindRecords }) => behindRecords === 3)
  const stoodMs = open.asOfMs!
  expect(stoodMs).toBeGreaterThanOrEqual(before.asOfMs!)
  // Its worker lives and reports, and the other partition goes on.
  for (let n = 0; n < 3; n++) {
    const from = stream.heard.length
    await filler.applyBatch(0, [{ ts: Date.now() - 1000 }], Date.now())
    ends[0]!++
    await filler.applyBatch(1, [], Date.now(), { behind: 3 })
    const meta = await said(({ vector }) => vector[0] === 2 + n, from)
    expect([meta.asOfMs, meta.vector[1]]).toEqual([stoodMs, 1])
    expect(meta.behindRecords).toBeGreaterThanOrEqual(3)
  }
  // Decided, and all three were rolled back or markers: counted past.
  await filler.applyBatch(1, [{ ts: Date.now() }, { ts: Date.now() }, { ts: Date.now() }], Date.now())
  expect((await said(({ vector }) => vector[1] === 4)).asOfMs).toBeGreaterThan(stoodMs)
})

test('a partition that has no data and was never opened is no part of what is complete', async () => {
  const { said, stream } = await begin(() => [1, 1, 0])
  expect(await said(() => true)).toMatchObject({ complete: 2 / 3, partitions: 3 })
  await stream.until(({ event }) => event === 'beat', stream.heard.length)
  for (const heard of stream.heard) expect(metaOf(heard)?.complete ?? 0).toBeLessThan(1)
})
