/** Replicas are reminded soon after somebody came or went, and seldom where nothing moves. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Hurry } from '../../store/endpoint/hurry.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function counted(): { hurry: Hurry; asked: () => number } {
  let asked = 0
  return { hurry: new Hurry(async () => void asked++), asked: () => asked }
}
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

test('who waits for long is not asked for all the time; whoever comes then is asked for at once', async () => {
  const { hurry, asked } = counted()
  const over = hurry.begin()
  await pass(1)
  expect(asked()).toBe(1)
  await pass(1000)
  expect(asked()).toBeLessThan(60)
  const before = asked()
  const overToo = hurry.begin()
  await pass(1)
  expect(asked()).toBe(before + 1)
  // Under steady traffic somebody always waits: each one that is done makes the next question a soon one.
  await pass(1000)
  const later = asked()
  overToo()
  overToo()
  await pass(1)
  expect(asked()).toBe(later + 1)
  over()
  await pass(100)
  const last = asked()
  await pass(1000)
  expect(asked()).toBe(last)
})

test('one question at a time, also where it fails or takes long', async () => {
  let [open, most] = [0, 0]
  const hurry = new Hurry(async () => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 50))
    open--
    throw new Error('away')
  })
  const overs = Array.from({ length: 10 }, () => hurry.begin())
  await pass(500)
  for (const over of overs) over()
  expect(most).toBe(1)
})

test('a closed one asks nobody any more', async () => {
  const { hurry, asked } = counted()
  hurry.begin()
  hurry.close()
  hurry.begin()
  await pass(500)
  expect(asked()).toBe(0)
})
