/** The examples of clients, as they stand, against a real API. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { transformWithOxc } from 'vite'
import { expect, test, vi } from 'vitest'
import { startProgram } from '../harness/tidemark.ts'
import { served } from './served.ts'

vi.setConfig({ testTimeout: 60_000 })
const folder = resolve(import.meta.dirname, '../../examples/clients')
const at = served([{ country: 'DE' }, { country: 'DE' }, { country: 'FR' }])

const METRIC = 'shop.events'
const python = (file: string, ...args: string[]) =>
  startProgram('python3', ['-B', join(folder, file), ...args])

test('one question in Python', async () => {
  const asking = python('query.py', at.base, METRIC, 'country')
  expect(await asking.ended).toBe(0)
  expect(asking.said()).toBe("DE\t2\nFR\t1\n# shop up to {'0': 3}, complete 1, from cells\n")
  const wrong = python('query.py', at.base, METRIC, 'visitor')
  expect(await wrong.ended).toBe(1)
  expect(wrong.said()).toContain('add visitor to "breakdowns:"')
})

/** Two frames, between which two events come. */
async function watched(start: (most: string) => ReturnType<typeof startProgram>): Promise<void> {
  const before = (await (await fetch(`${at.base}/v1/top?metric=${METRIC}&by=country`)).json()) as {
    total: { value: number }
  }
  const watching = start('100')
  try {
    await watching.until('"total"')
    await at.count([{ country: 'IT' }, { country: 'IT' }])
    await vi.waitFor(
      () => {
        const lines = watching
          .said()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { total: number; complete: number })
        expect(lines.map(({ total }) => total)).toContain(before.total.value)
        expect(lines.at(-1)).toMatchObject({ total: before.total.value + 2, complete: 1 })
      },
      { timeout: 30_000, interval: 100 },
    )
  } finally {
    await watching.stop()
  }
}

test('a live stream in Python', () => watched((most) => python('watch.py', at.base, METRIC, most)))

test('a live stream in TypeScript', async () => {
  const { code } = await transformWithOxc(readFileSync(join(folder, 'watch.ts'), 'utf8'), 'watch.ts')
  await watched((most) =>
    startProgram(process.execPath, ['--input-type=module', '-e', code, 'watch.ts', at.base, METRIC, most]),
  )
})
