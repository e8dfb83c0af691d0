import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { openProducer } from '../../log/kafka.ts'
import type { ProducerRecord } from '../../log/log.ts'
import type { RejectsAnswer, SeriesAnswer } from '../../query-api/wire.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { recount, startTidemark, type RunningCommand } from '../harness/tidemark.ts'

/** What producers really send, through every process: numbers as names, in quotes, keys and headers, rows, frames, zones, paths, repeats. */
const { test } = needs('store', 'python3')
const data = mkdtempSync(join(tmpdir(), 'tidemark-forms-'))
let up: RunningCommand | undefined

afterAll(async () => {
  await up?.stop()
  rmSync(data, { recursive: true, force: true })
})

const json = (value: unknown): string => JSON.stringify(value)

test('every form is counted as its definition says, after a restart too, and the recount agrees', {
  timeout: 180_000,
}, async () => {
  const [port, kafka, store] = await Promise.all([freePort(), freePort(), freePort()])
  const url = `http://127.0.0.1:${port}`
  const get = async <T>(path: string): Promise<T> => (await fetch(url + path)).json() as Promise<T>
  const forms = 'test/real-input/forms.yaml'
  const start = async (definition = forms): Promise<void> => {
    const ports = ['--port', `${port}`, '--kafka-port', `${kafka}`, '--store-port', `${store}`]
    up = startTidemark(['up', '--definition', definition, '--data', data, ...ports])
    const sources = (): Promise<number> =>
      get<{ sources: object[] }>('/v1/catalog').then(
        (one) => one.sources.length,
        () => 0,
      )
    await expect.poll(sources, { timeout: 60_000, interval: 300 }).toBe(7)
  }
  await start()

  const now = Date.now()
  const berlin = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const frame = (id: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 0, id >> 8, id & 255]), Buffer.from(value)])
  const event = (messageId: string): object => ({ messageId, visitor: 'u1', amount: 49.9, ts: now })
  const sent: Record<string, ProducerRecord[]> = {
    pages: [
      `{"user":12345,"ts":${now},"status":200,"bot":false}`,
      `{"user":12345,"ts":${now},"status":200.0,"bot":false}`,
      `{"user":1234567890123456788,"ts":${now},"status":404,"bot":true}`,
      `{"user":1234567890123456789,"ts":${now},"status":500}`,
    ].map((value) => ({ key: 'k', value })),
    meters: ['"412.0731"', '"00412.2"', '"N"', '412.4964', '"412,52"', '"412.7000"', '"0x1F"'].map(
      (value, n) => ({
        key: 'water-1',
        value: `{"device":"water-1","timestamp":"${now}","value":${value},"rate":${n < 2 ? '"0.00041"' : '""'}}`,
      }),
    ),
    plants: [
      {
        key: 'plant-1',
        value: json([
          { ts: now, values: { temp: 21, hum: 40 } },
          { ts: now, values: { temp: 22 } },
        ]),
      },
      {
        key: 'plant-2',
        value: `${json({ values: { temp: 23, state: 'ok' } })}\n{"values":\n`,
        headers: { ce_time: new Date(now).toISOString() },
      },
      { key: 'plant-2', value: json({ values: { temp: 1 } }) },
    ],
    framed: [
      { key: 'd', value: frame(12, json({ device: 'd', value: 6, ts: berlin.format(now) })) },
      { key: 'd', value: frame(257, `\ufeff${json({ device: 'd', value: 7, ts: now })}`) },
      { key: 'd', value: json({ device: 'd', value: 8, ts: new Date(now).toUTCString() }) },
    ],
    sites: [
      '/blog',
      '/blog/',
      '/blog?utm_source=x',
      '/blog?utm_source=y&fbclid=abc',
      '/blog#top',
      '/%C3%BCber',
      '/über',
      '/u\u0308ber',
      '/#/blog',
      '/',
      '/bad%E0%A4',
    ].map((path) => ({ key: 'v', value: json({ visitor: 'v', path, ts: now }) })),
    articles: [
      ['DE', ['News', 'sport', 'news']],
      ['DE', ['sport', 'x', 'LONG']],
      ['FR', []],
      ['FR', null],
      ['FR', 'news'],
      ['FR', [['news']]],
      ['FR', Array.from({ length: 21 }, (_, n) => `t${n}`)],
    ].map(([country, tags], n) => ({
      key: 'r',
      value: json({ reader: `r${n}`, country, tags, ts: now }).replace('"LONG"', '12345678901234567'),
    })),
    shop: [{ key: 'u1', value: json(event('m-1')) }],
  }
  const producer = await openProducer({ brokers: [`127.0.0.1:${kafka}`], clientId: 'forms' })
  for (const [topic, records] of Object.entries(sent)) await producer.send(topic, records)
  await producer.close()
  const post = (source: string, body: object, headers = {}): Promise<number> =>
    fetch(`${url}/v1/events?source=${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: json(body),
    }).then(({ status }) => status)
  const { messageId: _, ...bare } = event('') as Record<string, unknown>
  expect([await post('shop', event('m-1')), await post('shop', event('m-1'))]).toEqual([202, 202])
  expect(await post('shop', { ...bare, id: 'm-2' })).toBe(202)
  for (let n = 0; n < 2; n++) expect(await post('shop', bare, { 'idempotency-key': 'm-3' })).toBe(202)
  expect(await post('plants', { values: { temp: 1 } })).toBe(400)
  expect(await post('plants', { device: 'plant-3', values: { temp: 5 } })).toBe(202)

  const total = async (metric: string, by = ''): Promise<Record<string, number>> => {
    const range = `from=${now - 60_000}&to=${now + 120_000}&interval=1m`
    const { series } = await get<Pick<SeriesAnswer, 'series'>>(
      `/v1/series?metric=${metric}&${range}${by && `&by=${by}`}`,
    )
    return Object.fromEntries(
      (series ?? []).map(({ labels, values }) => [
        String(Object.values(labels)[0] ?? (by === '' ? 'all' : '(none)')),
        Math.round(values.reduce<number>((sum, value) => sum + (value ?? 0), 0) * 1e6) / 1e6,
      ]),
    )
  }
  type Status = { sources: { source: string; partitions: { events: Record<string, number> }[] }[] }
  const ledger = async (source: string): Promise<Record<string, number>> => {
    const found = (await get<Status>('/v1/status')).sources.find((one) => one.source === source)!
    const all: Record<string, number> = {}
    for (const { events } of found.partitions)
      for (const [name, count] of Object.entries(events)) all[name] = (all[name] ?? 0) + count
    return all
  }
  const look = async (): Promise<void> => {
    const settled = { timeout: 40_000, interval: 300 }
    await expect
      .poll(() => ledger('shop'), settled)
      .toEqual({ counted: 3, late: 0, rejected: 0, duplicate: 3 })
    await expect
      .poll(() => ledger('plants'), settled)
      .toEqual({ counted: 6, late: 0, rejected: 2, duplicate: 0 })
    await expect.poll(() => ledger('sites'), settled).toMatchObject({ counted: 11 })
    await expect.poll(() => ledger('framed'), settled).toMatchObject({ counted: 3 })
    await expect.poll(() => ledger('meters'), settled).toMatchObject({ counted: 4, rejected: 3 })
    await expect.poll(() => ledger('pages'), settled).toMatchObject({ counted: 4 })
    expect(await total('pages.views', 'status')).toEqual({ 200: 2, 404: 1, 500: 1 })
    expect(await total('pages.views', 'bot')).toEqual({ true: 1, false: 2, '(none)': 1 })
    expect([await total('pages.bots'), await total('pages.missing')]).toEqual([{ all: 1 }, { all: 1 }])
    expect([await total('meters.value'), await total('meters.rate')]).toEqual([
      { all: 1649.4695 },
      { all: 0.00082 },
    ])
    expect(await total('plants.value', 'device')).toEqual({ 'plant-1': 83, 'plant-2': 24, 'plant-3': 5 })
    expect(await total('plants.value', 'signal')).toEqual({ temp: 72, hum: 40 })
    expect(await total('framed.value')).toEqual({ all: 21 })
    expect(await total('sites.views', 'path')).toEqual({
      '/blog': 5,
      '/über': 3,
      '/#/blog': 1,
      '/': 1,
      '/bad%E0%A4': 1,
    })
    expect(await total('sites.views', 'campaign')).toMatchObject({ x: 1, y: 1 })
    await expect.poll(() => ledger('articles'), settled).toMatchObject({ counted: 5, rejected: 2 })
    expect(await total('articles.views', 'tags')).toEqual({
      news: 2,
      sport: 2,
      x: 1,
      '12345678901234567': 1,
      '(none)': 2,
    })
    expect([await total('articles.views'), await total('articles.readers')]).toEqual([{ all: 5 }, { all: 5 }])
    expect([await total('articles.news'), await total('articles.rest')]).toEqual([{ all: 2 }, { all: 3 }])
    expect(await total('articles.views', 'country')).toEqual({ DE: 2, FR: 3 })
    expect(await total('articles.views', 'country&where=tags:is:sport')).toEqual({ DE: 2 })
    const range = `from=${now - 60_000}&to=${now + 120_000}`
    expect(await get(`/v1/top?metric=articles.views&by=tags&limit=2&${range}`)).toMatchObject({
      rows: [{ value: 2 }, { value: 2 }],
      others: { count: 3, value: null },
      total: { value: null },
    })
    // No breakdown holds it: two of its values may be of one event. The log does.
    const either = (): Promise<number> =>
      get<SeriesAnswer>(
        `/v1/series?metric=articles.views&interval=1m&where=tags:is:news,sport&${range}`,
      ).then(({ series }) => (series[0]?.values ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0))
    await expect.poll(either, settled).toBe(3)
    expect(await total('shop.revenue')).toEqual({ all: 149.7 })
    const { rows } = await get<RejectsAnswer>('/v1/rejects?source=plants')
    expect(rows.map(({ reason, raw }) => [reason, raw]).sort()).toEqual([
      ['not_json', '{"values":'],
      ['wrong_type', json({ values: { temp: 23, state: 'ok' } })],
    ])
  }
  await look()
  const entities = await get<{ rows: { entity: string }[] }>('/v1/entities?source=pages')
  expect(entities.rows.map(({ entity }) => entity).sort()).toEqual(
    ['1234567890123456788', '1234567890123456789', '12345'].sort(),
  )
  await up!.stop()
  await start()
  expect(await post('shop', event('m-1'))).toBe(202)
  await expect
    .poll(() => ledger('shop'), { timeout: 40_000, interval: 300 })
    .toEqual({ counted: 3, late: 0, rejected: 0, duplicate: 4 })
  expect(await total('shop.events')).toEqual({ all: 3 })

  // Another definition: the source is counted anew from the log, its repeats too, and knows them from then on.
  await up!.stop()
  const more = join(data, 'more.yaml')
  const shop = 'metrics: { events: count, '
  writeFileSync(more, readFileSync(forms, 'utf8').replace(shop, `${shop}again: count, `))
  await start(more)
  await expect.poll(() => total('shop.again'), { timeout: 60_000, interval: 300 }).toEqual({ all: 3 })
  expect(await ledger('shop')).toEqual({ counted: 3, late: 0, rejected: 0, duplicate: 4 })
  expect([await post('shop', event('m-1')), await post('shop', event('m-4'))]).toEqual([202, 202])
  await expect
    .poll(() => ledger('shop'), { timeout: 40_000, interval: 300 })
    .toEqual({ counted: 4, late: 0, rejected: 0, duplicate: 5 })
  const audited = await recount([
    '--log',
    join(data, 'broker'),
    '--store',
    `127.0.0.1:${store}`,
    '--store-password-file',
    join(data, 'store', 'password'),
    '--min-cells',
    '60',
  ])
  expect(audited.said).toContain('0 missing, 0 extra, 0 different')
  expect(audited.code).toBe(0)
})
