/** A failover that is told of in the very moment in which the new primary is asked for: the connection comes up all the same, and one that is closed stays closed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openBehind, patience, startFakeSentinel } from '../harness/fake-sentinel.ts'
import { startTestStore } from '../harness/store.ts'

/** Until what was told is heard. */
const HEARD_MS = 50

test('the new primary is found', async () => {
  const [first, second] = await Promise.all([startTestStore(), startTestStore()])
  const sentinel = await startFakeSentinel(first.port)
  onTestFinished(async () => void (await Promise.all([sentinel.stop(), second.stop()])))
  const { store, get } = await openBehind(sentinel)

  let asked = 0
  sentinel.beforeAnswer(async () => {
    if (asked++ > 0) return
    sentinel.name(second.port)
    sentinel.tellSwitch()
    await sleep(HEARD_MS)
  })
  await first.stop()
  await expect.poll(() => asked, patience).toBeGreaterThan(0)
  await expect.poll(get, patience).toBe('answered')

  await store.close()
  const before = asked
  await sleep(4 * HEARD_MS)
  expect(asked).toBe(before)
})
