import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { locate, needs } from '../harness/needs.ts'
import { MockServer, valueAt } from './mock-server.ts'

const { describe, test } = needs('chromium')

const folder = mkdtempSync(join(tmpdir(), 'tidemark-page-'))
const dist = join(folder, 'dist')
let browser: Browser
let server: MockServer
let page: Page
/** What the page threw or logged as an error, other than failed connections. */
let faults: string[]

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Shifts of the layout since the page began that no input excuses, summed. */
const shifts = `new Promise((done) => { let sum = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value }).observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum), 100) })`
/** Sizes of all text that can be seen. */
const sizes = `[...new Set([...document.querySelectorAll('body *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') && e.checkVisibility({ visibilityProperty: true }) && e.closest('.sr') === null).map((e) => getComputedStyle(e).fontSize))].sort()`

async function open(search = ''): Promise<void> {
  await page.goto(`${server.address}/${search}`)
  await page.locator('[data-chart="byCountry"] canvas').waitFor()
}
const chip = (panel: string) => page.locator(`[data-panel="${panel}"] .fresh`)
const pageChip = () => page.locator('.scope .fresh')
const toState = (panel: string, state: string) => page.locator(`[data-panel="${panel}"] .fresh[data-state="${state}"]`).waitFor()
const tile = (title: string) => page.locator(`[data-tile="${title}"]`)
const evaluate = <T>(code: string): Promise<T> => page.evaluate(code) as Promise<T>

