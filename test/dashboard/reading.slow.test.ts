/** The page under its readers' hands and without its stream. */
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { stage } from './browser.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })

describe('while somebody reads', () => {
  const at = stage()
  async function open(search = ''): Promise<void> {
    await at.page.goto(`${at.server.address}/${search}`)
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  }
  const chip = (panel: string) => at.page.locator(`[data-panel="${panel}"] .fresh`)
  const pageChip = () => at.page.locator('.scope .fresh')
  const tile = (title: string) => at.page.locator(`[data-tile="${title}"]`)
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>

  test('loses its stream, counts down, and comes back by itself', async () => {
    await open()
    await at.server.stop()
    await at.page.locator('.scope .fresh[data-state="lost"]').waitFor()
    expect(await pageChip().textContent()).toMatch(/reconnecting/)
    expect(await at.page.locator('.alert').textContent()).toContain('lost its stream')
    // Old numbers stay, and never pass for fresh ones while a try is under way.
    expect(await tile('Clicks').locator('.val').textContent()).toMatch(/\d/)
    await at.page.waitForTimeout(1500)
    expect(await pageChip().getAttribute('data-state')).toBe('lost')
    await at.server.start()
    await at.page.locator('.scope .fresh[data-state="exact"]').waitFor()
    expect(await at.page.locator('.alert').count()).toBe(0)
  })

  test('takes five seconds of silence for a loss', async () => {
    await open()
    at.server.mood.silent = true
    await at.page.locator('.scope .fresh[data-state="lost"]').waitFor({ timeout: 12_000 })
    at.server.mood.silent = false
    await at.page.locator('.scope .fresh[data-state="exact"]').waitFor({ timeout: 12_000 })
  })

  test('holds while somebody reads, shows the value at the cursor on both charts, resumes', async () => {
    await open()
    const legend = (panel: string) => at.page.locator(`[data-panel="${panel}"] .lg th`).nth(1)
    const plot = (await at.page.locator('[data-chart="byCountry"]').boundingBox())!
    await at.page.mouse.move(plot.x + 200, plot.y + 120)
    await at.page.mouse.move(plot.x + 300, plot.y + 120, { steps: 4 })
    await at.page.locator('[data-live="held"]').waitFor()
    expect(await at.page.locator('.say').textContent()).toContain('Held while you read')
    expect([await legend('byCountry').textContent(), await legend('bySite').textContent()]).toEqual([
      'here',
      'here',
    ])
    const asOf = await chip('byCountry').getAttribute('data-as-of')
    await at.page.waitForTimeout(700)
    expect(await chip('byCountry').getAttribute('data-as-of')).toBe(asOf)
    await at.page.mouse.move(10, 10)
    await at.page.locator('[data-live="live"]').waitFor()
    await expect.poll(() => chip('byCountry').getAttribute('data-as-of')).not.toBe(asOf)
    expect(await legend('bySite').textContent()).toBe('last')
  })

  test('is read by keyboard: arrows move the cursor, a live region speaks, Escape leaves', async () => {
    await open()
    await at.page.locator('[data-chart="byCountry"]').focus()
    await at.page.keyboard.press('ArrowLeft')
    const spoken = at.page.locator('[data-panel="byCountry"] [aria-live]')
    const first = await spoken.textContent()
    expect(first).toMatch(/^\d\d:\d\d:\d\d: Germany \d+, France \d+.*All \d+$/)
    await at.page.keyboard.press('Shift+ArrowLeft')
    await expect.poll(() => spoken.textContent()).not.toBe(first)
    await at.page.keyboard.press('Escape')
    await at.page.locator('[data-live="live"]').waitFor()
  })

  test('pauses and goes live by L', async () => {
    await open()
    await at.page.keyboard.press('l')
    await at.page.getByText(/^Paused at/).waitFor()
    await at.page.keyboard.press('l')
    await at.page.locator('[data-live="live"]').waitFor()
  })

  test('shows one series alone on a click', async () => {
    await open()
    const france = at.page.locator('[data-panel="byCountry"]').getByRole('button', { name: 'France' })
    await france.click()
    expect(await france.getAttribute('aria-pressed')).toBe('true')
    expect(await at.page.locator('[data-panel="byCountry"] .lg .off').count()).toBe(6)
    await france.click()
    expect(await at.page.locator('[data-panel="byCountry"] .lg .off').count()).toBe(0)
  })

  test('pins an event that was sent by hand', async () => {
    await open()
    await at.page.locator('[data-panel="feed"]').getByRole('button', { name: 'Send one event' }).click()
    await at.page.getByRole('button', { name: 'Send into clicks' }).click()
    const sent = at.page.locator('.ev.sent')
    await sent.waitFor()
    expect(await sent.textContent()).toMatch(/clickspage_view \/hellosent over HTTP$/)
    expect(await at.page.locator('[data-panel="feed"] [role="status"]').textContent()).toContain(
      'in the log at clicks/3',
    )
  })

  test('has no stream while nobody looks', async () => {
    await open()
    const before = at.server.asked.length
    await evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }), document.dispatchEvent(new Event('visibilitychange'))`,
    )
    await expect.poll(() => at.server.streams).toBe(0)
    await evaluate(`delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))`)
    await expect.poll(() => at.server.streams).toBe(1)
    expect(at.server.asked.length).toBe(before * 2)
  })

  test('goes on where it was after a while of silence, and begins anew with another process', async () => {
    await open()
    const again = (streams: number) =>
      expect.poll(() => at.server.cursors.length, { timeout: 20_000 }).toBe(streams)
    // As after a sleep: the clock on the wall went on, the other one did not.
    await evaluate(
      `{ const real = Date.now; window.awake = () => { Date.now = real }; Date.now = () => real() + 3_600_000 }`,
    )
    await again(2)
    await evaluate('awake()')
    expect(at.server.cursors).toEqual(['', 'mock0.1'])
    await at.page.locator('.scope .fresh[data-state="exact"]').waitFor()
    expect(at.server.streams).toBe(1)

    await at.server.stop()
    await at.page.locator('.scope .fresh[data-state="lost"]').waitFor()
    await at.server.start()
    await evaluate(`dispatchEvent(new Event('online'))`)
    await again(3)
    expect(at.server.cursors[2]).toBe('mock0.1')
    await at.page.locator('.scope .fresh[data-state="exact"]').waitFor()

    // Another process hears of the change: a stream with all of it, at once, and nothing is called lost.
    at.server.open.clear()
    const asked = at.server.asked.length
    await evaluate(
      `history.pushState(null, '', '/?from=now-6h'), dispatchEvent(new PopStateEvent('popstate'))`,
    )
    await again(4)
    expect(at.server.cursors[3]).toBe('') // some have no answer yet
    await expect
      .poll(() => at.server.asked.slice(asked).some((text) => text.includes('from=now-6h')))
      .toBe(true)
    await at.page.locator('.scope .fresh[data-state="exact"]').waitFor()
  })

  test('stands still, and says why, where less is counted than it has shown', async () => {
    await open()
    at.server.mood.counts = { records: 90, seen: 100 }
    const chip = at.page.locator('[data-panel="byCountry"] .fresh')
    await at.page.locator('[data-panel="byCountry"] .fresh[data-state="stale"]').waitFor()
    const asOf = await chip.getAttribute('data-as-of')
    expect(await at.page.locator('[data-panel="byCountry"] [data-why]').textContent()).toContain(
      'has counted 90 records, and this page has shown 100',
    )
    expect(await chip.getAttribute('data-as-of')).toBe(asOf)
    at.server.mood.counts = null
    await at.page.locator('[data-panel="byCountry"] .fresh[data-state="exact"]').waitFor()
  })
})
