import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { CatalogAnswer, EntitiesAnswer, EntityRow, LiveReset } from '../../../query-api/wire.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import type { Source } from '../../../model/definition.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler } from '../fill.ts'

let app: FastifyInstance
const NOW = Date.parse('2026-03-04T05:00:00Z')
let nowMs = NOW

function devices(name: string): Source {
  return readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'device',
        time: 'ts',
        fields: { device: 'string', signal: 'string?', value: 'number?', unit: 'string?' },
        breakdowns: ['signal'],
        metrics: { readings: 'count' },
        entity: { online: '2m', last: { by: 'signal', of: ['value', 'unit'] } },
      },
    },
    keep: { '1m': '2d' },
  })[0]!
}

const raw = (device: string, agoMs: number, signal?: string, value?: number): string =>
  JSON.stringify({ ts: NOW - agoMs, device, signal, value, unit: signal === undefined ? undefined : 'C' })

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
  const filler = new Filler(store, devices('plant'), 2)
  await filler.open()
  // 25 devices, each seen 10 s before the next; five more of one millisecond, in both partitions; the last of them spread over both.
  for (let n = 0; n < 25; n++)
    await filler.applyBatch(
      n % 2,
      [raw(`d${n}`, n * 10_000, 'temp', n), raw(`d${n}`, n * 10_000 + 5, 'wind', -n)],
      NOW,
    )
  for (let n = 0; n < 5; n++) await filler.applyBatch(n % 2, [raw(`same${n}`, 1000, 'temp', 1)], NOW)
  await filler.applyBatch(0, [raw('split', 500_000, 'temp', 1), raw('bare', 400)], NOW)
  await filler.applyBatch(1, [raw('split', 30_000, 'temp', 2)], NOW)
  for (const partition of [0, 1]) await filler.applyBatch(partition, [], NOW)
})
afterAll(async () => {
  await app?.close()
})

