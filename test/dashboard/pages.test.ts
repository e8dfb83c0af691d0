import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { OVERFLOW, panelOf, stage } from './browser.ts'
import { clicks, orders, readings, valueAt, visited } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })

describe('what is shown', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  const panel = (name: string) => panelOf(at.page, name)
  const search = (): string => decodeURIComponent(new URL(at.page.url()).search)
  async function open(path = '/'): Promise<void> {
    await at.page.goto(at.server.address + path)
    await (path.startsWith('/pipeline')
      ? panel('partitions')
      : at.page.locator('.stat .val:not(:has(.sk)), [data-panel="hero"]').first()
    ).waitFor()
  }

  test('tiles compare with the time before: percent, number and number before are of the same stretch', async () => {
    await open()
    const change = at.page.locator('[data-tile="Clicks"] .chg')
    await expect.poll(() => change.textContent()).toMatch(/^[↑↓ ]\s?\d+\.\d\u202f%[\d.k]* ?was \d/)
    const text = (await change.textContent())!
    const toS = Math.floor(Date.now() / 1000)
    const [, arrow, percent, now, was] = /^([↑↓ ])\s?([\d.]+)\u202f%(?:([\d.]+)k )?was ([\d.]+)k$/.exec(text)!
    const number = (thousands: string | undefined): number => Number(thousands) * 1000
    const shown =
      now === undefined
        ? Number(await at.page.locator('[data-tile="Clicks"]').getAttribute('data-value'))
        : number(now)
    expect(((shown - number(was)) / number(was)) * 100 * (arrow === '↓' ? -1 : 1)).toBeCloseTo(
      Number(percent),
      0,
    )
    // The page may be some seconds old by now, and knows the newest second only in part.
    const sums = Array.from({ length: 20 }, (_, late) => {
      let sum = 0
      for (let s = toS - 1800 - late; s < toS - 900 - late - 1; s++)
        sum += valueAt('clicks.events', null, '', s * 1000)
      return sum
    })
    expect(Math.min(...sums.map((sum) => Math.abs(sum / number(was) - 1)))).toBeLessThan(0.004)
    expect(await panel('byCountry').locator('[data-key="before"]').textContent()).toContain('15 min before')
    await at.page.keyboard.press('x')
    await panel('byCountry').locator('[data-key="before"]').waitFor({ state: 'detached' })
    expect(search()).toBe('?compare=off')
  })

  test('a ranking has tabs, unfolds, keeps and leaves out; the back button undoes', async () => {
    await open()
    const top = panel('top-clicks')
    await top.locator('tbody tr[data-key]').nth(8).waitFor()
    expect(await top.locator('tbody tr').count()).toBe(9)
    expect(await top.locator('tr[data-key="\\"/weather/north-sea\\""] .ch').textContent()).toBe('new')
    await top.getByRole('button', { name: 'All 14 paths' }).click()
    await expect.poll(() => top.locator('tbody tr').count()).toBe(14)
    await top.getByRole('tab', { name: 'Country' }).click()
    await top.getByRole('button', { name: 'Germany', exact: true }).click()
    await at.page.locator('.filt[data-op="is"]').waitFor()
    expect(search()).toBe('?where=clicks.country:is:DE&tab=clicks:country')
    await expect.poll(() => panel('byCountry').locator('tbody tr').count()).toBe(3)
    expect(await panel('bySite').locator('[data-not-filtered]').textContent()).toBe(
      'Not filtered: readings has no country.',
    )
    await at.page.goBack()
    await at.page.locator('.filt').waitFor({ state: 'detached' })
    await top.getByRole('button', { name: 'Germany', exact: true }).click({ modifiers: ['Alt'] })
    const chip = at.page.locator('.filt[data-op="not"]')
    await chip.waitFor()
    expect(
      await evaluate<string>(
        `getComputedStyle(document.querySelector('.filt[data-op="not"]')).borderTopStyle`,
      ),
    ).toBe('dashed')
    expect(
      await evaluate<string>(
        `getComputedStyle(document.querySelector('.filt[data-op="not"] .op')).fontWeight`,
      ),
    ).toBe('600')
    await chip.getByRole('button', { name: /^Remove/ }).click()
    await chip.waitFor({ state: 'detached' })
  })

  test('a filter that no breakdown holds says which one to add', async () => {
    await open('/?where=path:is:/harbour/tides')
    const why = panel('byCountry').locator('[data-why]')
    await expect
      .poll(() => why.textContent())
      .toContain('no breakdown of clicks holds country and path together')
    expect(await why.locator('code').textContent()).toBe('breakdowns: [[country, path]]')
  })

  test('filters are added from values that are known', async () => {
    await open()
    await at.page.keyboard.press('/')
    await at.page.getByRole('button', { name: 'Country', exact: true }).click()
    const netherlands = at.page.getByRole('button', { name: 'country is not Netherlands' })
    await netherlands.waitFor()
    // An open menu never makes the page wider.
    for (const width of [390, 900, 1440]) {
      await at.page.setViewportSize({ width, height: 1000 })
      expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
    }
    await netherlands.click()
    await at.page.locator('.filt[data-op="not"]').waitFor()
    expect(search()).toBe('?where=clicks.country:not:NL')
  })

  test('a range is written in the grammar, or says in red what is wrong', async () => {
    await open()
    await at.page.getByRole('button', { name: /^Last 15 minutes/ }).click()
    const [from, to] = [at.page.locator('.field input').first(), at.page.locator('.field input').last()]
    await from.fill('yesterday')
    expect(await at.page.locator('.menu [role="alert"]').textContent()).toContain('"yesterday" is not a time')
    expect(await at.page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await from.fill('now-40m')
    await to.fill('now-10m')
    await at.page.getByRole('button', { name: 'Apply' }).click()
    expect(search()).toBe('?from=now-40m&to=now-10m')
    await at.page.getByRole('button', { name: 'Go live' }).waitFor()
  })

  test('drag to zoom; "Go live" returns', async () => {
    await open()
    const plot = (await at.page.locator('[data-chart="byCountry"]').boundingBox())!
    await at.page.mouse.move(plot.x + 150, plot.y + 90)
    await at.page.mouse.down()
    await at.page.mouse.move(plot.x + 260, plot.y + 90, { steps: 4 })
    await at.page.mouse.up()
    await expect.poll(search).toMatch(/^\?from=\d{13}&to=\d{13}$/)
    const [from, to] = [...search().matchAll(/\d{13}/g)].map(Number) as [number, number]
    expect(to - from).toBeGreaterThan(60_000)
    expect(to - from).toBeLessThan(400_000)
    await at.page.getByRole('button', { name: 'Go live' }).click()
    await at.page.locator('[data-live="live"], [data-live="held"]').waitFor()
    expect(search()).toBe('')
  })

  test('devices: the longest silent first, counts, last values', async () => {
    await open()
    const devices = panel('devices')
    await devices.locator('.dev[data-key]').first().waitFor()
    expect(
      await devices
        .locator('.dev')
        .evaluateAll((rows) =>
          rows.slice(0, 3).map((row) => `${row.getAttribute('data-key')} ${row.getAttribute('data-status')}`),
        ),
    ).toEqual(['bergen-quay-04 quiet', 'porto-meter-31 quiet', 'porto-cold-07 online'])
    expect(await devices.locator('.counts').textContent()).toMatch(/2quiet over 2\u202fmin1,185reporting/)
    expect(await devices.locator('.dev').nth(2).locator('.v').textContent()).toBe('7.10\u202f°Ctemperature')
    // One whose clock is wrong is named, and heard at no time.
    at.server.mood.ahead = 2
    await expect.poll(() => devices.locator('.counts').textContent()).toContain('2ahead of time')
    expect(await devices.locator('.dev[data-status="ahead"]').textContent()).toContain(
      'Its clock is 400\u202fd ahead',
    )
    expect(await devices.locator('.dev[data-status="ahead"] .ago').textContent()).toBe('')
    await devices.getByRole('button', { name: '100 of 1,187 devices' }).click()
    await expect
      .poll(() => at.server.asked.some((text) => text.startsWith('entities') && text.endsWith('limit=100')))
      .toBe(true)
  })

  test('sessions and funnels have a page where a source declares them', async () => {
    await open()
    const link = at.page.getByRole('link', { name: 'Visitors' })
    expect(await link.count()).toBe(0)
    at.server.catalog = [visited, readings]
    await at.page.reload()
    await link.click()
    await panel('funnel-clicks-checkout').locator('[data-step="paid"]').waitFor()
    expect(new URL(at.page.url()).pathname).toBe('/visitors')
    expect(await at.page.locator('[data-tile="Sessions"]').getAttribute('data-value')).toBe('26310')
    expect(await panel('funnel-clicks-checkout').locator('.drop').allTextContents()).toEqual([
      '4,197 left here, 42.7\u202f%',
      '4,316 left here, 76.6\u202f%',
    ])
    await at.page.locator('[data-chart="sessions-clicks"] canvas').waitFor()
    // The minute that runs has its bar, and it is said that more comes.
    await panel('sessions-clicks').locator('[data-open]').waitFor()
    await panel('sessions-clicks').getByRole('columnheader', { name: 'so far' }).waitFor()
    const names = panel('names-clicks')
    await names.getByRole('tab', { name: 'Entry' }).press('ArrowRight')
    await names.locator('[data-key="\\"/tickets/ferry\\""]').waitFor()
    expect(search()).toBe('?tab=clicks-by:exit')
    // What numbers are compared with is chosen for this page and the overview alike.
    await at.page.getByRole('button', { name: /^against/ }).click()
    await at.page.getByRole('button', { name: 'the week before' }).click()
    await expect
      .poll(() => at.server.asked.some((text) => /^funnel.*compare=previous_week/.test(text)))
      .toBe(true)
    at.server.mood.leftOut.late = 2
    await expect.poll(() => panel('sessions-clicks').textContent()).toContain('2 events came too late')
    await at.page.keyboard.press('o')
    await expect
      .poll(() => at.server.asked.some((text) => /^series.*compare=previous_week/.test(text)))
      .toBe(true)
    expect(await at.page.locator('[data-tile="Clicks"]').count()).toBe(1)
  })

  test("a source of the reader's own gets a whole page", async () => {
    at.server.catalog = [orders]
    await open()
    expect(
      await at.page
        .locator('[data-tile]')
        .evaluateAll((tiles) => tiles.map((one) => one.getAttribute('data-tile'))),
    ).toEqual(['Orders', 'Turnover', 'Total, mean'])
    await at.page.locator('[data-chart="orders.0"] canvas').waitFor()
    await at.page.locator('[data-chart="orders.1"] canvas').waitFor()
    await panel('top-orders').getByRole('tab', { name: 'Shop' }).click()
    await panel('top-orders').getByRole('button', { name: 'harbour', exact: true }).waitFor()
    expect(
      Number(await at.page.locator('[data-tile="Total, mean"]').getAttribute('data-value')),
    ).toBeGreaterThan(1)
    expect(await at.page.locator('h2.section').count()).toBe(0)
    // Beside the shipped ones it has a section of its own.
    at.server.catalog = [clicks, readings, orders]
    await at.page.reload()
    await at.page.locator('[data-section="orders"] [data-chart="orders.0"] canvas').waitFor()
    expect(await at.page.locator('h2.section').allTextContents()).toEqual([
      'Clicks and readingsshow only this',
      'Ordersshow only this',
    ])
    await at.page.locator('[data-section="orders"] h2.section .link').click()
    await at.page.locator('[data-section="shipped"]').waitFor({ state: 'detached' })
    expect(search()).toBe('?source=orders&tab=orders:shop')
  })
})
