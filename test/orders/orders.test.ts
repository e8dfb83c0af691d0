import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect } from 'vitest'
import { openProducer } from '../../log/kafka.ts'
import type { RejectsAnswer, SeriesAnswer } from '../../query-api/wire.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { recount, startTidemark, type RunningCommand } from '../harness/tidemark.ts'

/** The steps of docs/orders.md, with the commands as they stand there. */
const { test } = needs('store', 'python3')
const root = resolve(import.meta.dirname, '../..')
const data = mkdtempSync(join(tmpdir(), 'tidemark-orders-'))
let up: RunningCommand | undefined

afterAll(async () => {
  await up?.stop()
  rmSync(data, { recursive: true, force: true })
})

/** The curl of the docs: what it posts, with the time of now. */
function orderOfTheDocs(): string {
  const text = readFileSync(join(root, 'docs/orders.md'), 'utf8')
  const body = /events\?source=orders' .* -d '(\{.*\})'\n/.exec(text)![1]!
  return body.replace("'$(date -u +%FT%TZ)'", new Date().toISOString())
}

test("from nothing to a live chart of a topic of one's own", { timeout: 90_000 }, async () => {
  const check = startTidemark(['check', 'examples/orders.yaml'])
  expect(await check.ended).toBe(0)
  expect(check.said()).toContain('revenue')

  const [port, kafka, store] = await Promise.all([freePort(), freePort(), freePort()])
  up = startTidemark([
    'up',
    '--definition',
    'examples/orders.yaml',
    '--data',
    data,
    '--port',
    `${port}`,
    '--kafka-port',
    `${kafka}`,
    '--store-port',
    `${store}`,
  ])
  const url = `http://127.0.0.1:${port}`
  const get = async <T>(path: string): Promise<T> => (await fetch(url + path)).json() as Promise<T>
  await expect
    .poll(
      () =>
        get<{ sources: object[] }>('/v1/catalog').then(
          ({ sources }) => sources.length,
          () => 0,
        ),
      { timeout: 40_000, interval: 300 },
    )
    .toBe(1)

  const posted = await fetch(`${url}/v1/events?source=orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: orderOfTheDocs(),
  })
  expect(posted.status).toBe(202)
  const producer = await openProducer({ brokers: [`127.0.0.1:${kafka}`], clientId: 'shop' })
  const order = (n: number, more: object = {}): { key: string; value: string } => ({
    key: `c-${n}`,
    value: JSON.stringify({
      id: `o-${n}`,
      meta: { placedAt: new Date().toISOString() },
      status: n % 5 === 0 ? 'cancelled' : 'paid',
      customer: { id: `c-${n}` },
      country: 'NL',
      payment: { amount: 10.01 },
      ...more,
    }),
  })
  await producer.send('orders', [
    ...Array.from({ length: 49 }, (_, n) => order(n)),
    order(50, { payment: { amount: 'much' } }),
  ])
  await producer.close()

  const total = async (metric: string, by = ''): Promise<Record<string, number>> => {
    const { series } = await get<Pick<SeriesAnswer, 'series'>>(
      `/v1/series?metric=orders.${metric}&from=now-5m&interval=1s${by && `&by=${by}`}`,
    )
    return Object.fromEntries(
      series.map(({ labels, values }) => [
        Object.values(labels)[0] ?? 'all',
        Math.round(values.reduce<number>((sum, value) => sum + (value ?? 0), 0) * 100) / 100,
      ]),
    )
  }
  await expect.poll(() => total('orders'), { timeout: 20_000, interval: 200 }).toEqual({ all: 50 })
  expect(await total('orders', 'country')).toEqual({ DE: 1, NL: 49 })
  expect(await total('revenue')).toEqual({ all: Math.round((39 * 10.01 + 149.9) * 100) / 100 })
  expect(await total('fees')).toEqual({ all: 2.35 })
  const { rows } = await get<RejectsAnswer>('/v1/rejects?source=orders')
  expect(rows).toMatchObject([
    { reason: 'wrong_type', detail: expect.stringContaining('"much" is not a number') },
  ])
  const page = await (await fetch(url)).text()
  expect(page).toContain('<title>')

  const audited = await recount([
    '--log',
    join(data, 'broker'),
    '--store',
    `127.0.0.1:${store}`,
    '--store-password-file',
    join(data, 'store', 'password'),
    '--min-cells',
    '20',
  ])
  expect(audited.said).toContain('0 missing, 0 extra, 0 different')
  expect(audited.code).toBe(0)
})
