/** A catalog that another version or a person wrote takes nothing along but its own source. */
import { describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { CatalogAnswer, Damage, Problem, StatusAnswer } from '../../../query-api/wire.ts'
import { type Command } from '../../../store/connection/connection.ts'
import { catalogKey } from '../../../store/keys.ts'
import { NOW_MS, source, store, app, asking, get, series, damagedBy, askOf } from './damaged-store.ts'

/** Sets the catalog to one generation of that text, which answers. */
const ofGeneration =
  (text: string) =>
  (key: string): Command[] => [['HSET', key, 'active', 1, 'partitions', 1, 'g:1', text]]

describe('a catalog', () => {
  const named = (damaged: readonly Damage[], key: string): Damage | undefined =>
    damaged.find((one) => one.key === key)
  const entry = (change: object): string =>
    JSON.stringify({ source: { ...source('newer'), ...change }, def: 'd', state: 'active', sinceMs: 1 })

  test.each<[string, (key: string) => Command[], RegExp]>([
    ['of another program', (key) => [['SET', key, 'x']], /^is not a hash$/],
    ['that is a list', (key) => [['LPUSH', key, 'x']], /^is not a hash$/],
    ['with nothing of ours in it', (key) => [['HSET', key, 'foo', 'bar']], /names no generation/],
    ['that is no JSON', ofGeneration('{'), /^is not JSON$/],
    [
      'of another layout',
      ofGeneration('{"source":{"name":"newer"},"def":"d","state":"active","sinceMs":1}'),
      /definition of this layout \(source\.topic/,
    ],
    [
      'with a metric that a newer version knows',
      ofGeneration(entry({ metrics: [{ kind: 'medians', name: 'visitors', field: 'visitor', where: [] }] })),
      /source\.metrics\.0/,
    ],
    [
      'without partitions',
      (key) => [['HSET', key, 'active', 1, 'partitions', 'many', 'g:1', entry({})]],
      /no number of partitions/,
    ],
    [
      'of more partitions than there can be',
      (key) => [['HSET', key, 'active', 1, 'partitions', 9e15, 'g:1', entry({})]],
      /more partitions than any topic has/,
    ],
    [
      'whose metric is of a field that is not there',
      ofGeneration(
        entry({ metrics: [{ kind: 'sum', name: 'x', field: 'price', decimals: 0, where: [], rank: [] }] }),
      ),
      /metric x is of price, which is no field/,
    ],
    [
      'whose breakdown is of a field that is not there',
      ofGeneration(
        entry({
          breakdowns: [
            { name: 'all', fields: [] },
            { name: 'city', fields: ['city'] },
          ],
        }),
      ),
      /breakdown city is of city/,
    ],
    [
      'whose intervals are in no order',
      ofGeneration(
        entry({
          intervals: [
            { name: '1m', ms: 60_000, keepMs: null },
            { name: '1s', ms: 1000, keepMs: null },
          ],
        }),
      ),
      /1s is not longer/,
    ],
    [
      'whose bounds are no numbers',
      ofGeneration(entry({ futureMs: 'soon', budget: null })),
      /futureMs is no number/,
    ],
    ['of another source', ofGeneration(entry({ name: 'other' })), /definition of other/],
  ])('%s is named, and harms no other source', async (_, commands, told) => {
    const key = catalogKey('newer')
    await damagedBy([key], commands(key), () =>
      asking(async () => {
        for (const url of ['/v1/status', '/v1/catalog']) {
          const { status, body } = await get<StatusAnswer & CatalogAnswer>(url)
          expect(status).toBe(200)
          expect(body.sources.map((one) => one.source)).toEqual(['sick', 'sound'])
          expect(named(body.damaged, key)!.why).toMatch(told)
          expect(named(body.damaged, key)!.todo).not.toBe('')
        }
        expect((await series('sick')).body.meta.complete).toBe(1)
        const asked = await get<Problem>('/v1/series?metric=newer.events')
        expect([asked.status, asked.body.type]).toEqual([503, 'urn:tidemark:problem:store_damaged'])
        expect(asked.body.detail).toContain(key)
      }),
    )
  })

  test('a generation of a newer layout beside the one that answers does it no harm', async () => {
    const key = catalogKey('sick')
    await damagedBy([key], [['HSET', key, 'g:2', '{"layout":9}']], () =>
      asking(async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [6] }],
        })
        expect((await get<StatusAnswer>('/v1/status')).body.sources[0]!.damaged).toMatchObject([
          { key, field: 'g:2' },
        ])
      }),
    )
  })

  test.each<[string, (key: string) => Command[]]>([
    ['lost', (key) => [['DEL', key]]],
    ['overwritten', (key) => [['SET', key, 'x']]],
  ])(
    'that is %s under a server that runs: it goes on with what it knew, and says so',
    async (_, commands) => {
      const key = catalogKey('sick')
      let at = NOW_MS
      askOf(await createServer({ store, version: '0', pageDirectory: null, now: () => at }))
      try {
        expect((await series('sick')).body.meta.catalogLost).toBeUndefined()
        await damagedBy([key], commands(key), async () => {
          at += 1001
          const { status, body } = await series('sick')
          expect([status, body.series![0]!.values, body.meta.complete]).toEqual([200, [6], 1])
          expect(body.meta.catalogLost).toMatch(/catalog/)
          expect((await get<CatalogAnswer>('/v1/catalog')).body.sources.map((one) => one.source)).toEqual([
            'sick',
            'sound',
          ])
          expect((await get<StatusAnswer>('/v1/status')).body.sources[0]).toMatchObject({
            source: 'sick',
            provenance: { catalogLost: body.meta.catalogLost },
          })
        })
        at += 1001
        expect((await series('sick')).body.meta.catalogLost).toBeUndefined()
      } finally {
        await app.close()
      }
    },
  )

  test('that is lost before a server ever read it: the source is not told as one that never was', async () => {
    const key = catalogKey('sick')
    await damagedBy([key], [['DEL', key]], () =>
      asking(async () => {
        const { status, body } = await get<Problem>('/v1/series?metric=sick.events')
        expect([status, body.type]).toEqual([503, 'urn:tidemark:problem:store_damaged'])
        expect((await get<Problem>('/v1/series?metric=never.events')).status).toBe(404)
      }),
    )
  })
})
