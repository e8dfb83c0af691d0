/** The page of the store in a browser: what it shows, and that it makes nothing up. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, vi } from 'vitest'
import { needs } from '../harness/needs.ts'
import { CUT_OFF, OVERFLOW, panelOf, SIZES, stage } from './browser.ts'
import { cluster, reticent } from './mock/store.ts'

const { describe, test } = needs('chromium')
vi.setConfig({ testTimeout: 60_000 })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FINDINGS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`

describe('the page of the store', () => {
  const at = stage()
  const evaluate = <T>(code: string): Promise<T> => at.page.evaluate(code) as Promise<T>
  const panel = (name: string) => panelOf(at.page, name)
  const tile = (title: string) => at.page.locator(`[data-tile="${title}"]`).textContent()
  async function open(): Promise<void> {
    await at.page.goto(`${at.server.address}/store`)
    await panel('topology').waitFor()
  }

  test('shows who leads, what lags, what is down, what was proved, and the commands', async () => {
    await open()
    expect(await at.page.title()).toBe('Store · Tidemark')
    expect(await panel('topology').locator('.unit').textContent()).toBe(
      'valkey 9.1.2, 3 shards, 1 replica each',
    )
    const row = (port: number) => panel('topology').locator(`[data-node="127.0.0.1:${port}"]`)
    expect(await row(7001).textContent()).toMatch(/primary.*0 to 5,460.*a.*1\.6\u202fGB of 4\.0\u202fGB/)
    expect(await row(7101).textContent()).toMatch(/replica of shard 1.*1\.2\u202fkB/)
    expect(await row(7102).textContent()).toMatch(/does not answer/)
    expect(await row(7102).getAttribute('data-state')).toBe('down')
    expect(await tile('Nodes up')).toMatch(/5of 6/)
    expect(await tile('Kept on disk')).toMatch(/durable.*synced every second/)
    expect(await tile('Last backup')).toMatch(/verified.*2\u202fh.*ago/)
    expect(await panel('memory').locator('[data-pace]').textContent()).toMatch(
      /\+600\.0\u202fMB a day, by the last 1\u202fd; .*full on/,
    )
    expect(await panel('memory').locator('.memplot').getAttribute('aria-label')).toMatch(
      /forecast 5\.\d\u202fGB/,
    )
    expect(await panel('memory').locator('.bands li').allTextContents()).toEqual([
      ' cells',
      ' names',
      ' server',
      ' rankings',
      ' all else',
    ])
    expect(await row(7101).textContent()).toContain('1.6\u202fGB')
    expect(await row(7103).textContent()).toContain('not known')
    expect(await panel('topology').locator('[data-silent="1"]').textContent()).toContain('127.0.0.1:7103')
    expect(await panel('calls').locator('[data-slow]').allTextContents()).toEqual([
      expect.stringMatching(/fcall apply127\.0\.0\.1:710261\u202fms$/),
      expect.stringMatching(/scan127\.0\.0\.1:700112\u202fms$/),
    ])
    expect(await panel('calls').locator('[data-slow-note]').textContent()).toMatch(
      /^Not told by 127\.0\.0\.1:7103/,
    )
    expect(await panel('backups').locator('[data-verified="false"]').textContent()).toContain(
      'cannot be read',
    )
    expect(await panel('history').locator('[data-kind="node"]').textContent()).toContain('is a primary')
    expect(await panel('history').locator('[data-rewinds="2"]').textContent()).toContain('clicks/3 2 times')
    expect(await panel('backups').locator('code').first().textContent()).toBe(
      'tidemark store backup --to /srv/backups --store redis+cluster://127.0.0.1:7001',
    )
    for (const width of [390, 800, 1440, 2560]) {
      await at.page.setViewportSize({ width, height: 1000 })
      expect(await evaluate<number>(OVERFLOW), `${width} px`).toBeLessThanOrEqual(0)
      expect(await evaluate<string[]>(CUT_OFF), `${width} px`).toEqual([])
    }
    expect((await evaluate<string[]>(SIZES)).every((size) => ['11px', '13px', '28px'].includes(size))).toBe(
      true,
    )
    await evaluate(axe)
    expect(await evaluate<string[]>(FINDINGS)).toEqual([])
  })

  test('what is not known is said to be so, never a 0', async () => {
    at.server.store = reticent(Date.now())
    await open()
    expect(await tile('Kept on disk')).toContain('not known')
    expect(await tile('Calls')).toContain('not known')
    expect(await tile('Replica lag, worst')).toContain('no replica')
    expect(await tile('Last backup')).toContain('not known')
    expect(await panel('memory').textContent()).toContain('By kind: not known')
    expect(await panel('calls').textContent()).toContain('not known: the store does not tell')
    expect(await panel('calls').textContent()).toContain('Not told by node 1')
    expect(await panel('calls').textContent()).not.toContain('No call')
    expect(await panel('history').textContent()).toMatch(/rewound is not known/)
    expect(await panel('commands').textContent()).toContain('tells no addresses')
    expect(await at.page.locator('main').textContent()).not.toMatch(
      /\d+\.\d+\.\d+\.\d+:\d+|NaN|undefined|null/,
    )
  })

  test('of a store that is away it shows what that said last, and says so once', async () => {
    await open()
    at.server.store = { ...cluster(Date.now()), isAway: true, asOfMs: Date.now() - 40_000 }
    await panel('away').waitFor()
    expect(await panel('away').textContent()).toContain('Nothing is lost')
    expect(await tile('Nodes up')).toContain('no answer')
    expect(await panel('topology').locator('.fresh').getAttribute('data-state')).toBe('stale')
    at.server.store = cluster(Date.now())
    await panel('away').waitFor({ state: 'detached' })
  })
})
