import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type {
  CatalogAnswer,
  RejectsAnswer,
  SeriesAnswer,
  StatusAnswer,
  TailAnswer,
} from '../../../query-api/wire.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { freePort } from '../../harness/ports.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'

let app: FastifyInstance
let filler: Filler
let nowMs = Date.parse('2026-03-04T05:00:10Z')
const T0 = Date.parse('2026-03-04T05:00:00Z')
const page = mkdtempSync(join(tmpdir(), 'tidemark-page-'))

beforeAll(async () => {
  mkdirSync(join(page, 'assets'))
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Tidemark</title>')
  writeFileSync(join(page, 'assets/index-1a2b.js'), 'export {}')
  app = await createServer({ store, version: '1.2.3', pageDirectory: page, now: () => nowMs })
  filler = new Filler(store, testSource('web'), 2)
  await filler.open()
  await filler.applyBatch(
    0,
    [{ ts: T0, country: 'DE' }, { ts: T0 + 1000, country: 'a,"b"' }, '{broken'],
    nowMs - 2,
  )
  await filler.applyBatch(1, [[{ ts: T0 + 1 }, { ts: T0 + 2 }]], nowMs - 1, { via: 'http' })
  await filler.applyBatch(0, [], nowMs)
  await filler.applyBatch(1, [], nowMs)
})
afterAll(async () => {
  await app?.close()
  rmSync(page, { recursive: true, force: true })
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
const range = `from=${T0}&to=${T0 + 2000}&interval=1s`

describe('answers', () => {
  test('events: newest first, merged, filtered', async () => {
    const all = (await get('/v1/events?source=web')).json<TailAnswer>()
    expect(all.rows.map(({ partition, offset, index }) => [partition, offset, index])).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ])
    expect(all.rows[1]).toMatchObject({
      source: 'web',
      atMs: T0 + 2,
      via: 'http',
      raw: JSON.stringify({ ts: T0 + 2 }),
    })
    expect((await get('/v1/events?source=web&limit=1')).json<TailAnswer>().rows).toHaveLength(1)
    expect(
      (await get('/v1/events?source=web&via=http'))
        .json<TailAnswer>()
        .rows.every(({ via }) => via === 'http'),
    ).toBe(true)
    expect((await get('/v1/events?source=web&via=carrier%20pigeon')).json<TailAnswer>().rows).toEqual([])
  })

  test('rejects keep their evidence', async () => {
    const { rows } = (await get('/v1/rejects?source=web')).json<RejectsAnswer>()
    expect(rows).toMatchObject([
      { source: 'web', partition: 0, offset: 2, reason: 'not_json', raw: '{broken', bytes: 7 },
    ])
  })

  test('status: every partition, its ledgers, the sum of all', async () => {
    const status = (await get('/v1/status')).json<StatusAnswer>()
    expect(status).toMatchObject({ nowMs, version: '1.2.3', rewinds: 0 })
    const source = status.sources.find(({ source }) => source === 'web')!
    expect(source.partitions).toMatchObject([
      {
        partition: 0,
        first: 0,
        next: 3,
        end: 3,
        stale: false,
        events: { counted: 2, rejected: 1 },
        offsets: { data: 3 },
        lateByInterval: { '1s': 0, '1m': 0, '1h': 0 },
      },
      { partition: 1, next: 1, events: { counted: 2 } },
    ])
    expect(source.provenance).toMatchObject({
      vector: { 0: 3, 1: 1 },
      complete: 1,
      lagMs: 0,
      behindRecords: 0,
    })
    expect(status.recentRejects).toHaveLength(1)
  })

  test('catalog: what can be asked', async () => {
    const { sources } = (await get('/v1/catalog')).json<CatalogAnswer>()
    expect(sources).toMatchObject([
      {
        source: 'web',
        partitions: 2,
        breakdowns: [['country'], ['country', 'device']],
        intervals: [{ name: '1s' }, { name: '1m' }, { name: '1h' }],
        metrics: [
          { metric: 'web.events', stats: ['count'], addsUp: ['count'] },
          { metric: 'web.phones', where: ['device:is:phone'] },
          { metric: 'web.revenue', field: 'paid' },
          { metric: 'web.load', stats: ['avg', 'count', 'sum', 'min', 'max', 'stddev'] },
        ],
      },
    ])
  })

  test('rows and csv hold the same points', async () => {
    const query = `/v1/series?metric=web.events&by=country&${range}`
    const columns = (await get(query)).json<SeriesAnswer>()
    const { rows } = (await get(`${query}&format=rows`)).json<{ rows: Record<string, unknown>[] }>()
    expect(rows).toHaveLength(columns.series.length * columns.timesMs.length)
    expect(rows).toContainEqual({ country: 'DE', timeMs: T0, 'web.events': 1 })
    const csv = await get(`${query}&format=csv`)
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.body).toContain('time,country,web.events\r\n')
    expect(csv.body).toContain('2026-03-04T05:00:01.000Z,"a,""b""",1\r\n')
  })

  test('an answer that is known is not sent again, until something is applied', async () => {
    const url = `/v1/series?metric=web.events&${range}`
    const first = await get(url)
    const etag = String(first.headers['etag'])
    expect((await get(url, { 'if-none-match': etag })).statusCode).toBe(304)
    expect((await get(`/v1/series?${range}&metric=web.events`, { 'if-none-match': etag })).statusCode).toBe(
      304,
    )
    expect((await get(`${url}&by=country`, { 'if-none-match': etag })).statusCode).toBe(200)
    await filler.applyBatch(1, [{ ts: T0 + 5 }], nowMs)
    const next = await get(url, { 'if-none-match': etag })
    expect(next.statusCode).toBe(200)
    expect(next.headers['etag']).not.toBe(etag)
  })
})

