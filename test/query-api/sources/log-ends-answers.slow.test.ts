/** The first answer of a server is of every partition that Kafka has by then. */
import { expect, test, vi } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { SeriesAnswer } from '../../../query-api/wire.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { startTestStore } from '../../harness/store.ts'
import { Filler, testSource } from '../fill.ts'
import { watching } from './kafka-ends.ts'

test('the first answer of a server, and every one after, is of all partitions the topic has by then', async () => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  const all = [2, 2, 0]
  const logEnds = watching(() => all)
  try {
    const filler = new Filler(store, testSource('grown'), 2)
    await filler.open()
    for (const partition of [0, 1])
      await filler.applyBatch(partition, [{ ts: Date.now() - 1 }, { ts: Date.now() - 1 }], Date.now())
    const app = await createServer({ store, version: '0', pageDirectory: null, logEnds })
    const ask = async (): Promise<SeriesAnswer['meta']> =>
      (await app.inject('/v1/series?metric=grown.events')).json<SeriesAnswer>().meta
    // Two of three partitions were ever counted: one without any data is no less unknown than one with it.
    expect(await ask()).toMatchObject({
      complete: 2 / 3,
      partitions: 3,
      logEnd: { from: 'kafka' },
      incomplete: [{ partition: 2, state: 'unopened' }],
    })
    all.push(7)
    await vi.waitFor(async () => expect(await ask()).toMatchObject({ complete: 0.5, partitions: 4 }), 10_000)
    await app.close()
  } finally {
    await store.close()
    await server.stop()
  }
})
