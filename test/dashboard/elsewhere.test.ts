/** A page of another origin, and a foreign name that points here, in a real browser. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import type { LogProducer } from '../../log/log.ts'
import { createServer as createApi } from '../../query-api/http/server.ts'
import type { Store } from '../../store/connection/connection.ts'
import { locate, needs } from '../harness/needs.ts'
import { testSource } from '../query-api/fill.ts'

const { test } = needs('chromium')
const away = (): Promise<never> => Promise.reject(new Error('no store here'))
const store = {
  call: away,
  pipeline: away,
  subscribe: away,
  info: away,
  scan: away,
  close: async () => {},
} as unknown as Store
const taken: string[] = []
const producer: LogProducer = {
  send: async (_, records) => {
    taken.push(...records.map(({ value }) => (JSON.parse(String(value)) as { country: string }).country))
    return records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] }))
  },
  close: async () => {},
}
let browser: Browser
let elsewhere: Server
let port: number
let closed: FastifyInstance
let named: FastifyInstance

beforeAll(async () => {
  elsewhere = createServer((_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>a page from elsewhere</title>'),
  )
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done))
  port = (elsewhere.address() as AddressInfo).port
  const serve = async (allowOrigins: string[]): Promise<FastifyInstance> => {
    const app = await createApi({
      store,
      version: '0',
      pageDirectory: null,
      httpAccess: { allowOrigins },
      plugins: [collector({ producer, sources: [testSource('web')], log: () => {} })],
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    return app
  }
  closed = await serve([])
  named = await serve([`http://127.0.0.1:${port}`])
  browser = await chromium.launch({
    executablePath: locate('chromium')!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--host-resolver-rules=MAP rebind.example 127.0.0.1',
    ],
  })
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([closed?.close(), named?.close(), new Promise((done) => elsewhere.close(done))])
})

const portOf = (app: FastifyInstance): number => Number(new URL(app.listeningOrigin).port)
const event = (country: string): string => JSON.stringify({ country, visitor: 'somebody-else' })

/** Runs in the page: every way that it has to send. */
const ATTACK = `async ({ url, mark, event }) => {
  const said = []
  const read = (name, asked) => asked.then(async (response) => said.push(name + ': ' + (response.type === 'opaque' ? 'opaque' : response.status + ' ' + Object.keys(await response.json()).join())), () => said.push(name + ': failed'))
  const body = (way) => event.replace(mark, mark + '-' + way)
  await read('no-cors', fetch(url, { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: body('fetch') }))
  await read('json', fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body('json') }))
  navigator.sendBeacon(url, body('beacon'))
  const form = Object.assign(document.createElement('form'), { action: url, method: 'post', enctype: 'text/plain', target: 'out' })
  form.append(Object.assign(document.createElement('input'), { name: body('form').slice(0, -1), value: '}' }))
  document.body.append(Object.assign(document.createElement('iframe'), { name: 'out' }), form)
  form.submit()
  await new Promise((done) => setTimeout(done, 800))
  return said
}`
/** Answers what it could read of each. */
const attack = (page: Page, url: string, mark: string): Promise<string[]> =>
  page.evaluate<string[]>(`(${ATTACK})(${JSON.stringify({ url, mark, event: event(mark) })})`)

test('what another page sends is not taken, by any way that a page has', { timeout: 60_000 }, async () => {
  for (const host of ['localhost', '127.0.0.1']) {
    const page = await browser.newPage()
    await page.goto(`http://${host}:${port}/`)
    const said = await attack(
      page,
      `http://127.0.0.1:${portOf(closed)}/v1/events?source=web`,
      `closed-${host}`,
    )
    expect(said).toContain('json: failed')
    await page.close()
  }
  expect(taken.filter((one) => one.startsWith('closed'))).toEqual([])
})

test('a page of an origin that was named sends, and reads its verdicts', { timeout: 60_000 }, async () => {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  expect(await attack(page, `http://127.0.0.1:${portOf(named)}/v1/events?source=web`, 'named')).toContain(
    'json: 202 accepted,rejected,items',
  )
  await expect
    .poll(() => taken, { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['named-fetch', 'named-json', 'named-beacon']))
  await page.goto(`http://localhost:${port}/`)
  await attack(page, `http://127.0.0.1:${portOf(named)}/v1/events?source=web`, 'unnamed')
  expect(taken.filter((one) => one.startsWith('unnamed'))).toEqual([])
  await page.close()
})

test('a foreign name that points here reads nothing, and sends nothing', { timeout: 60_000 }, async () => {
  const page = await browser.newPage()
  const opened = await page.goto(`http://rebind.example:${portOf(closed)}/`)
  expect(opened!.status()).toBe(421)
  const said = await attack(page, `http://rebind.example:${portOf(closed)}/v1/events?source=web`, 'rebound')
  expect(said).toEqual(['no-cors: 421 type,title,status,detail', 'json: 421 type,title,status,detail'])
  expect(await page.evaluate(() => fetch('/v1/catalog').then((response) => response.status))).toBe(421)
  // Its own page, by its own name, does as ever.
  await page.goto(`http://localhost:${portOf(closed)}/`)
  expect(await attack(page, `http://localhost:${portOf(closed)}/v1/events?source=web`, 'own')).toContain(
    'json: 202 accepted,rejected,items',
  )
  await expect
    .poll(() => taken, { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['own-fetch', 'own-json', 'own-beacon']))
  expect(taken.filter((one) => one.startsWith('rebound'))).toEqual([])
  await page.close()
})
