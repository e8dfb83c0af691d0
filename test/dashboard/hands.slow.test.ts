/** What hands do with the page: zoom and its way back, a pointer that rests, tables that unfold, keys in place of Alt-click, names that are hard to tell apart. */
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { panelOf, stage } from './browser.ts'
import { clicks, orders, readings } from './mock/sources.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 90_000 })

describe('hands', () => {
  const at = stage()
  const panel = (name: string) => panelOf(at.page, name)
  const search = (): string => decodeURIComponent(new URL(at.page.url()).search)
  async function open(path = '/'): Promise<void> {
    await at.page.goto(at.server.address + path)
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  }
  async function drag(from: number, to: number): Promise<void> {
    const before = search()
    // What is still awaited has no plot to drag over.
    await panel('byCountry').locator('.fresh').waitFor()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    const plot = (await at.page.locator('[data-chart="byCountry"]').boundingBox())!
    await at.page.mouse.move(plot.x + from, plot.y + 90)
    await at.page.mouse.down()
    await at.page.mouse.move(plot.x + to, plot.y + 90, { steps: 4 })
    await at.page.mouse.up()
    await expect.poll(search).not.toBe(before)
    await panel('byCountry').locator('.fresh').waitFor()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  }

  test('a zoom goes back to the range before it: Go live, a double click, Z, the button, however often one zoomed', async () => {
    await open('/?from=now-6h')
    await drag(150, 400)
    expect(search()).toMatch(/^\?from=\d{13}&to=\d{13}$/)
    await at.page.getByRole('button', { name: 'Go live' }).click()
    await expect.poll(search).toBe('?from=now-6h')

    await drag(150, 400)
    await drag(100, 300)
    const plot = (await at.page.locator('[data-chart="byCountry"]').boundingBox())!
    await at.page.mouse.dblclick(plot.x + 200, plot.y + 90)
    await expect.poll(search).toBe('?from=now-6h')

    await drag(150, 400)
    // The way back outlives a reload.
    await at.page.reload()
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
    await at.page.mouse.move(10, 10)
    await at.page.keyboard.press('z')
    await expect.poll(search).toBe('?from=now-6h')
    await at.page.goBack()
    await expect.poll(search).toMatch(/^\?from=\d{13}/)
    await at.page.getByRole('button', { name: 'Zoom out' }).click()
    await expect.poll(search).toBe('?from=now-6h')

    // A stretch that nobody zoomed into grows to twice as much.
    const t = Math.floor(Date.now() / 1000) * 1000
    await at.page.goto(`${at.server.address}/?from=${t - 1_200_000}&to=${t - 600_000}`)
    await at.page.getByRole('button', { name: 'Zoom out' }).click()
    await expect.poll(search).toBe(`?from=${t - 1_500_000}&to=${t - 300_000}`)
  })

  test('a pointer that rests holds the page for a minute, not for ever', async () => {
    await at.page.clock.install()
    await open()
    const plot = (await at.page.locator('[data-chart="byCountry"]').boundingBox())!
    await at.page.mouse.move(plot.x + 200, plot.y + 120)
    await at.page.mouse.move(plot.x + 300, plot.y + 120, { steps: 4 })
    await at.page.locator('[data-live="held"]').waitFor()
    await at.page.clock.fastForward(30_000)
    await at.page.locator('[data-live="held"]').waitFor()
    await at.page.clock.fastForward(31_000)
    await at.page.locator('[data-overheld]').waitFor()
    const asOf = () => panel('byCountry').locator('.fresh').getAttribute('data-as-of')
    const before = await asOf()
    await expect.poll(asOf).not.toBe(before)
    await at.page.mouse.move(plot.x + 320, plot.y + 130, { steps: 3 })
    await at.page.locator('[data-live="held"]').waitFor()
    expect(await at.page.locator('[data-overheld]').count()).toBe(0)
  })

  test('unfolding one panel stretches none beside it, in a row of any kind', async () => {
    at.server.catalog = [clicks, readings, orders]
    await open()
    await panel('top-clicks').getByRole('button', { name: 'All 14 paths' }).waitFor()
    await panel('devices').locator('.dev[data-key]').first().waitFor()
    const heights = async (): Promise<number[]> =>
      Promise.all(
        ['byCountry', 'top-clicks', 'bySite', 'devices'].map(async (name) =>
          Math.round((await panel(name).boundingBox())!.height),
        ),
      )
    const before = await heights()
    await panel('top-clicks').getByRole('button', { name: 'All 14 paths' }).click()
    await expect.poll(() => panel('top-clicks').locator('tbody tr').count()).toBe(14)
    await panel('devices').getByRole('button', { name: '100 of 1,187 devices' }).click()
    await panel('devices').getByRole('button', { name: 'Fewer' }).waitFor()
    expect(await heights()).toEqual(before)
    // Rows are whole: the box is as high as a number of them.
    const cut = await at.page.evaluate(
      `[...document.querySelectorAll('.devs, .rows-box')].map((box) => box.clientHeight % (box.className.startsWith('devs') ? 40 : 22))`,
    )
    expect([...new Set(cut as number[])]).toEqual([0])
  })

  test('what Alt does with a click, keys and a button of its own do too', async () => {
    await open()
    const row = panel('top-clicks').getByRole('button', { name: '/tickets/ferry', exact: true })
    await row.focus()
    await at.page.keyboard.press('Alt+Enter')
    await at.page.locator('.filt[data-op="not"]').waitFor()
    await at.page.goBack()
    await at.page.locator('.filt').waitFor({ state: 'detached' })
    await panel('top-clicks').getByRole('button', { name: 'Leave out /tickets/ferry' }).click()
    await at.page.locator('.filt[data-op="not"]').waitFor()
    expect(search()).toContain('where=clicks.path:not:/tickets/ferry')
  })

  test('one live region speaks when the cursor moves, and every table has a caption', async () => {
    await open()
    await at.page.locator('[data-chart="bySite"] canvas').waitFor()
    await panel('byCountry').locator('.lg').waitFor()
    await at.page.locator('[data-chart="bySite"]').focus()
    await at.page.keyboard.press('ArrowLeft')
    const speaking = () =>
      at.page
        .locator('figure [aria-live]')
        .evaluateAll((all) => all.filter((one) => one.textContent !== '').length)
    await expect.poll(speaking).toBe(1)
    expect(await at.page.locator('table:not(:has(caption))').count()).toBe(0)
    await at.page.goto(`${at.server.address}/pipeline`)
    await panel('partitions').waitFor()
    expect(await at.page.locator('table:not(:has(caption))').count()).toBe(0)
    expect(await at.page.locator('header a[href="/docs"]').count()).toBe(1)
  })

  test('a panel about one value says which it has none of, and teaches nobody who has sent before', async () => {
    Object.assign(at.server.mood, { without: 'signal:is:temperature' })
    await open()
    await expect
      .poll(() => panel('temperature').locator('.nodata').textContent())
      .toMatch(/^No temperature in the last 15 minutes; the log begins at \d+ \w+ \d{4} \d\d:\d\d:\d\d\.$/)
    expect(await panel('temperature').locator('.code, button').count()).toBe(0)
    expect(await at.page.locator('[data-tile="Readings"] .val').textContent()).toMatch(/\d/)
  })

  test('names that look alike are told apart, and none turns another around', async () => {
    const names = [
      null,
      '(none)',
      '',
      'desrever\u202e',
      '  ',
      '/section-3/articles/2026/november/the-first-one',
      '/section-3/articles/2026/november/the-other-one',
      '<b>bold</b>',
    ]
    // What the budget did not name, a value that is only written so, and a number that lies between two.
    at.server.named = [
      ...names,
      { labels: { path: '__other__' }, other: true, value: 7 },
      { labels: { path: '\\__other__' }, value: 2 },
      { labels: { path: '/few' }, value: 28, least: 28, most: 47 },
    ]
    await open()
    await panel('top-clicks').getByRole('button', { name: 'All 11 paths' }).click()
    const shown = () =>
      panel('top-clicks')
        .locator('tr[data-key] .t')
        .evaluateAll((all) => all.map((one) => one.textContent))
    await expect.poll(async () => (await shown()).length).toBe(names.length + 3)
    const texts = await shown()
    expect(new Set(texts).size).toBe(names.length + 3)
    expect(await panel('top-clicks').locator('tr[data-least="28"] .num').textContent()).toBe('28 to 47')
    expect(await panel('top-clicks').locator('tr[data-other]').textContent()).toContain('others7')
    expect(texts).toEqual([
      '(none)',
      '"(none)"',
      '(empty)',
      String.raw`"desrever\u202e"`,
      '"\u00a0\u00a0"',
      ...names.slice(5),
      'others',
      '"__other__"',
      '/few',
    ])
    // Long ones lose their middle: both ends stand in the row.
    const ends = await panel('top-clicks')
      .locator('.mid > :last-child')
      .evaluateAll((all) =>
        all.map((one) => [
          one.textContent,
          one.getBoundingClientRect().right <= one.closest('td')!.getBoundingClientRect().right + 1,
        ]),
      )
    expect(ends).toEqual([
      ['he-first-one', true],
      ['he-other-one', true],
    ])
    expect(await panel('top-clicks').locator('b b, td > b').count()).toBe(0)
  })
})
