/** The Overview at every width: nothing is cut off, nothing overflows, nothing moves while numbers arrive. */
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { CUT_OFF, OVERFLOW, SHIFTS, SIZES, stage } from './browser.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })

describe('the page', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  async function open(): Promise<void> {
    await at.page.goto(`${at.server.address}/`)
    await at.page.locator('[data-chart="byCountry"] canvas').waitFor()
  }

  test.each([390, 900, 1440, 2560])(
    'fits %i px, cuts no value, and uses at most four sizes of type',
    async (width) => {
      await at.page.setViewportSize({ width, height: 1000 })
      await open()
      for (const mood of [
        {},
        { complete: 0.875, lagMs: 3000 },
        { complete: 1, lagMs: 4000, behindRecords: 123_412 },
      ]) {
        Object.assign(at.server.mood, mood)
        await at.page.waitForTimeout(900)
        expect(await evaluate<number>(OVERFLOW)).toBeLessThanOrEqual(0)
        const cut = await evaluate<string[]>(CUT_OFF)
        expect(cut).toEqual([])
      }
      // The canvas lies where its plot is, whatever draws it.
      expect(
        await evaluate<number[]>(
          `[...document.querySelectorAll('.plot')].map((plot) => Math.abs(plot.getBoundingClientRect().y - plot.querySelector('canvas').getBoundingClientRect().y))`,
        ),
      ).toEqual([0, 0, 0])
      const found = await evaluate<string[]>(SIZES)
      expect(found.length).toBeLessThanOrEqual(4)
      expect(found.every((size) => Number.parseFloat(size) >= 11)).toBe(true)
    },
  )

  test.each([390, 1440])('does not shift while live at %i px', async (width) => {
    await at.page.setViewportSize({ width, height: 1000 })
    await open()
    const loading = await evaluate<number>(SHIFTS)
    expect(loading).toBeLessThan(0.1)
    await at.page.waitForTimeout(4500)
    expect(
      (await evaluate<number>(SHIFTS)) - loading,
      (await evaluate<string[]>('window.shifted ?? []')).join('\n'),
    ).toBeLessThan(0.02)
  })
})