describe('bad requests are problems, never failures', () => {
  test.each<[string, number]>([
    ['/v1/series', 400],
    ['/v1/series?metric=web.events&metric=web.events', 400],
    ['/v1/series?metric[]=web.events', 400],
    ['/v1/series?metric=web.events&colour=red', 400],
    ['/v1/series?metric=web.events&from=now&to=now-1h', 400],
    ['/v1/series?metric=web.events&from=1926-01-01T00:00:00Z', 400],
    ['/v1/series?metric=web.events&from=1970-01-01&interval=1s', 400],
    ['/v1/series?metric=web.events&limit=-1', 400],
    ['/v1/series?metric=web.events&limit=1e9', 400],
    ['/v1/series?metric=web.events&limit=1.5', 400],
    ['/v1/series?metric=web.events%00', 400],
    ['/v1/series?metric=web.events&where=country:is:%00', 400],
    ['/v1/series?metric=web.events&where=country:is:%E0%A4%A', 400],
    [`/v1/series?metric=web.events&${'where=country:is:x&'.repeat(400)}`, 400],
    [`/v1/series?metric=web.events&where=country:is:${'x'.repeat(9000)}`, 414],
    ['/v1/series?metric=web.events&where=country:is:(a%2B)%2B$', 200],
    ['/v1/series?metric=web.events&by=constructor', 400],
    ['/v1/series?metric=constructor.events', 404],
    ['/v1/series?metric=web.constructor', 404],
    ['/v1/series?metric=web.events&by=country,visitor', 422],
    ['/v1/events', 400],
    ['/v1/events?source=nobody', 404],
    ['/v1/events?source=web&limit=501', 400],
    ['/v1/rejects?source=web&via=x', 400],
    ['/v1/status?x=1', 400],
    ['/v1/catalog?x', 400],
    ['/v1/live', 400],
    ['/v1/live?x=1', 400],
    [`/v1/live?${'q=series&'.repeat(33)}`, 400],
    ['/v1/nothing', 404],
    ['/v1/', 404],
    ['/v1/series/', 404],
    ['/../../etc/passwd', 404],
    ['/%2e%2e/%2e%2e/etc/passwd', 404],
    ['/%', 400],
  ])('%s -> %i', async (url, status) => {
    const response = await get(url)
    expect(response.statusCode).toBe(status)
    if (status === 200) return
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json()).toMatchObject({
      type: expect.stringMatching(/^urn:tidemark:problem:/),
      status,
      title: expect.any(String),
      detail: expect.any(String),
    })
  })

  test('other methods', async () => {
    expect((await app.inject({ method: 'DELETE', url: '/v1/series' })).statusCode).toBe(405)
    expect((await app.inject({ method: 'POST', url: '/v1/nothing', payload: {} })).statusCode).toBe(404)
  })

  test('bytes that are no HTTP, and headers without end', async () => {
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
    const answered = (bytes: string): Promise<string> =>
      new Promise((resolve) => {
        let said = ''
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
        socket.on('data', (data) => (said += data))
        socket.on('close', () => resolve(said))
        socket.on('error', () => resolve(said))
      })
    expect(await answered('\x16\x03\x01junk\r\n\r\n')).toContain('400')
    expect(
      await answered(`GET /v1/series?${'x'.repeat(40_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    ).toContain('431')
    expect((await get('/livez')).statusCode).toBe(200)
  })
})

describe('page, probes, headers', () => {
  test('the page is asked for each time, what is named by its content is kept', async () => {
    const index = await get('/')
    expect([index.statusCode, index.headers['cache-control']]).toEqual([200, 'no-cache'])
    expect(index.headers['content-type']).toContain('text/html')
    expect((await get('/assets/index-1a2b.js')).headers['cache-control']).toContain('immutable')
    expect((await get('/assets/gone.js')).statusCode).toBe(404)
  })

  test('every response is guarded', async () => {
    for (const url of ['/', '/v1/status', '/v1/nothing', '/livez']) {
      const { headers } = await get(url)
      expect(headers['content-security-policy']).toContain("default-src 'self'")
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })

  test('without a built page the API says so in words', async () => {
    const bare = await createServer({ store, version: '0', pageDirectory: join(page, 'nothing') })
    const { statusCode, body } = await bare.inject('/')
    expect([statusCode, body]).toEqual([200, expect.stringContaining('npm run build')])
    await bare.close()
  })

  test('a store that is away: alive, not ready, 503 with Retry-After', async () => {
    const away = await openStore({ url: `redis://127.0.0.1:${await freePort()}` })
    const blind = await createServer({ store: away, version: '0', pageDirectory: null })
    expect((await blind.inject('/livez')).statusCode).toBe(200)
    for (const url of [
      '/readyz',
      '/v1/status',
      '/v1/catalog',
      '/v1/events?source=web',
      '/v1/series?metric=web.events',
    ]) {
      const response = await blind.inject(url)
      expect([url, response.statusCode, response.headers['retry-after']]).toEqual([url, 503, '1'])
      expect(response.json()).toMatchObject({ type: 'urn:tidemark:problem:store_unreachable' })
    }
    await blind.close()
    await away.close()
  })

  test('foreign bytes in the store are told by key, field and what to do, and nothing else falls', async () => {
    const other = new Filler(store, testSource('torn'), 1)
    await other.open()
    await other.applyBatch(0, [{ ts: T0 }], nowMs)
    await store.pipeline(
      [
        ['SET', other.keys(0).tail, 'x'],
        ['HSET', other.keys(0).of(`c:all:1s:0.${Math.floor(T0 / 1000 / 128)}`), '99', 'x'],
      ].map((one) => one as ['SET', string, string]),
    )
    const told = async (url: string): Promise<string> => {
      const { meta } = (await app.inject(url)).json<SeriesAnswer>()
      expect(meta).toMatchObject({ complete: 0, incomplete: [{ partition: 0, state: 'damaged' }] })
      return meta.incomplete![0]!.why
    }
    expect(await told('/v1/events?source=torn')).toMatch(/:tail is not a stream; .*tidemark audit/)
    expect(await told(`/v1/series?metric=torn.events&${range}`)).toMatch(
      /:c:all:1s:0\.\d+ field 99 holds bytes that are not of this layout/,
    )
    expect((await app.inject(`/v1/series?metric=web.events&${range}`)).json()).toMatchObject({
      meta: { complete: 1 },
    })
    nowMs += 1
  })
})
