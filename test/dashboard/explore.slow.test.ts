/** The Explore page, zones and answers from the log, in a browser. */
import { readFileSync } from 'node:fs'
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { CUT_OFF, OVERFLOW, SHIFTS, SIZES, stage } from './browser.ts'
import { measured, readings } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 90_000 })

describe('explore', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  const panel = (name: string) => at.page.locator(`[data-panel="${name}"]`)
  const search = (): string => decodeURIComponent(new URL(at.page.url()).search)
  async function open(address: string): Promise<void> {
    at.server.catalog = [measured, readings]
    await at.page.goto(at.server.address + address)
    await at.page.locator('.ask').waitFor()
  }
  const plotted = () => at.page.locator('[data-chart="explore-0"] canvas').waitFor()

  test('reads the log with progress, stops, reads after all, and says where the answer is from', async () => {
    at.server.mood.log = 'reads'
    await open('/explore?show=clicks.events&by=country&where=clicks.path:prefix:/docs')
    const reading = panel('explore-0').locator('[data-reading="42"]')
    await reading.waitFor()
    expect(await reading.textContent()).toContain('Reading the log: 420,000 of 1,000,000 records, 42\u202f%.')
    expect(await at.page.getByRole('progressbar').first().getAttribute('aria-valuenow')).toBe('42')
    const isWatched = (): boolean =>
      at.server.watched().some((text) => text.startsWith('series?metric=clicks.events&by=country'))
    expect(isWatched()).toBe(true)
    await reading.getByRole('button', { name: 'Stop' }).click()
    await panel('explore-0').locator('[data-stopped]').waitFor()
    // The stream does not carry it any more, and so nobody reads for it.
    await expect.poll(isWatched).toBe(false)
    at.server.mood.log = 'read'
    await panel('explore-0').getByRole('button', { name: 'Read the log' }).click()
    await plotted()
    await panel('explore-answer').getByText('from the log: 1,000,000 records read').waitFor()
    expect(await panel('explore-answer').locator('[data-line] code').textContent()).toBe(
      'breakdowns: - [country, path]',
    )
  })

  test('draws what is read so far in doubt, as no number, until the answer is there', async () => {
    at.server.mood.log = 'parts'
    await open('/explore?show=clicks.events&by=country&where=clicks.path:prefix:/docs')
    const note = panel('explore-0').locator('[data-doubt="41"]')
    await note.waitFor()
    expect(await note.textContent()).toBe('Not final: of 41\u202f% of the log, the newest records first.')
    await plotted()
    expect(await panel('explore-0').getAttribute('aria-busy')).toBe('true')
    // Numbers, table and what is said of the answer wait for the answer itself.
    expect(await at.page.locator('[data-number][data-value]').count()).toBe(0)
    expect(await at.page.locator('[data-panel="explore-answer"] dl').count()).toBe(0)
    await panel('explore-0').getByRole('button', { name: 'Stop' }).click()
    await panel('explore-0').locator('[data-stopped]').waitFor()
    expect(await panel('explore-0').locator('canvas').count()).toBe(0)
    at.server.mood.log = 'read'
    await panel('explore-0').getByRole('button', { name: 'Read the log' }).click()
    await plotted()
    expect(await note.count()).toBe(0)
    await expect.poll(() => panel('explore-0').getAttribute('aria-busy')).toBeNull()
  })

  test('says a refusal in the words of the API, with the line to add', async () => {
    await open('/explore?show=clicks.events&by=country,path')
    const why = panel('explore-0').locator('[data-why]')
    await why.getByText('no breakdown of clicks holds country and path together').waitFor()
    expect(await why.locator('code').textContent()).toBe('breakdowns: [[country, path]]')
    // Nothing of another answer stands under it.
    expect(await panel('explore-0').locator('canvas').count()).toBe(0)
  })

  test('filters by number, by several values, and by any of several conditions', async () => {
    at.server.mood.log = 'read'
    await open('/explore')
    await plotted()
    const add = at.page.locator('.ask .add')
    await add.click()
    await at.page
      .locator('.menu.adding')
      .getByRole('button', { name: /^Amount/ })
      .click()
    await at.page.locator('.menu.adding select').selectOption('between')
    await at.page.getByLabel('from', { exact: true }).fill('20')
    await at.page.getByLabel('to', { exact: true }).fill('10')
    await at.page.getByText('The least first.').waitFor()
    expect(await at.page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await at.page.getByLabel('to', { exact: true }).fill('30.5')
    await at.page.getByRole('button', { name: 'Apply' }).click()
    await expect.poll(search).toBe('?where=clicks.amount:between:20,30.5')
    await add.click()
    await at.page.locator('.menu.adding').getByRole('button', { name: 'Country' }).click()
    // The values of the field, found by their first letters.
    await at.page.getByPlaceholder('its first letters').fill('D')
    await expect.poll(() => at.page.locator('.menu.adding .pick').count()).toBe(3)
    await at.page.getByRole('checkbox', { name: 'Germany too' }).check()
    await at.page.getByRole('checkbox', { name: 'Denmark too' }).check()
    await at.page.getByRole('button', { name: 'Keep 2' }).click()
    await expect.poll(search).toContain('where=clicks.country:is:DE,DK')
    await at.page.getByRole('button', { name: 'Or another condition' }).last().click()
    await at.page.locator('.menu.adding').getByRole('button', { name: 'Device' }).click()
    await at.page
      .locator('.menu.adding .pick')
      .getByRole('button', { name: /^mobile/ })
      .click()
    await expect.poll(search).toContain('where=clicks.(country:is:DE,DK|device:is:mobile)')
    await at.page.getByRole('group', { name: 'any of' }).waitFor()
    await expect
      .poll(() =>
        at.server.asked.some((text) =>
          decodeURIComponent(text).includes('where=(country:is:DE,DK|device:is:mobile)'),
        ),
      )
      .toBe(true)
    // A reload shows the same.
    await at.page.reload()
    expect(await at.page.getByRole('group', { name: 'any of' }).textContent()).toContain('Germany, Denmark')
  })

  test('shows several metrics and a ratio, sorts by any, compares, and changes its form', async () => {
    await open('/explore?show=clicks.events&show=clicks.revenue/clicks.events&by=country&against=previous')
    await plotted()
    await at.page.locator('[data-chart="explore-1"] canvas').waitFor()
    expect(await at.page.locator('[data-number]').count()).toBe(2)
    const heads = panel('explore-table').locator('th')
    expect(await heads.allTextContents()).toEqual([
      'Country',
      'Events ↓',
      'Revenue / events',
      'share',
      'before',
    ])
    await panel('explore-table').getByRole('button', { name: 'Revenue / events' }).click()
    await expect.poll(search).toContain('sort=1')
    expect(await heads.nth(2).getAttribute('aria-sort')).toBe('descending')
    for (const [form, seen] of [
      ['bars', '[data-chart="explore-0"] canvas'],
      ['table', '[data-panel="explore-0"] .numbers'],
      ['number', '[data-number="Events"][data-value]'],
      ['lines', '[data-chart="explore-0"] canvas'],
    ] as const) {
      await at.page.locator(`[data-form="${form}"]`).first().click()
      await at.page.locator(seen).waitFor()
      await expect.poll(search).toContain(`as=${form}`)
    }
    const [download] = await Promise.all([
      at.page.waitForEvent('download'),
      at.page.locator('.ask').getByRole('button', { name: 'PNG' }).click(),
    ])
    const png = readFileSync(await download.path())
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    // Width and height of the picture: twice the plot's and more.
    expect(png.readUInt32BE(16)).toBeGreaterThan(1200)
    expect(await at.page.locator('.ask a[download]').getAttribute('href')).toMatch(
      /^\/v1\/series\?metric=clicks\.events&by=country.*&format=csv$/,
    )
  })

  test('goes by another zone everywhere, and keeps it in the address', async () => {
    await open('/explore?from=now/d')
    await plotted()
    const asked = (): boolean =>
      at.server.asked.some((text) => text.includes('from=now%2Fd&tz=Asia%2FKathmandu'))
    expect(at.server.asked.some((text) => text.includes('tz=Europe%2FBerlin'))).toBe(true)
    const chip = at.page.locator('.scope .fresh b').first()
    const minutes = async (): Promise<string> => (await chip.textContent())!.slice(3, 5)
    const before = await minutes()
    await at.page.getByRole('button', { name: 'Time zone: Berlin' }).click()
    const box = at.page.getByPlaceholder('a city or region')
    await expect
      .poll(() => at.page.locator('.zones [data-zone]').first().getAttribute('data-zone'))
      .toBe('Europe/Berlin')
    await box.fill('kathm')
    await box.press('Enter')
    await expect.poll(search).toContain('tz=Asia/Kathmandu')
    await expect.poll(asked).toBe(true)
    // Three quarters of an hour: the minutes say it.
    await expect
      .poll(async () => (Number(await minutes()) - Number(before) + 60) % 60)
      .toBeGreaterThanOrEqual(44)
    await at.page.locator('.nav').getByRole('link', { name: 'Overview' }).click()
    await at.page.getByRole('button', { name: 'Time zone: Kathmandu' }).waitFor()
    expect(search()).toContain('tz=Asia/Kathmandu')
    await at.page.goBack()
    await at.page.goBack()
    await at.page.getByRole('button', { name: 'Time zone: Berlin' }).waitFor()
  })

  test.each([390, 2560])('fits %i px, and does not shift while live', async (width) => {
    at.server.mood.log = 'read'
    await at.page.setViewportSize({ width, height: 1000 })
    await open(
      '/explore?show=clicks.events&show=clicks.visitors&by=country,device&against=previous&where=clicks.(country:is:DE|device:is:mobile)',
    )
    await plotted()
    await panel('explore-table').locator('tbody tr[data-key]').first().waitFor()
    await at.page.waitForTimeout(500)
    const loading = await evaluate<number>(SHIFTS)
    await at.page.waitForTimeout(2500)
    expect(
      (await evaluate<number>(SHIFTS)) - loading,
      (await evaluate<string[]>('window.shifted ?? []')).join('\n'),
    ).toBeLessThan(0.02)
    expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
    expect(await evaluate<string[]>(CUT_OFF)).toEqual([])
    const sizes = await evaluate<string[]>(SIZES)
    expect(sizes.length).toBeLessThanOrEqual(4)
    const unnamed = await evaluate<string[]>(
      `[...document.querySelectorAll('main button, main a, main input')].filter((e) => (e.textContent + (e.getAttribute('aria-label') ?? '')).trim() === '').map((e) => e.outerHTML)`,
    )
    expect(unnamed).toEqual([])
  })

  test('an overview whose filter no breakdown holds reads the log, never refuses, and can be stopped', async () => {
    at.server.mood.log = 'reads'
    await at.page.goto(`${at.server.address}/?where=clicks.path:is:/harbour/tides`)
    await panel('byCountry').locator('[data-reading="42"]').waitFor()
    const bar = at.page.locator('[data-scan]')
    await bar.getByText(/Reading the log: 420,000 of 1,000,000 records/).waitFor()
    await bar.getByRole('button', { name: 'Stop' }).click()
    await panel('byCountry').locator('[data-stopped]').waitFor()
    at.server.mood.log = 'read'
    await bar.getByRole('button', { name: 'Read the log' }).click()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    await expect.poll(() => bar.count()).toBe(0)
  })

  test('a view is saved under a name, opened, renamed, deleted and brought back by the keyboard', async () => {
    await open('/explore?show=clicks.revenue&by=country')
    const { keyboard } = at.page
    const views = at.page.getByRole('button', { name: /^Saved views/ })
    const names = (): Promise<string[]> => at.page.locator('.saved[data-view] .cut').allTextContents()
    await views.press('Enter')
    await keyboard.type('By country')
    await keyboard.press('Enter')
    await at.page.getByRole('button', { name: 'Saved views: By country' }).waitFor()
    await open('/explore?show=clicks.events')
    await views.press('Enter')
    await keyboard.press('ArrowDown')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await expect.poll(search).toBe('?show=clicks.revenue&by=country')
    await views.press('Enter')
    await at.page.getByRole('button', { name: 'Rename By country' }).press('Enter')
    await at.page.getByRole('textbox', { name: 'New name of By country' }).fill('Countries')
    await keyboard.press('Enter')
    await expect.poll(names).toEqual(['Countries'])
    await at.page.getByRole('button', { name: 'Delete Countries' }).press('Enter')
    await expect.poll(names).toEqual([])
    await expect.poll(() => evaluate<string>('document.activeElement.textContent')).toBe('Undo')
    await keyboard.press('Enter')
    await expect.poll(names).toEqual(['Countries'])
    // A browser that keeps nothing says so, and nothing is shown as kept.
    await evaluate(`Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError') }`)
    await at.page.getByRole('textbox', { name: 'Name of this view' }).fill('Another')
    await keyboard.press('Enter')
    await at.page.getByRole('alert').getByText('The browser refuses to keep it').waitFor()
    expect(await names()).toEqual(['Countries'])
    for (const width of [1440, 900, 390]) {
      await at.page.setViewportSize({ width, height: 900 })
      const box = (await at.page.locator('.menu.views').boundingBox())!
      expect([box.x >= 0, box.x + box.width <= width]).toEqual([true, true])
    }
    await keyboard.press('Escape')
    await expect.poll(() => at.page.locator('.menu').count()).toBe(0)
  })
})
