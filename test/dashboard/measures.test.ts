/** What does not add up, from the catalog alone: visitors and percentiles on the page, with their stated error; and budgets nearly spent. */
import { expect, vi } from 'vitest'
import { queriesOf, sectionsOf } from '../../dashboard/plan/plan.ts'
import { intervalFor } from '../../dashboard/plan/whole.ts'
import { wholeModel } from '../../dashboard/series/whole-model.ts'
import { viewOf } from '../../dashboard/view/view.ts'
import { needs } from '../harness/needs.ts'
import { CUT_OFF, OVERFLOW, panelOf, SHIFTS, stage } from './browser.ts'
import { clicks, measured, readings } from './mock/sources.ts'
import { World } from './mock/world.ts'
import { series } from './mock/series.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })

describe('what does not add up', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  const panel = (name: string) => panelOf(at.page, name)
  const tile = (title: string) => at.page.locator(`[data-tile="${title}"]`)

  test('is asked for as a whole and never summed: the plan', () => {
    const view = viewOf('/', '?where=clicks.country:is:DE', Date.now())
    const texts = queriesOf([measured, readings], view).map(({ text }) => text)
    const ofVisitors = texts.filter((text) => text.includes('clicks.visitors'))
    // The number of the range, its windows for the sparkline, and the fields that keep it.
    expect(ofVisitors).toEqual([
      expect.stringMatching(
        /^top\?metric=clicks\.visitors&from=now-15m&where=[^&]*&compare=previous&limit=1$/,
      ),
      expect.stringMatching(/^series\?metric=clicks\.visitors&from=now-15m&where=[^&]*&interval=1m$/),
      expect.stringMatching(/^top\?metric=clicks\.visitors&by=path&/),
    ])
    const [shipped] = sectionsOf([measured, readings])
    expect(
      shipped!.panels.flatMap((one) => (one.panel === 'top' ? [[one.name, ...one.fields]] : [])),
    ).toEqual([
      ['clicks', 'path', 'country', 'device', 'type'],
      ['visitors', 'path'],
      ['load', 'path', 'country', 'device', 'type'],
      ['readings', 'signal', 'site'],
    ])
    expect(shipped!.tiles.map(({ title }) => title)).toEqual([
      'Visitors',
      'Page views',
      'p75 load, ms',
      'Revenue',
      'Readings',
    ])
    expect(texts.filter((text) => /^series\?metric=clicks\.load\.p\d+&/.test(text))).toHaveLength(4)
    expect(texts.length).toBeLessThanOrEqual(32)
    expect(new Set(texts).size).toBe(texts.length)
    // A source that nobody drew a page for gets the same, by its catalog.
    const own = { ...measured, source: 'visits', metrics: measured.metrics.slice(3) }
    const [section] = sectionsOf([own])
    expect(section!.tiles.map(({ title }) => title)).toEqual(['Visitors', 'p75 load, ms'])
    expect(section!.panels.map(({ panel: kind }) => kind)).toEqual(['whole', 'top', 'whole', 'top', 'feed'])
    expect(sectionsOf([clicks, readings])[0]!.panels.some(({ panel: kind }) => kind === 'whole')).toBe(false)
    const windows = (from: string): string => intervalFor(measured, { range: { from, to: 'now' } })
    expect(['now-2m', 'now-15m', 'now-6h', 'now-24h'].map(windows)).toEqual(['1s', '1m', '1m', '1m'])
  })

  test('a window of visitors that still runs is not drawn as a fall', () => {
    const world = new World()
    world.mood.stoppedAtMs = Math.floor(Date.now() / 60_000) * 60_000 + 20_000
    const answer = series(world, 'series?metric=clicks.visitors&from=now-15m&interval=1m')
    const ends = (grows: boolean): number =>
      wholeModel([answer], { names: ['Visitors'], grows }).endsMs.at(-1)!
    expect(ends(true)).toBe(world.mood.stoppedAtMs - 20_000)
    expect(ends(false)).toBe(world.mood.stoppedAtMs)
  })

  test('in the first minute of a log, and of hours and days, it is what there is so far', () => {
    const world = new World()
    const beganMs = Math.floor(Date.now() / 60_000) * 60_000
    Object.assign(world.mood, { stoppedAtMs: beganMs + 20_000, sinceMs: beganMs + 5_000 })
    const answer = series(world, 'series?metric=clicks.visitors&from=now-15m&interval=1m')
    const model = wholeModel([answer], { names: ['Visitors'], grows: true })
    expect(model.openUntilMs).toBe(beganMs + 60_000)
    expect(model.startsMs.at(-1)).toBe(beganMs)
    expect(model.total.last).toBe(answer.series[0]!.values[model.startsMs.length - 1])
    expect(model.total.last).not.toBeNull()
    const hours = { ...answer.meta, intervalMs: 3_600_000, fromMs: 0, toMs: 24 * 3_600_000, sinceMs: 0 }
    const { openUntilMs, endsMs } = wholeModel(
      [
        {
          timesMs: [22, 23].map((hour) => hour * 3_600_000),
          series: [{ labels: {}, values: [7, 3] }],
          meta: { ...hours, asOfMs: 23.5 * 3_600_000 },
        },
      ],
      { names: ['Visitors'], grows: true },
    )
    expect([openUntilMs, endsMs.at(-1)]).toEqual([24 * 3_600_000, 23.5 * 3_600_000])
  })

  test('tiles, a chart of percentiles and a table show it, with its error', async () => {
    at.server.catalog = [measured, readings]
    at.server.mood.spent = [
      {
        kind: 'names',
        by: 'path',
        partition: 2,
        used: 4600,
        budget: 5000,
        sample: ['["/harbour/tides"]', '["/a\\u202eb"]'],
      },
    ]
    await at.page.goto(at.server.address)
    await expect.poll(() => tile('Visitors').getAttribute('data-value')).toBe('4321')
    expect(await tile('Visitors').locator('.val').textContent()).toBe('4,321')
    expect(await tile('Visitors').locator('.chg').textContent()).toContain('100.0\u202f%')
    expect(await tile('p75 load, ms').locator('.val').textContent()).toBe('187.5')
    await tile('Visitors').locator('.fresh[data-state="approx"]').waitFor()
    expect(await tile('Visitors').locator('.fresh').textContent()).toBe('±\u202f0.8\u202f%')
    expect(await tile('Visitors').locator('.fresh').getAttribute('title')).toContain('two of three values')
    expect(await tile('p75 load, ms').locator('.fresh').textContent()).toBe('±\u202f1\u202f%')
    expect(await tile('Page views').locator('.fresh').getAttribute('data-state')).toBe('exact')
    // The page says how far all is counted, and does not call exact what is not.
    await expect
      .poll(() => at.page.locator('.scope .fresh').textContent())
      .toMatch(/^complete as of .* behind$/)

    const load = panel('load')
    await load.locator('canvas').waitFor()
    expect(
      await load
        .locator('.lg tbody tr')
        .evaluateAll((rows) => rows.map((one) => one.getAttribute('data-key'))),
    ).toEqual(['p50', 'p75', 'p95', 'p99'])
    expect(await load.locator('.lg thead').textContent()).toBe('lastminmax') // no mean of percentiles
    expect(await load.locator('.unit').textContent()).toBe('percentiles of each 1\u202fmin, ms')
    expect(await load.locator('.fresh').textContent()).toMatch(/^±\u202f1\u202f% as of /)
    const table = panel('top-load')
    expect(await table.locator('thead').textContent()).toBe('Pathp75 load, mschange')
    await table.locator('tbody tr[data-key]').first().waitFor()

    // A budget that is nearly spent is named where its names are shown, and on the pipeline page.
    const note = panel('top-clicks').locator('[data-spent="path"]')
    await note.waitFor()
    expect(await note.textContent()).toContain("92\u202f% of the day's names given out")
    expect(await note.getAttribute('title')).toContain(
      '92\u202f% of the names of path for this UTC day are given out: 4,600 of 5,000, in partition 2, such as /harbour/tides, /a\\u202eb.',
    )
    expect(await panel('byCountry').locator('[data-spent]').count()).toBe(0)
    expect(
      await evaluate<number>(SHIFTS),
      (await evaluate<string[]>('window.shifted ?? []')).join('\n'),
    ).toBeLessThan(0.02)
    for (const width of [390, 1440]) {
      await at.page.setViewportSize({ width, height: 1000 })
      await at.page.waitForTimeout(300)
      expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
      expect(await evaluate<string[]>(CUT_OFF)).toEqual([])
    }
    await at.page.keyboard.press('p')
    await expect
      .poll(() => panel('troubles').textContent())
      .toContain(
        'clicks: 92\u202f% of the names of path for this UTC day are given out: 4,600 of 5,000, in partition 2',
      )
  })
})
