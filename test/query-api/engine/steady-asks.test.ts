/** Whoever asks the same without pause is listened for, as a live query is: workers that catch up tell only listeners what changed. */
import { expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import { KeptQueries } from '../../../query-api/service/kept-queries.ts'
import type { PreparedQuery } from '../../../query-api/engine/rows/one-snapshot.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { startTestStore } from '../../harness/store.ts'
import { Filler, testSource } from '../fill.ts'

function asker() {
  const clock = { ms: 0, takesMs: 0 }
  const prepared = { usesLatest: false, executions: () => [], keptCells: 0, forget: () => undefined }
  const kept = new KeptQueries(
    async () => void (clock.ms += clock.takesMs) as never,
    () => clock.ms,
  )
  const ask = (key: string, source = 'clicks'): Promise<unknown> =>
    kept.run(
      key,
      source,
      () => prepared as PreparedQuery<unknown>,
      (work) => work(),
    )
  return { clock, kept, ask }
}

test('the third answer in a row, however long each takes; for three seconds after the last', async () => {
  const { clock, kept, ask } = asker()
  clock.takesMs = 8000
  for (let n = 0; n < 2; n++) await ask('chart')
  expect(kept.steadySources).toEqual([])
  clock.ms += 499
  await ask('chart')
  expect(kept.steadySources).toEqual(['clicks'])
  clock.ms += 2999
  expect(kept.steadySources).toEqual(['clicks'])
  clock.ms += 1
  expect(kept.steadySources).toEqual([])
})

test('not for questions with a pause between them, nor for many different or many equal ones at once', async () => {
  const { clock, kept, ask } = asker()
  for (let n = 0; n < 5; n++, clock.ms += 500) await ask('seldom')
  for (let n = 0; n < 5; n++) await ask(`other ${n}`)
  await Promise.all(Array.from({ length: 9 }, () => ask('equal')))
  expect(kept.steadySources).toEqual([])
})

test('its partitions are listened to, and no more when nobody asks', { timeout: 30_000 }, async () => {
  const server = await startTestStore()
  const real = await openStore({ url: server.url })
  const heard = new Set<string>()
  const store: Store = {
    ...real,
    subscribe: async (channel) => (heard.add(channel), async () => void heard.delete(channel)),
  }
  const app = await createServer({ store, version: '0', pageDirectory: null })
  const filler = new Filler(real, testSource('steady', { '1s': '45m' }, 2), 2)
  await filler.open()
  const url = '/v1/series?metric=steady.events&from=now-1m&interval=1s'
  expect((await app.inject(url)).statusCode).toBe(200)
  expect(heard.size).toBe(0)
  await expect.poll(async () => (await app.inject(url), heard.size), { timeout: 10_000 }).toBe(2)
  await app.close()
  expect(heard.size).toBe(0)
  await real.close()
  await server.stop()
})
