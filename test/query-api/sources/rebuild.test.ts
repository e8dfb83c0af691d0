import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { LivePatch, LiveReset, SeriesAnswer, StatusAnswer } from '../../../query-api/wire.ts'
import { definitionHash } from '../../../store/calls/catalog.ts'
import { catalogKey, partitionKeys } from '../../../store/keys.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'

let app: FastifyInstance
const T0 = Date.parse('2026-03-04T05:00:00Z')
let nowMs = T0
/** By the clock of the test, so that the catalog is looked at anew. */
const passMs = (ms: number): number => (nowMs += ms)

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
})
afterAll(async () => {
  await app?.close()
})

async function rebuilding(
  name: string,
): Promise<{
  filler: Filler
  fill: (partition: number, next: number) => Promise<void>
  generation: (n: number, state: string) => Promise<void>
  next: typeof filler.source
}> {
  const filler = new Filler(store, testSource(name), 2)
  await filler.open()
  for (const partition of [0, 1]) {
    await filler.applyBatch(
      partition,
      [
        { ts: T0 - 5000, country: 'DE' },
        { ts: T0 - 4000, country: 'FR' },
      ],
      T0,
    )
    await filler.applyBatch(partition, [], T0)
  }
  const next = testSource(name, undefined, 7)
  const def = definitionHash(next)
  return {
    filler,
    next,
    generation: async (n, state) =>
      void (await store.pipeline([
        [
          'HSET',
          catalogKey(name),
          `g:${n}`,
          JSON.stringify({
            source: n === 1 ? filler.source : next,
            def: n === 1 ? filler.def : def,
            state,
            sinceMs: T0,
          }),
        ],
      ])),
    fill: async (partition, to) =>
      void (await store.pipeline([
        [
          'HSET',
          partitionKeys(name, partition, 2).pos,
          'first',
          0,
          'next',
          to,
          'end',
          4,
          'endAt',
          nowMs,
          'def',
          def,
          'rev',
          1,
          'o:data',
          to,
          'e:counted',
          to,
        ],
      ])),
  }
}

const meta = async (name: string): Promise<SeriesAnswer['meta']> =>
  (await app.inject(`/v1/series?metric=${name}.events&from=now-1m`)).json<SeriesAnswer>().meta

test('while a generation fills, the old numbers stand, say how far it is, and are not stale', async () => {
  const { filler, fill, generation } = await rebuilding('orders')
  expect((await meta('orders')).rebuilding).toBeUndefined()
  await generation(2, 'filling')
  passMs(1100)
  expect((await meta('orders')).rebuilding).toEqual({ generation: 2, progress: 0 })
  passMs(60_000) // the one that answers stands still; workers report on the other
  await fill(0, 4)
  await fill(1, 1)
  passMs(1100)
  expect(await meta('orders')).toMatchObject({
    generation: 1,
    complete: 1,
    behindRecords: 4,
    asOfMs: T0,
    rebuilding: { generation: 2, progress: 5 / 8 },
    vector: { 0: 2, 1: 2 },
  })
  const { sources } = (await app.inject('/v1/status')).json<StatusAnswer>()
  const status = sources.find(({ source }) => source === 'orders')!
  expect(status.partitions.map(({ next, stale }) => [next, stale])).toEqual([
    [2, false],
    [2, false],
  ])
  expect(status.generations.map(({ generation, state }) => [generation, state])).toEqual([
    [1, 'active'],
    [2, 'filling'],
  ])
  expect(status.rebuilding).toMatchObject({
    generation: 2,
    progress: 5 / 8,
    partitions: [{ partition: 0, next: 4, end: 4, stale: false }, { next: 1 }],
  })
  passMs(20_000) // nobody is at it any more
  expect(await meta('orders')).toMatchObject({ complete: 0, rebuilding: { generation: 2 } })
  expect(filler.def).not.toBe(status.rebuilding!.def)
})

test('the swap is seen within a second, and live queries begin anew', async () => {
  const { filler, generation } = await rebuilding('swapped')
  const real = await createServer({ store, version: '0', pageDirectory: null })
  const base = await real.listen({ host: '127.0.0.1', port: 0 })
  const live = new TestEventSource(
    `${base}/v1/live?q=${encodeURIComponent(`series?metric=swapped.events&from=${T0 - 60_000}&to=${T0}&interval=1s`)}`,
  )
  const ofGeneration =
    (n: number, event: string) =>
    (heard: { event: string; data: unknown }): boolean =>
      heard.event === event &&
      (event === 'reset'
        ? (heard.data as LiveReset<SeriesAnswer>).answer.meta
        : (heard.data as LivePatch).meta
      ).generation === n
  await live.until(ofGeneration(1, 'reset'))
  await generation(2, 'filling')
  await live.until(
    ({ event, data }) => event === 'patch' && (data as LivePatch).meta.rebuilding?.generation === 2,
  )
  await store.pipeline([['HSET', catalogKey('swapped'), 'active', 2]])
  await generation(2, 'active')
  await generation(1, 'old')
  const after = live.heard.length
  await live.until(ofGeneration(2, 'reset'), after)
  expect(
    live.heard.filter(ofGeneration(2, 'patch')).length + live.heard.filter(ofGeneration(2, 'reset')).length,
  ).toBeGreaterThan(0)
  live.close()
  await real.close()
  passMs(1100)
  const { generations, rebuilding: left } = (await app.inject('/v1/status'))
    .json<StatusAnswer>()
    .sources.find(({ source }) => source === 'swapped')!
  expect([generations.map(({ state }) => state), left]).toEqual([['old', 'active'], null])
  expect(filler.next(0)).toBe(2)
})
