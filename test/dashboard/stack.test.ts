import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { locate, needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'

/** The page in front of everything that is real: broker, store, worker, API, on a source of the reader's own. */
const { test } = needs('chromium', 'store')
const data = mkdtempSync(join(tmpdir(), 'tidemark-stack-'))
let browser: Browser
let up: RunningCommand
let args: string[]
let port: number
let kafka: number

beforeAll(async () => {
  let store: number
  ;[kafka, store] = await Promise.all([freePort(), freePort()])
  port = await freePort()
  args = [
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
  ]
  up = startTidemark(args)
  await up.until('up after')
  browser = await chromium.launch({
    executablePath: locate('chromium')!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
})
afterAll(async () => {
  await browser?.close()
  await up?.stop()
  rmSync(data, { recursive: true, force: true })
})

test('from nothing to numbers by its own button; the server goes and comes back', {
  timeout: 120_000,
}, async () => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`http://127.0.0.1:${port}/`)
  const hero = page.locator('[data-panel="hero"]')
  await hero.waitFor({ timeout: 30_000 })
  const value = (title: string) => async () =>
    Number(await page.locator(`[data-tile="${title}"]`).getAttribute('data-value'))
  // The event that the page makes up for a source with nested fields is one that its definition takes.
  await hero.getByRole('tab', { name: 'kcat' }).click()
  await expect.poll(() => hero.locator('.code').textContent()).toContain(`-b 127.0.0.1:${kafka} `)
  await hero.getByRole('button', { name: 'Send this event for me' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send into orders' }).click()
  await hero.waitFor({ state: 'detached', timeout: 20_000 })
  await expect.poll(value('Orders'), { timeout: 10_000 }).toBe(1)

  const order = (n: number): string =>
    JSON.stringify({
      id: `o-${n}`,
      meta: { placedAt: new Date().toISOString() },
      status: n % 4 === 0 ? 'open' : 'paid',
      customer: { id: `c-${n}` },
      country: 'NL',
      payment: { amount: 10.5 },
    })
  const body = Array.from({ length: 40 }, (_, n) => order(n)).join('\n')
  const posted = await fetch(`http://127.0.0.1:${port}/v1/events?source=orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  })
  expect(posted.status).toBe(202)
  await expect.poll(value('Orders'), { timeout: 10_000 }).toBe(41)
  await expect.poll(value('Basket, mean'), { timeout: 10_000 }).toBeCloseTo((40 * 10.5 + 1) / 41, 6)
  const bar = page.locator('[data-panel="top-orders"] tr[data-key="\\"paid\\""]')
  await expect.poll(() => bar.getAttribute('data-value'), { timeout: 15_000 }).toBe('30')
  await page
    .locator(
      '[data-panel="orders.customer"] .dev[data-key="c-1"], [data-panel="orders.customer"] .foot .link',
    )
    .first()
    .waitFor()

  await page.goto(`http://127.0.0.1:${port}/pipeline`)
  await page.locator('[data-panel="partitions"] tr[data-partition="orders/0"]').waitFor()
  expect(await page.locator('[data-ledger][data-balanced="true"]').count()).toBe(2)
  await page.goBack()
  await expect.poll(value('Orders'), { timeout: 10_000 }).toBe(41)

  const chip = page.locator('.scope .fresh')
  await page.locator('.scope .fresh[data-state="exact"]').waitFor({ timeout: 15_000 })
  await up.stop()
  await page.locator('.scope .fresh[data-state="lost"]').waitFor({ timeout: 15_000 })
  expect(await chip.textContent()).toContain('reconnecting')
  expect(await value('Orders')()).toBe(41)
  up = startTidemark(args)
  await page.locator('.scope .fresh[data-state="exact"]').waitFor({ timeout: 60_000 })
  await expect.poll(value('Orders'), { timeout: 10_000 }).toBe(41)
  expect(faults).toEqual([])
  await page.close()
})
