/** What the page says while it does not know, and whose number is whose. */
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { panelOf, SHIFTS, stage } from './browser.ts'
import type { Mood } from './mock/mood.ts'
import { clicks, orders, readings } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 90_000 })

/** A second source with a field that the first one has too, but of other values. */
const meters = {
  ...readings,
  fields: [...readings.fields],
  breakdowns: [['device'], ['site'], ['signal'], ['site', 'signal']],
}

describe('doubt', () => {
  const at = stage()
  const panel = (name: string) => panelOf(at.page, name)
  const tile = (title: string) => at.page.locator(`[data-tile="${title}"]`)
  const chips = () =>
    at.page
      .locator('.fresh')
      .evaluateAll((all) => all.map((chip) => `${chip.getAttribute('data-state')}: ${chip.textContent}`))
  const states = async () => [...new Set((await chips()).map((chip) => chip.split(':')[0]))]
  const says = () => at.page.locator('[data-says]').getAttribute('data-says')
  const be = (mood: Partial<Mood>): void => void Object.assign(at.server.mood, mood)
  async function open(path = '/'): Promise<void> {
    await at.page.goto(at.server.address + path)
    await at.page.locator('.stat .val:not(:has(.sk))').first().waitFor()
    await expect.poll(states).toEqual(['exact'])
  }

  test('a click on a value of one source leaves the other alone, and everything that heeds no filter says so', async () => {
    at.server.catalog = [clicks, meters]
    await open()
    await at.page.locator('[data-chart="bySite"] canvas').waitFor()
    const before = Number(await tile('Readings').getAttribute('data-value'))
    await panel('top-clicks').getByRole('tab', { name: 'Device' }).click()
    await panel('top-clicks').getByRole('button', { name: 'mobile', exact: true }).click()
    await at.page.locator('.filt').waitFor()
    expect(decodeURIComponent(new URL(at.page.url()).search)).toBe(
      '?where=clicks.device:is:mobile&tab=clicks:device',
    )
    expect(await at.page.locator('.filt .f').textContent()).toBe('clicks device')
    await panel('byCountry').locator('canvas').waitFor()
    expect(Number(await tile('Readings').getAttribute('data-value'))).toBeGreaterThan(before / 2)
    expect(
      at.server.asked.filter((text) => text.includes('metric=readings') && text.includes('where=')),
    ).toEqual(at.server.asked.filter((text) => text.includes('where=signal')))
    await expect
      .poll(() => panel('bySite').locator('[data-not-filtered]').textContent())
      .toBe('Not filtered: the filter is on device of clicks.')
    expect(await tile('Readings').locator('[data-unfiltered]').textContent()).toBe('not filtered')
    expect(await tile('Clicks').locator('[data-unfiltered]').count()).toBe(0)
    expect(await tile('Arriving').locator('.chg').textContent()).toBe(
      'not filteredclicks and readings, last minute',
    )
    expect(await panel('feed').locator('[data-not-filtered]').textContent()).toContain('Not filtered')
    // An address without a source means the first that has the field.
    await at.page.goto(`${at.server.address}/?where=device:is:mobile`)
    await expect.poll(() => at.page.locator('.filt .f').textContent()).toBe('clicks device')
    await expect.poll(() => tile('Readings').getAttribute('data-value')).toMatch(/^\d{4,}$/)
  })

  test('a refused panel shows nothing of the question before, in chart, tile or table', async () => {
    await open()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    await panel('top-clicks').getByRole('button', { name: '/harbour/tides', exact: true }).click()
    await expect
      .poll(() => panel('byCountry').locator('[data-why]').textContent())
      .toContain('no breakdown of clicks holds country and path together')
    expect(await panel('byCountry').locator('canvas, .lg, .fresh').count()).toBe(0)
    // The total by path alone is answered: it is of this question.
    await expect.poll(() => tile('Clicks').getAttribute('data-value')).toMatch(/^\d+$/)
    // Two filters that nothing holds together: every number of clicks goes.
    await panel('top-clicks').getByRole('tab', { name: 'Country' }).click()
    await expect
      .poll(() => panel('top-clicks').locator('[data-why]').textContent())
      .toContain('country and path')
    expect(await panel('top-clicks').locator('tr[data-key]').count()).toBe(0)
    await at.page.goto(`${at.server.address}/?where=clicks.path:is:/harbour/tides&where=clicks.country:is:DE`)
    for (const title of ['Clicks', 'Page views', 'Revenue']) {
      await expect.poll(() => tile(title).locator('.val').textContent()).toBe('no answer')
      expect(await tile(title).getAttribute('data-value')).toBeNull()
      expect(await tile(title).locator('.fresh').count()).toBe(0)
    }
    expect(await tile('Readings').locator('.fresh').getAttribute('data-state')).toBe('exact')
    // What arrives is of everything, and known.
    expect(await tile('Arriving').locator('.chg').textContent()).toBe(
      'not filteredclicks and readings, last minute',
    )
  })

  test('an answer to the question before stands faintly until its own comes', async () => {
    await open()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    be({ slowMs: 2500 })
    await at.page.getByRole('button', { name: /^Last 15 minutes/ }).click()
    await at.page.getByRole('button', { name: 'Last 6 hours' }).click()
    // All of one moment: on a slow machine the answer is there before a second look.
    const seen = await at.page.waitForFunction(
      `(() => {
        const [tile, panel] = ['[data-tile="Clicks"]', '[data-panel="byCountry"]'].map((one) => document.querySelector(one))
        const chips = (of) => of.querySelectorAll('.fresh').length
        return (tile.matches('.ghost') || tile.querySelector('.sk') !== null) && [tile.getAttribute('data-value'), chips(tile), chips(panel)]
      })()`,
    )
    expect(await seen.jsonValue()).toEqual([null, 0, 0])
    await expect.poll(() => tile('Clicks').getAttribute('data-value')).toMatch(/^\d/)
  })

  test('the store hangs: within seconds nothing is exact or live, and no total falls', async () => {
    await open()
    expect(await says()).toBe('Live')
    be({ hung: true })
    await expect.poll(states, { timeout: 12_000 }).not.toContain('exact')
    await expect.poll(says).toBe('Stale')
    // A tile of the list says so too, and no chip is wider than its panel.
    expect(await tile('Devices reporting').locator('.fresh').textContent()).toBe('no answer')
    expect(
      await at.page
        .locator('.fresh')
        .evaluateAll((all) =>
          all.filter((chip) => chip.scrollWidth > chip.clientWidth).map((chip) => chip.textContent),
        ),
    ).toEqual([])
    const shown = Number(await tile('Clicks').getAttribute('data-value'))
    await expect.poll(() => panel('byCountry').locator('.fresh').textContent()).toMatch(/^no answer for /)
    expect(await panel('byCountry').locator('[data-why]').textContent()).toContain(
      'The API has not answered for',
    )
    // Refusals come, once a second: they make nothing young.
    be({
      hung: false,
      problem: {
        type: 'urn:tidemark:problem:store_unreachable',
        title: 'The store does not answer',
        status: 503,
      },
    })
    await at.page.waitForTimeout(2500)
    expect(await states()).not.toContain('exact')
    expect(await panel('byCountry').locator('[data-why]').textContent()).toContain(
      'The store does not answer',
    )
    expect(Number(await tile('Clicks').getAttribute('data-value'))).toBe(shown)
    be({ problem: null })
    await expect.poll(states).toEqual(['exact'])
    expect(await says()).toBe('Live')
  })

  test('no worker counts: as many wait as Kafka says, nothing is exact, and a total of what is known does not fall', async () => {
    await open()
    be({ stoppedAtMs: Date.now(), behindRecords: 303 })
    await expect.poll(states, { timeout: 12_000 }).not.toContain('exact')
    expect(await panel('byCountry').locator('.fresh').textContent()).toContain('303 records')
    expect(await says()).not.toBe('Live')
    await expect
      .poll(() => tile('Clicks').locator('.chg').textContent(), { timeout: 12_000 })
      .toMatch(/^up to \d\d:\d\d:\d\d$/)
    const totals: number[] = []
    for (let i = 0; i < 8; i++) {
      totals.push(Number(await tile('Clicks').getAttribute('data-value')))
      await at.page.waitForTimeout(500)
    }
    expect(
      totals.every((total, i) => i === 0 || total >= totals[i - 1]!),
      totals.join(' '),
    ).toBe(true)
  })

  test('Kafka does not say where the log ends: nothing is exact, on either page', async () => {
    await open()
    be({ kafka: false })
    await expect.poll(states).not.toContain('exact')
    await expect
      .poll(() => panel('byCountry').locator('[data-why]').textContent())
      .toContain('Kafka does not say where the log of clicks ends')
    await at.page.goto(`${at.server.address}/pipeline`)
    await panel('partitions').waitFor()
    expect(await states()).not.toContain('exact')
    expect(await panel('troubles').textContent()).toContain('Kafka does not answer this API')
    expect(await panel('partitions').locator('tr[data-partition="clicks/0"]').textContent()).toContain('≥')
    be({ kafka: true })
    await expect.poll(states).toEqual(['exact'])
  })

  test('the pipeline says of a partition what is so: stopped, halted with the command, never opened', async () => {
    await at.page.goto(`${at.server.address}/pipeline`)
    await panel('partitions').waitFor()
    expect(await panel('troubles').textContent()).toContain('Each of 8 partitions has a worker')
    for (const [third, words] of [
      ['stale', 'has not reported'],
      ['halted', 'tidemark partition skip clicks/3 --to 17'],
      ['unopened', 'No worker ever opened it.'],
    ] as const) {
      be({ third, behindRecords: 7, lagMs: 4000 })
      await panel('partitions').locator(`tr[data-partition="clicks/3"][data-state="${third}"]`).waitFor()
      expect(await panel('troubles').textContent()).toContain(words)
      expect(await panel('troubles').textContent()).toContain('7 records wait')
      expect(await states()).not.toContain('exact')
      expect(await panel('partitions').locator('.unit').textContent()).toBe('6 of 8 counted')
    }
  })

  test('a tab that is shown again says nothing that it does not know', async () => {
    await open()
    await at.page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }), document.dispatchEvent(new Event('visibilitychange'))`,
    )
    await at.page.waitForTimeout(500)
    expect(await states()).toEqual(['lost'])
    be({ silent: true })
    await at.page.evaluate(`delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))`)
    await at.page.waitForTimeout(300)
    expect([await states(), await says()]).toEqual([['lost'], 'Waiting'])
    be({ silent: false })
    await expect.poll(states).toEqual(['exact'])
  })

  test('a first answer that takes seven seconds of beats only begins nothing anew', async () => {
    be({ hung: true })
    await at.page.goto(`${at.server.address}/`)
    await at.page.locator('[data-panel="byCountry"] .loading').waitFor()
    await at.page.waitForTimeout(7000)
    expect(at.server.asked.filter((text) => text.includes('by=country')).length).toBeLessThanOrEqual(2)
    expect([await says(), (await chips()).length]).toEqual(['Waiting', 0])
    be({ hung: false })
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  })

  test('those past the limit of an answer are in its total, which is that of before too', async () => {
    be({ most: 3 })
    await open()
    const last = (key: string) =>
      panel('byCountry').locator(`[data-key='${key}'] [data-cell="last"]`).textContent().then(Number)
    await panel('byCountry').locator('[data-key="others"]').waitFor()
    expect(await panel('byCountry').locator('[data-key="others"] button').textContent()).toBe('7 others')
    const parts = await Promise.all(['"DE"', '"FR"', '"NL"', 'others'].map(last))
    expect(Math.abs(parts.reduce((sum, one) => sum + one, 0) - (await last('total')))).toBeLessThanOrEqual(2)
    const before = Number(await panel('byCountry').locator('[data-key="before"] td').nth(4).textContent())
    expect(
      before / Number(await panel('byCountry').locator('[data-key="total"] td').nth(4).textContent()),
    ).toBeGreaterThan(0.8)
  })

  test('before a full period there is no change, and no line before the log begins', async () => {
    be({ sinceMs: Date.now() - 1_000_000 })
    await open()
    await expect.poll(() => tile('Clicks').locator('.chg').textContent()).toBe('no full period before')
    await panel('byCountry').locator('[data-key="before"]').waitFor()
    const text = await at.page.locator('main').textContent()
    expect(text).not.toMatch(/[↑↓]\s?\d+\.\d\u202f%was/)
  })

  test('an untouched page shifts less than 0.02 in a minute, whoever is quiet longest', async () => {
    at.server.catalog = [clicks, readings, orders]
    await open()
    const loading = (await at.page.evaluate(SHIFTS)) as number
    expect(loading).toBeLessThan(0.1)
    for (let i = 0; i < 9; i++) {
      at.server.turn++
      be(i % 3 === 0 ? { lagMs: 1900 } : { lagMs: 41 })
      await at.page.waitForTimeout(1300)
    }
    // Twelve seconds stand for a minute: each is worth five.
    expect(
      5 * (((await at.page.evaluate(SHIFTS)) as number) - loading),
      ((await at.page.evaluate('window.shifted ?? []')) as string[]).join('\n'),
    ).toBeLessThan(0.02)
  })
})