async function get(query: string): Promise<EntitiesAnswer> {
  const response = await app.inject({ url: `/v1/entities?source=plant${query}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

async function allPages(query: string): Promise<EntityRow[]> {
  const rows: EntityRow[] = []
  for (let next: string | null = ''; next !== null; ) {
    const page: EntitiesAnswer = await get(`${query}${next === '' ? '' : `&cursor=${next}`}`)
    rows.push(...page.rows)
    next = page.next
  }
  return rows
}

describe('/v1/entities', () => {
  test('counts, and the latest values of each', async () => {
    const answer = await get('&limit=3')
    expect(answer.counts).toEqual({ online: 19, quiet: 14, ahead: 0, total: 33 }) // the spread one counts in both partitions
    expect(answer.meta).toMatchObject({
      asOfMs: NOW,
      onlineAfterMs: NOW - 120_000,
      onlineMs: 120_000,
      by: 'signal',
      of: ['value', 'unit'],
      complete: 1,
    })
    expect(answer.rows).toEqual([
      {
        entity: 'd0',
        seenMs: NOW,
        skewMs: 0,
        status: 'online',
        last: [
          { by: 'temp', atMs: NOW, values: { value: 0, unit: 'C' } },
          { by: 'wind', atMs: NOW - 5, values: { value: 0, unit: 'C' } },
        ],
      },
      {
        entity: 'bare',
        seenMs: NOW - 400,
        skewMs: 0,
        status: 'online',
        last: [{ by: null, atMs: NOW - 400, values: { value: null, unit: null } }],
      },
      {
        entity: 'same4',
        seenMs: NOW - 1000,
        skewMs: 0,
        status: 'online',
        last: [{ by: 'temp', atMs: NOW - 1000, values: { value: 1, unit: 'C' } }],
      },
    ])
  })

  test.each(['', '&order=asc', '&sort=name', '&sort=name&order=desc'])(
    'pages%s hold every entity once, in order',
    async (query) => {
      const whole = (await get(`${query}&limit=500`)).rows
      expect(whole.map(({ entity }) => entity).sort()).toEqual(
        [
          ...Array.from({ length: 25 }, (_, n) => `d${n}`),
          ...Array.from({ length: 5 }, (_, n) => `same${n}`),
          'bare',
          'split',
        ].sort(),
      )
      expect(whole.find(({ entity }) => entity === 'split')).toMatchObject({
        seenMs: NOW - 30_000,
        last: [{ values: { value: 2 } }],
      })
      for (const limit of [1, 2, 3, 7]) expect(await allPages(`${query}&limit=${limit}`)).toEqual(whole)
      const by = whole.map((row) => (query.includes('name') ? row.entity : row.seenMs))
      const isDown = query === '' || query.includes('desc')
      expect(by).toEqual(by.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0) * (isDown ? -1 : 1)))
    },
  )

  test('by status', async () => {
    const online = await allPages('&status=online&limit=4')
    const quiet = await allPages('&status=quiet&sort=name&limit=4')
    expect(online.every(({ status, seenMs }) => status === 'online' && seenMs > NOW - 120_000)).toBe(true)
    expect(quiet.every(({ status, seenMs }) => status === 'quiet' && seenMs <= NOW - 120_000)).toBe(true)
    expect([online.length, quiet.length]).toEqual([19, 13])
  })

  test.each<[string, number]>([
    ['source=plant&cursor=x', 400],
    ['source=plant&cursor=bnVsbA', 400],
    ['source=plant&cursor=', 400],
    ['source=plant&sort=age', 400],
    ['source=plant&status=dead', 400],
    ['source=plant&limit=501', 400],
    ['source=nobody', 404],
    ['', 400],
  ])('%s -> %i', async (query, status) =>
    expect((await app.inject(`/v1/entities?${query}`)).statusCode).toBe(status),
  )

  test('a cursor fits its own query only', async () => {
    const { next } = await get('&limit=1')
    expect((await app.inject(`/v1/entities?source=plant&limit=5&cursor=${next}`)).statusCode).toBe(200)
    expect((await app.inject(`/v1/entities?source=plant&sort=name&cursor=${next}`)).statusCode).toBe(400)
  })

  test('a source without entities says so', async () => {
    const { entity: _, ...source } = devices('faceless')
    const filler = new Filler(store, { ...source, entity: null }, 1)
    await filler.open()
    const response = await app.inject('/v1/entities?source=faceless')
    expect([response.statusCode, response.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining('entity:') },
    ])
    const { sources } = (await app.inject('/v1/catalog')).json<CatalogAnswer>()
    expect(sources.find(({ source }) => source === 'plant')!.entity).toEqual({
      field: 'device',
      onlineMs: 120_000,
      last: { by: 'signal', of: ['value', 'unit'] },
    })
  })

  test('latest values by a field of numbers', async () => {
    const [slot] = readDefinition({
      sources: {
        racks: {
          topic: 'racks',
          key: 'device',
          time: 'ts',
          fields: { device: 'string', value: 'number?', unit: 'string?' },
          metrics: { readings: 'count' },
          entity: { online: '2m', last: { by: 'value', of: ['unit'] } },
        },
      },
      keep: { '1m': '2d' },
    })
    const filler = new Filler(store, slot!, 1)
    await filler.open()
    await filler.applyBatch(
      0,
      [raw('r1', 2000, 'x', 2), raw('r1', 1000, 'x', 10), raw('r1', 500, 'x', 2)],
      NOW,
    )
    await filler.applyBatch(0, [], NOW)
    const { rows } = (await app.inject('/v1/entities?source=racks')).json<EntitiesAnswer>()
    expect(rows[0]!.last).toEqual([
      { by: '2', atMs: NOW - 500, values: { unit: 'C' } },
      { by: '10', atMs: NOW - 1000, values: { unit: 'C' } },
    ])
  })

  test('live: whole again when somebody is seen', async () => {
    const filler = new Filler(store, devices('shop'), 1)
    await filler.open()
    await filler.applyBatch(0, [raw('one', 1000, 'temp', 1)], NOW)
    await filler.applyBatch(0, [], NOW)
    const real = await createServer({ store, version: '0', pageDirectory: null })
    const base = await real.listen({ host: '127.0.0.1', port: 0 })
    const source = new TestEventSource(
      `${base}/v1/live?q=${encodeURIComponent('entities?source=shop')}&q=${encodeURIComponent('top?metric=shop.readings&by=signal&from=2026-03-04&to=2026-03-05')}`,
    )
    const rows = ({ event, data }: { event: string; data: unknown }): number =>
      event === 'reset' && (data as LiveReset<EntitiesAnswer>).q === 0
        ? (data as LiveReset<EntitiesAnswer>).answer.rows.length
        : -1
    await source.until((heard) => rows(heard) === 1)
    await source.until(({ event, data }) => event === 'reset' && (data as LiveReset).q === 1)
    await filler.applyBatch(0, [raw('two', 500, 'temp', 1)], NOW)
    await source.until((heard) => rows(heard) === 2)
    source.close()
    await real.close()
  })
})