describe('the page', () => {
  beforeAll(async () => {
    await build({ configFile: resolve('dashboard/vite.config.ts'), logLevel: 'silent', build: { outDir: dist } })
    browser = await chromium.launch({
      executablePath: locate('chromium')!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    server = new MockServer(dist)
    await server.start()
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, timezoneId: 'Europe/Berlin' })
    faults = []
    page.on('pageerror', (error) => faults.push(error.message))
  })
  afterEach(async () => {
    await page.close()
    await server.stop()
    expect(faults).toEqual([])
  })

  test('is under 60 kB of script and style, gzipped', () => {
    const bytes = readdirSync(join(dist, 'assets')).map((file) => gzipSync(readFileSync(join(dist, 'assets', file))).length)
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(60_000)
  })

  test('shows the numbers of the API to the digit', async () => {
    server.mood.stoppedAtMs = Date.now()
    await open()
    const answer = server.series('series?metric=clicks.events&from=now-15m')
    const last = Math.floor(server.mood.stoppedAtMs / 1000) * 1000
    const inRange = (atMs: number): boolean => atMs <= last
    const [shown, said] = await tile('Clicks').evaluate((found) => [Number(found.getAttribute('data-value')), found.querySelector('.val')?.textContent] as const)
    // The range slides while we look: the tile is the sum over a range that began at most some seconds before ours.
    const sums = Array.from({ length: 8 }, (_, back) => {
      let sum = 0
      for (let at = answer.timesMs[0]! - back * 1000; inRange(at); at += 1000) sum += valueAt('clicks.events', null, '', at)
      return sum
    })
    expect(sums).toContain(shown)
    expect(said).toBe(shown.toLocaleString('en-US'))

    await page.getByRole('button', { name: 'Clicks by country as a table' }).click()
    const head = await page.locator('[data-panel="byCountry"] .numbers th').allTextContents()
    expect(head).toEqual(['From', 'Germany', 'France', 'Netherlands', 'Poland', 'United Kingdom', '5 others', 'All'])
    const [start, cells] = await page
      .locator('[data-panel="byCountry"] .numbers tbody tr')
      .first()
      .evaluate((row) => [Number(row.getAttribute('data-start')), [...row.querySelectorAll('td[data-value]')].map((cell) => Number(cell.getAttribute('data-value')))] as const)
    const mean = (names: string[]): number => names.reduce((sum, name) => sum + [0, 1, 2, 3, 4].reduce((all, s) => all + valueAt('clicks.events', 'country', name, start + s * 1000), 0), 0) / 5
    const expected = [['DE'], ['FR'], ['NL'], ['PL'], ['GB'], ['ES', 'IT', 'DK', 'SE', 'US']].map(mean)
    for (const [i, value] of [...expected, expected.reduce((sum, one) => sum + one, 0)].entries()) expect(cells[i]).toBeCloseTo(value, 6)
  })

  test('moves on while live', async () => {
    await open()
    const asOf = async (): Promise<number> => Number(await chip('byCountry').getAttribute('data-as-of'))
    const before = await asOf()
    await expect.poll(asOf).toBeGreaterThan(before + 500)
  })

  test('says exact, partial, behind, stale, and exact again', async () => {
    await open()
    await toState('byCountry', 'exact')
    server.mood.complete = 0.875
    await toState('byCountry', 'partial')
    expect(await chip('byCountry').textContent()).toContain('87.5\u202f% complete')
    expect(await page.locator('[data-panel="byCountry"] [data-why]').textContent()).toContain('have no worker')
    Object.assign(server.mood, { complete: 1, lagMs: 4000, behindRecords: 3412 })
    await toState('bySite', 'behind')
    Object.assign(server.mood, { lagMs: 41, behindRecords: 0, complete: 0, stoppedAtMs: Date.now() - 131_000 })
    await toState('bySite', 'stale')
    expect(await pageChip().textContent()).toMatch(/^stale 2\u202fmin 1\d\u202fs/)
    expect(await tile('Revenue').getAttribute('class')).toContain('is-stale')
    Object.assign(server.mood, { complete: 1, stoppedAtMs: null })
    await toState('bySite', 'exact')
  })

  test('loses its stream, counts down, and comes back by itself', async () => {
    await open()
    await server.stop()
    await page.locator('.scope .fresh[data-state="lost"]').waitFor()
    expect(await pageChip().textContent()).toMatch(/reconnecting/)
    expect(await page.locator('.alert').textContent()).toContain('lost its stream')
    // Old numbers stay, and never pass for fresh ones while a try is under way.
    expect(await tile('Clicks').locator('.val').textContent()).toMatch(/\d/)
    await page.waitForTimeout(1500)
    expect(await pageChip().getAttribute('data-state')).toBe('lost')
    await server.start()
    await page.locator('.scope .fresh[data-state="exact"]').waitFor()
    expect(await page.locator('.alert').count()).toBe(0)
  })

  test('takes five seconds of silence for a loss', async () => {
    await open()
    server.mood.silent = true
    await page.locator('.scope .fresh[data-state="lost"]').waitFor({ timeout: 12_000 })
    server.mood.silent = false
    await page.locator('.scope .fresh[data-state="exact"]').waitFor({ timeout: 12_000 })
  })

  test('shows its geometry while it loads, and nothing moves when the data lands', async () => {
    server.mood.slowMs = 600
    await page.goto(`${server.address}/`)
    await page.locator('[data-panel="byCountry"] .loading').waitFor()
    await page.locator('[data-chart="byCountry"] canvas').waitFor()
    expect(await evaluate<number>(shifts)).toBeLessThan(0.02)
  })

  test('says "no data" and how to send some when the log is empty', async () => {
    server.mood.empty = true
    await page.goto(`${server.address}/`)
    const panel = page.locator('[data-panel="byCountry"]')
    await panel.locator('.code').waitFor()
    expect(await panel.locator('.code').textContent()).toContain(`curl '${server.address}/v1/events?source=clicks'`)
    expect(await tile('Clicks').locator('.val').textContent()).toBe('no data')
    server.mood.empty = false
    await page.locator('[data-chart="byCountry"] canvas').waitFor()
  })

  test('says why a query cannot be answered, and heals', async () => {
    server.mood.problem = { type: 'about:blank', title: 'The store did not answer', status: 503, detail: 'asked 3 times' }
    await page.goto(`${server.address}/`)
    await page.locator('[data-panel="bySite"] [data-why]').waitFor()
    expect(await page.locator('[data-panel="bySite"] [data-why]').textContent()).toBe('The store did not answer: asked 3 times')
    server.mood.problem = null
    await page.locator('[data-chart="bySite"] canvas').waitFor()
  })

  test('keeps the range in the address', async () => {
    await open()
    await page.getByRole('button', { name: /^Last 15 minutes/ }).click()
    await page.getByRole('button', { name: 'Last 6 hours' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('?from=now-6h')
    await expect.poll(() => server.asked.some((q) => q.includes('by=country&from=now-6h'))).toBe(true)
    await page.locator('[data-panel="byCountry"] .unit', { hasText: '2\u202fmin points' }).waitFor()
    await page.goBack()
    await page.locator('[data-panel="byCountry"] .unit', { hasText: '5\u202fs points' }).waitFor()
    await page.getByRole('button', { name: /^Last 15 minutes/ }).waitFor()
  })

  test('holds while somebody reads, shows the value at the cursor on both charts, resumes', async () => {
    await open()
    const legend = (panel: string) => page.locator(`[data-panel="${panel}"] .lg th`).nth(1)
    const plot = (await page.locator('[data-chart="byCountry"]').boundingBox())!
    await page.mouse.move(plot.x + 300, plot.y + 120)
    await page.locator('[data-live="held"]').waitFor()
    expect(await page.locator('.say').textContent()).toContain('Held while you read')
    expect([await legend('byCountry').textContent(), await legend('bySite').textContent()]).toEqual(['here', 'here'])
    const asOf = await chip('byCountry').getAttribute('data-as-of')
    await page.waitForTimeout(700)
    expect(await chip('byCountry').getAttribute('data-as-of')).toBe(asOf)
    await page.mouse.move(10, 10)
    await page.locator('[data-live="live"]').waitFor()
    await expect.poll(() => chip('byCountry').getAttribute('data-as-of')).not.toBe(asOf)
    expect(await legend('bySite').textContent()).toBe('last')
  })

  test('is read by keyboard: arrows move the cursor, a live region speaks, Escape leaves', async () => {
    await open()
    await page.locator('[data-chart="byCountry"]').focus()
    await page.keyboard.press('ArrowLeft')
    const spoken = page.locator('[data-panel="byCountry"] [aria-live]')
    const first = await spoken.textContent()
    expect(first).toMatch(/^\d\d:\d\d:\d\d: Germany \d+, France \d+.*All \d+ a second$/)
    await page.keyboard.press('Shift+ArrowLeft')
    await expect.poll(() => spoken.textContent()).not.toBe(first)
    await page.keyboard.press('Escape')
    await page.locator('[data-live="live"]').waitFor()
  })

  test('pauses and goes live by L', async () => {
    await open()
    await page.keyboard.press('l')
    await page.getByText(/^Paused at/).waitFor()
    await page.keyboard.press('l')
    await page.locator('[data-live="live"]').waitFor()
  })

  test('shows one series alone on a click', async () => {
    await open()
    const france = page.getByRole('button', { name: 'France' })
    await france.click()
    expect(await france.getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('[data-panel="byCountry"] .lg .off').count()).toBe(6)
    await france.click()
    expect(await page.locator('[data-panel="byCountry"] .lg .off').count()).toBe(0)
  })

  test('pins an event that was sent by hand', async () => {
    await open()
    await page.locator('[data-panel="feed"]').getByRole('button', { name: 'Send one event' }).click()
    const sent = page.locator('.ev.sent')
    await sent.waitFor()
    expect(await sent.textContent()).toMatch(/clickspage_view \/hellosent by you$/)
    expect(await page.locator('[data-panel="feed"] [role="status"]').textContent()).toContain('counted at clicks/3')
  })

  test('has no stream while nobody looks', async () => {
    await open()
    const before = server.asked.length
    await evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }), document.dispatchEvent(new Event('visibilitychange'))`)
    await expect.poll(() => server.streams).toBe(0)
    await evaluate(`delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))`)
    await expect.poll(() => server.streams).toBe(1)
    expect(server.asked.length).toBe(before * 2)
  })

  test.each([390, 900, 1440, 2560])('fits %i px, cuts no value, and uses at most four sizes of type', async (width) => {
    await page.setViewportSize({ width, height: 1000 })
    await open()
    for (const mood of [{}, { complete: 0.875, lagMs: 3000 }, { complete: 1, lagMs: 4000, behindRecords: 123_412 }]) {
      Object.assign(server.mood, mood)
      await page.waitForTimeout(900)
      expect(await evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0)
      const cut = await evaluate<string[]>(`[...document.querySelectorAll('.fresh, h2, .val')].filter((e) => { const p = e.closest('.panel, .stat, .scope, .phone-chip').getBoundingClientRect(), b = e.getBoundingClientRect(); return b.width > 0 && (b.right > p.right || b.left < p.left) }).map((e) => e.textContent)`)
      expect(cut).toEqual([])
    }
    const found = await evaluate<string[]>(sizes)
    expect(found.length).toBeLessThanOrEqual(4)
    expect(found.every((size) => Number.parseFloat(size) >= 11)).toBe(true)
  })

  test.each([390, 1440])('does not shift while live at %i px', async (width) => {
    await page.setViewportSize({ width, height: 1000 })
    await open()
    await page.waitForTimeout(4500)
    expect(await evaluate<number>(shifts)).toBeLessThan(0.02)
  })

  test('keeps its theme', async () => {
    await open()
    await page.getByRole('button', { name: /^Theme/ }).click()
    expect(await evaluate<string>('document.documentElement.dataset.theme')).toBe('dark')
    await page.reload()
    expect(await evaluate<string>('document.documentElement.dataset.theme')).toBe('dark')
    expect(await evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(14, 20, 23)')
  })
})
