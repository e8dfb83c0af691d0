/** A store that refuses writes is still read: every endpoint, with the numbers it had. */
import { expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { Provenance } from '../../../query-api/wire.ts'
import { openStore, type Command } from '../../../store/connection/connection.ts'
import { startTestStore } from '../../harness/store.ts'
import { Filler, testSource } from '../fill.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const NOW_MS = T0 + 10_000

test.each<[string, readonly Command[], RegExp]>([
  ['at maxmemory', [['CONFIG', 'SET', 'maxmemory', 1]], /OOM|maxmemory/],
  ['while its replicas are away', [['CONFIG', 'SET', 'min-replicas-to-write', 1]], /NOREPLICAS/],
  [
    'that became a replica itself',
    [
      ['CONFIG', 'SET', 'replica-serve-stale-data', 'yes'],
      ['REPLICAOF', '127.0.0.1', 1],
    ],
    /READONLY|replica/,
  ],
])('%s', async (_, commands, refusal) => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  const app = await createServer({ store, version: '0', pageDirectory: null, now: () => NOW_MS })
  try {
    const filler = new Filler(store, testSource('full'), 2)
    await filler.open()
    for (const partition of [0, 1])
      await filler.applyBatch(
        partition,
        [{ ts: T0, country: 'DE' }, { ts: T0 + 1, country: 'FR' }, 'no json'],
        NOW_MS,
      )
    for (const command of commands) await store.pipeline([command])
    await expect(store.call('open', [filler.keys(0).of('x')], [0, 'd', 'c', 't'])).rejects.toThrow(refusal)
    for (const url of [
      `/v1/series?metric=full.events&by=country&from=${T0}&to=${T0 + 5000}`,
      `/v1/top?metric=full.events&by=country&from=${T0}&to=${T0 + 5000}`,
      '/v1/events?source=full',
      '/v1/rejects?source=full',
    ]) {
      const response = await app.inject(url)
      expect([url, response.statusCode]).toEqual([url, 200])
      expect(response.json<{ meta: Provenance }>().meta).toMatchObject({
        complete: 1,
        vector: { 0: 3, 1: 3 },
        asOfMs: NOW_MS,
      })
    }
    const rows = (await app.inject(`/v1/top?metric=full.events&by=country&from=${T0}&to=${T0 + 5000}`)).json<{
      rows: { value: number }[]
    }>().rows
    expect(rows.map(({ value }) => value)).toEqual([2, 2])
    for (const url of ['/v1/status', '/v1/catalog', '/readyz'])
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200])
  } finally {
    await app.close()
    await store.close()
    await server.stop()
  }
})
