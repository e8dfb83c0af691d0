import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { SHIFTS, stage } from './browser.ts'
import { valueAt } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })

describe('the page', () => {
  const at = stage()
  async function open(search = ''): Promise<void> {
    await at.page.goto(`${at.server.address}/${search}`)
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  }
  const chip = (panel: string) => at.page.locator(`[data-panel="${panel}"] .fresh`)
  const pageChip = () => at.page.locator('.scope .fresh')
  const toState = (panel: string, state: string) =>
    at.page.locator(`[data-panel="${panel}"] .fresh[data-state="${state}"]`).waitFor()
  const tile = (title: string) => at.page.locator(`[data-tile="${title}"]`)
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>

  test('loads under 60 kB of script and style, gzipped, and uPlot draws', () => {
    const html = readFileSync(join(at.dist, 'index.html'), 'utf8')
    const loaded = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) =>
      readFileSync(join(at.dist, file!)),
    )
    expect(loaded.length).toBeGreaterThanOrEqual(2)
    expect(loaded.some((file) => file.includes('uplot'))).toBe(true)
    expect(loaded.reduce((sum, file) => sum + gzipSync(file).length, 0)).toBeLessThan(60_000)
  })

  test('shows the numbers of the API to the digit', async () => {
    at.server.mood.stoppedAtMs = Date.now()
    await open()
    const answer = at.server.series('series?metric=clicks.events&from=now-15m')
    const last = Math.floor(at.server.mood.stoppedAtMs / 1000) * 1000
    const inRange = (atMs: number): boolean => atMs <= last
    const [shown, said] = await tile('Clicks').evaluate(
      (found) =>
        [Number(found.getAttribute('data-value')), found.querySelector('.val')?.textContent] as const,
    )
    // The range slides while we look: the tile is the sum over a range that began at most some seconds before or after ours.
    const sums = Array.from({ length: 40 }, (_, seconds) => {
      let sum = 0
      for (let at = answer.timesMs[0]! + (10 - seconds) * 1000; inRange(at); at += 1000)
        sum += valueAt('clicks.events', null, '', at)
      return sum
    })
    expect(sums).toContain(shown)
    expect(said).toBe(shown.toLocaleString('en-US'))

    await at.page.getByRole('button', { name: 'Clicks by country: more' }).click()
    await at.page.getByRole('button', { name: 'Show as a table' }).click()
    await at.page.locator('[data-panel="byCountry"] .numbers tbody tr').first().waitFor()
    const head = await at.page.locator('[data-panel="byCountry"] .numbers th').allTextContents()
    expect(head).toEqual([
      'From',
      'Germany',
      'France',
      'Netherlands',
      'Poland',
      'United Kingdom',
      '5 others',
      'All',
    ])
    const [start, cells] = await at.page
      .locator('[data-panel="byCountry"] .numbers tbody tr')
      .first()
      .evaluate(
        (row) =>
          [
            Number(row.getAttribute('data-start')),
            [...row.querySelectorAll('td[data-value]')].map((cell) =>
              Number(cell.getAttribute('data-value')),
            ),
          ] as const,
      )
    const mean = (names: string[]): number =>
      names.reduce(
        (sum, name) =>
          sum +
          [0, 1, 2, 3, 4].reduce(
            (all, s) => all + valueAt('clicks.events', 'country', name, start + s * 1000),
            0,
          ),
        0,
      ) / 5
    const expected = [['DE'], ['FR'], ['NL'], ['PL'], ['GB'], ['ES', 'IT', 'DK', 'SE', 'US']].map(mean)
    for (const [i, value] of [...expected, expected.reduce((sum, one) => sum + one, 0)].entries())
      expect(cells[i]).toBeCloseTo(value, 6)
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
    at.server.mood.complete = 0.875
    await toState('byCountry', 'partial')
    expect(await chip('byCountry').textContent()).toContain('87.5\u202f% complete')
    expect(await at.page.locator('[data-panel="byCountry"] [data-why]').textContent()).toContain(
      'have no worker',
    )
    Object.assign(at.server.mood, { complete: 1, lagMs: 4000, behindRecords: 3412 })
    await toState('bySite', 'behind')
    Object.assign(at.server.mood, {
      lagMs: 41,
      behindRecords: 0,
      complete: 0,
      stoppedAtMs: Date.now() - 131_000,
    })
    await toState('bySite', 'stale')
    expect(await pageChip().textContent()).toMatch(/^stale 2\u202fmin 1\d\u202fs/)
    expect(await tile('Revenue').getAttribute('class')).toContain('is-stale')
    Object.assign(at.server.mood, { complete: 1, stoppedAtMs: null })
    await toState('bySite', 'exact')
  })

  test('shows its geometry while it loads, and nothing moves when the data comes', async () => {
    at.server.mood.slowMs = 600
    await at.page.goto(`${at.server.address}/`)
    await at.page.locator('[data-panel="byCountry"] .loading').waitFor()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    expect(
      await evaluate<number>(SHIFTS),
      (await evaluate<string[]>('window.shifted ?? []')).join('\n'),
    ).toBeLessThan(0.02)
  })

  test('says why a query cannot be answered, and heals', async () => {
    at.server.mood.problem = {
      type: 'about:blank',
      title: 'The store did not answer',
      status: 503,
      detail: 'asked 3 times',
    }
    await at.page.goto(`${at.server.address}/`)
    await at.page.locator('[data-panel="bySite"] [data-why]').waitFor()
    expect(await at.page.locator('[data-panel="bySite"] [data-why]').textContent()).toBe(
      'The store did not answer: asked 3 times',
    )
    at.server.mood.problem = null
    await at.page.locator('[data-chart="bySite"] canvas').waitFor()
  })

  test('keeps the range in the address', async () => {
    await open()
    await at.page.getByRole('button', { name: /^Last 15 minutes/ }).click()
    await at.page.getByRole('button', { name: 'Last 6 hours' }).click()
    await expect.poll(() => new URL(at.page.url()).search).toBe('?from=now-6h')
    await expect.poll(() => at.server.asked.some((q) => q.includes('by=country&from=now-6h'))).toBe(true)
    // On the stream that is open: nothing else is asked anew.
    expect([at.server.cursors, at.server.streams]).toEqual([[''], 1])
    await at.page.locator('[data-panel="byCountry"] .unit', { hasText: '2\u202fmin points' }).waitFor()
    await at.page.goBack()
    await at.page.locator('[data-panel="byCountry"] .unit', { hasText: '5\u202fs points' }).waitFor()
    await at.page.getByRole('button', { name: /^Last 15 minutes/ }).waitFor()
  })

  test('explores: a question by clicks is an address, and the back button undoes it', async () => {
    await at.page.goto(`${at.server.address}/explore`)
    await at.page.locator('[data-chart="explore-0"] canvas').waitFor()
    await at.page.getByRole('button', { name: 'Another breakdown' }).click()
    await at.page.locator('.choices').getByRole('button', { name: 'Country' }).click()
    await expect.poll(() => new URL(at.page.url()).search).toBe('?show=clicks.events&by=country')
    const row = at.page.locator('[data-panel="explore-table"] tbody tr[data-key]')
    await row.first().waitFor()
    expect(await row.first().locator('td').first().textContent()).toBe('Germany')
    await row.first().getByRole('button', { name: 'Germany', exact: true }).click()
    await expect.poll(() => new URL(at.page.url()).search).toContain('where=clicks.country:is:DE')
    await at.page.goBack()
    await at.page.goBack()
    await expect.poll(() => new URL(at.page.url()).search).toBe('')
  })

  test('keeps its theme', async () => {
    await open()
    await at.page.getByRole('button', { name: /^Theme/ }).click()
    expect(await evaluate<string>('document.documentElement.dataset.theme')).toBe('dark')
    await at.page.reload()
    expect(await evaluate<string>('document.documentElement.dataset.theme')).toBe('dark')
    expect(await evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe('rgb(14, 20, 23)')
  })
})
