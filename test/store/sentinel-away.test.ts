/** A sentinel that goes away while the primary serves on is nobody's trouble: nothing is written on the error output of the process. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { startFakeSentinel } from '../harness/fake-sentinel.ts'
import { startTestStore } from '../harness/store.ts'

const patience = { timeout: 15_000, interval: 20 }
/** For several tries to reach it again. */
const TRIES_MS = 500

test('the store answers, and no word of the client library gets out', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => written.mockRestore())
  const primary = await startTestStore()
  const sentinel = await startFakeSentinel(primary.port)
  const store = await openStore({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/main` })
  onTestFinished(async () => void (await Promise.all([store.close(), primary.stop()])))
  const get = (): Promise<string> =>
    store.pipeline([['GET', 'tm:{x}']]).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    )
  await expect.poll(get, patience).toBe('answered')
  await expect.poll(() => sentinel.listeners(), patience).toBeGreaterThan(0)
  await sentinel.stop()
  await sleep(TRIES_MS)
  expect(await get()).toBe('answered')
  expect(written.mock.calls).toEqual([])
})
