/** A sentinel that goes away while the primary serves on is nobody's trouble: nothing is written on the error output of the process. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openBehind, startFakeSentinel } from '../harness/fake-sentinel.ts'
import { startTestStore } from '../harness/store.ts'

/** For several tries to reach it again. */
const TRIES_MS = 500

test('the store answers, and no word of the client library gets out', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => written.mockRestore())
  const primary = await startTestStore()
  onTestFinished(() => primary.stop())
  const sentinel = await startFakeSentinel(primary.port)
  const { get } = await openBehind(sentinel)
  await sentinel.stop()
  await sleep(TRIES_MS)
  expect(await get()).toBe('answered')
  expect(written.mock.calls).toEqual([])
})
