/** First start, rebuilding, the pipeline, and an API that is away. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { CUT_OFF, OVERFLOW, panelOf, SHIFTS, SIZES, stage } from './browser.ts'
import { clicks, followed, readings } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FINDINGS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')))`

describe('every state of the pages', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  const panel = (name: string) => panelOf(at.page, name)
  async function open(path = '/'): Promise<void> {
    await at.page.goto(at.server.address + path)
    await (path.startsWith('/pipeline')
      ? panel('partitions')
      : at.page.locator('.stat .val:not(:has(.sk)), [data-panel="hero"]').first()
    ).waitFor()
  }

  /** Each kind of panel that the page of visitors has. */
  async function visitors(): Promise<void> {
    await panel('funnel-clicks-checkout').locator('[data-step]').first().waitFor()
    await panel('retention-clicks-visitors-week').locator('[data-heat]').first().waitFor()
    await panel('journeys-clicks').locator('tbody tr[data-key]').first().waitFor()
  }

  test('before the first event it says how to send one, and sends it', async () => {
    at.server.mood.empty = true
    await open()
    const hero = panel('hero')
    await hero.waitFor()
    expect(await hero.locator('.code').textContent()).toContain(
      `curl '${at.server.address}/v1/events?source=clicks'`,
    )
    expect(await at.page.locator('[data-tile="Clicks"] .val').textContent()).toBe('no data')
    await hero.getByRole('tab', { name: 'kcat' }).click()
    expect(await hero.locator('.code').textContent()).toMatch(
      /kcat -P -b 127\.0\.0\.1:45992 -t clicks -K '\|'/,
    )
    await hero.getByRole('tab', { name: 'kafkajs' }).click()
    expect(await hero.locator('.code').textContent()).toContain("topic: 'clicks'")
    await hero.getByRole('button', { name: 'Send this event for me' }).click()
    // Nothing is written before somebody has read what, and where to.
    const asked = at.page.getByRole('dialog')
    expect(await asked.textContent()).toContain('Send this record into topic clicks?')
    expect(await asked.locator('pre').textContent()).toBe(
      '{"type":"page_view","path":"/hello","visitor":"me"}',
    )
    await at.page.keyboard.press('Escape')
    await asked.waitFor({ state: 'detached' })
    expect(at.server.taken).toEqual([])
    await hero.getByRole('button', { name: 'Send this event for me' }).click()
    await asked.getByRole('button', { name: 'Send into clicks' }).click()
    await expect.poll(() => hero.locator('[role="status"]').textContent()).toContain('in the log at clicks/3')
    expect(at.server.taken).toHaveLength(1)
    at.server.mood.empty = false
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    expect(await hero.count()).toBe(0)
  })

  test('a newer definition is rebuilding while old numbers stand', async () => {
    await open()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    Object.assign(at.server.mood, { rebuilding: 0.62, stoppedAtMs: Date.now() })
    await expect
      .poll(() => panel('byCountry').locator('.fresh').textContent(), { timeout: 5000 })
      .toBe('rebuilding, 62\u202f%')
    expect(await at.page.locator('[data-tile="Clicks"] .val').textContent()).toMatch(/\d/)
    expect(await panel('byCountry').locator('[data-why]').textContent()).toContain('newer definition')
    await open('/pipeline')
    expect(await panel('rebuilding').textContent()).toContain('clicks is rebuilding: generation 2')
    expect(await panel('rebuilding').getByRole('progressbar').first().getAttribute('aria-valuenow')).toBe(
      '62',
    )
  })

  test('the pipeline: partitions, ledgers that balance, rejects', async () => {
    await open('/pipeline')
    expect(await panel('partitions').locator('tr[data-partition]').count()).toBe(8)
    expect(await panel('ledger').locator('[data-ledger][data-balanced="true"]').count()).toBe(2)
    expect(await panel('rejects').locator('tbody tr').first().textContent()).toContain(
      'value: "n/a" is not a number',
    )
    expect(await panel('rejects').locator('code').last().textContent()).toContain(
      String.raw`power\u0000\u001f`,
    )
    const bar = panel('ruler').getByRole('img', {
      name: 'Clicks: to the frame 58\u202fms, 99 of 100 within 91\u202fms',
    })
    expect(await bar.locator('[data-part]').count()).toBe(7)
    expect(await panel('ruler').locator('tbody tr').nth(3).textContent()).toBe('until the API begins3838')
    expect(await panel('generations').locator('[data-rewinds]').textContent()).toBe('3')
    expect(await panel('generations').locator('[data-store]').textContent()).toBe('19.2\u202fMB')
    Object.assign(at.server.mood, { lostOffsets: 2, complete: 0.75, behindRecords: 7 })
    await panel('ledger').locator('[data-ledger="Offsets"][data-balanced="false"]').waitFor()
    expect(await panel('ledger').locator('[role="alert"]').textContent()).toContain(
      'Offsets of clicks do not add up',
    )
    expect(await panel('partitions').locator('tr[data-partition="clicks/3"]').getAttribute('data-lag')).toBe(
      '7',
    )
    expect(await panel('partitions').locator('.unit').textContent()).toBe('6 of 8 counted')
    await at.page.getByRole('link', { name: 'Overview' }).click()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    await at.page.goBack()
    await panel('partitions').waitFor()
  })

  test('the page says that it waits where the API is not there', async () => {
    await open()
    at.server.catalog = []
    await at.page.reload()
    await at.page.getByText('No source was ever counted').waitFor()
    at.server.catalog = [clicks, readings]
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  })

  test('keys are listed at ?', async () => {
    await open()
    await at.page.keyboard.press('?')
    await at.page.getByRole('dialog').getByText('live or paused').waitFor()
    // The box is gone for the reader as soon as it closes; the browser tells the page of it some time later.
    await evaluate(
      `document.querySelector('dialog').close(); document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', bubbles: true }))`,
    )
    await panel('partitions').waitFor()
  })

  test.each(['light', 'dark'] as const)('has no serious finding of axe-core, %s', async (scheme) => {
    await at.page.emulateMedia({ colorScheme: scheme })
    at.server.catalog = [followed, readings]
    for (const path of ['/?where=country:not:US', '/pipeline', '/visitors']) {
      await open(path)
      if (path === '/visitors') await visitors()
      else if (path !== '/pipeline') await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
      await evaluate(axe)
      expect(await evaluate<string[]>(FINDINGS)).toEqual([])
    }
    at.server.mood.empty = true
    await open()
    await panel('hero').waitFor()
    await evaluate(axe)
    expect(await evaluate<string[]>(FINDINGS)).toEqual([])
  })

  /** Cohorts on a phone: their last period comes by the keyboard, and whose row it is stays in sight. */
  async function scrollsInside(): Promise<void> {
    const cohorts = panel('retention-clicks-visitors-week').getByRole('region')
    const [first, last] = [cohorts.locator('tbody th').first(), cohorts.locator('thead th').last()]
    const [before, edge] = [(await first.boundingBox())!, (await cohorts.boundingBox())!]
    expect((await last.boundingBox())!.x).toBeGreaterThan(edge.x + edge.width)
    await cohorts.focus()
    const lastRight = async (): Promise<number> => {
      await at.page.keyboard.press('ArrowRight')
      const { x, width } = (await last.boundingBox())!
      return x + width
    }
    await expect.poll(lastRight, { timeout: 20_000 }).toBeLessThanOrEqual(edge.x + edge.width + 1)
    const after = (await first.boundingBox())!
    expect(Math.abs(after.x - before.x)).toBeLessThanOrEqual(1)
    expect(after.width).toBe(before.width)
    expect(await first.evaluate((cell) => cell.scrollWidth > cell.clientWidth)).toBe(false)
  }

  test.each([390, 900, 1440, 2560])(
    'the pipeline, the visitors and the empty page fit %i px',
    async (width) => {
      await at.page.setViewportSize({ width, height: 1000 })
      at.server.catalog = [followed, readings]
      at.server.mood.leftOut = { late: 12, over: 3, seenTwice: true }
      await open('/visitors')
      await visitors()
      expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
      expect(await evaluate<string[]>(CUT_OFF)).toEqual([])
      expect((await evaluate<string[]>(SIZES)).length).toBeLessThanOrEqual(4)
      if (width === 390) await scrollsInside()
      at.server.catalog = [clicks, readings]
      await open('/pipeline')
      await at.page.waitForTimeout(1500)
      expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
      expect(await evaluate<string[]>(CUT_OFF)).toEqual([])
      expect(
        await evaluate<number>(SHIFTS),
        (await evaluate<string[]>('window.shifted ?? []')).join('\n'),
      ).toBeLessThan(0.02)
      expect((await evaluate<string[]>(SIZES)).length).toBeLessThanOrEqual(4)
      at.server.mood.empty = true
      await open()
      await panel('hero').waitFor()
      expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
      expect((await evaluate<string[]>(SIZES)).length).toBeLessThanOrEqual(4)
    },
  )
})
