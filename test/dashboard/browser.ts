/** One browser and one built page for a file of tests; a server and a tab for each test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { locate } from '../harness/needs.ts'
import { MockServer } from './mock-server.ts'

export interface Stage {
  readonly dist: string
  server: MockServer
  page: Page
}

/** Shifts of the layout since the page began that no input excuses, summed. */
export const SHIFTS = `new Promise((done) => { let sum = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) { sum += entry.value; (window.shifted ??= []).push(entry.value.toFixed(3) + ' ' + entry.sources.map((s) => (s.node?.className || s.node?.nodeName) + ' ' + s.previousRect.y + '>' + s.currentRect.y).join(', ')) } }).observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum), 100) })`
/** Sizes of all text that can be seen. */
export const SIZES = `[...new Set([...document.querySelectorAll('body *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '') && e.checkVisibility({ visibilityProperty: true }) && e.closest('.sr') === null).map((e) => getComputedStyle(e).fontSize))].sort()`
/** How far the page is wider than its window. */
export const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
/** Titles, values and chips that stick out of their panel. */
export const CUT_OFF = `[...document.querySelectorAll('.fresh, h2, .val')].filter((e) => { const p = (e.closest('.panel, .stat, .scope, .phone-chip, .section') ?? document.body).getBoundingClientRect(), b = e.getBoundingClientRect(); return b.width > 0 && (b.right > p.right || b.left < p.left) }).map((e) => e.textContent)`

/** To be called inside a `describe`. What a page throws or logs as a fault fails its test. */
export function stage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-page-'))
  const dist = join(folder, 'dist')
  const found = { dist } as Stage
  let browser: Browser
  let faults: string[]
  beforeAll(async () => {
    // As it is shipped: a test runner says otherwise to libraries.
    vi.stubEnv('NODE_ENV', 'production')
    await build({
      configFile: resolve('dashboard/vite.config.ts'),
      logLevel: 'silent',
      build: { outDir: dist },
    })
    vi.unstubAllEnvs()
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
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    found.server = new MockServer(dist)
    await found.server.start()
    found.page = await browser.newPage({
      viewport: { width: 1440, height: 1000 },
      timezoneId: 'Europe/Berlin',
    })
    faults = []
    found.page.on('pageerror', (error) => faults.push(error.message))
  })
  afterEach(async () => {
    await found.page.close()
    await found.server.stop()
    expect(faults).toEqual([])
  })
  return found
}

export const panelOf = (page: Page, name: string): Locator => page.locator(`[data-panel="${name}"]`)
