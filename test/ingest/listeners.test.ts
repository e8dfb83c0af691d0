/** A worker knows whether anybody waits for its numbers: the store says it with each batch. */
import { expect, test } from 'vitest'
import { nobodyListens } from '../../ingest/generation.ts'
import { fetchOf, openHarness, recordsOf } from './loop.ts'
import { running, store } from './partition-store.ts'

test('a batch tells whether somebody listens; a sign of life says nothing new', async () => {
  const h = openHarness(store, running)
  await h.worker.start()
  const count = async (from: number, to: number): Promise<boolean | null> => {
    h.worker.push(fetchOf(recordsOf(from, to)))
    await expect.poll(() => h.worker.acknowledged).toBe(to)
    return h.worker.isHeard
  }
  expect(h.worker.isHeard).toBe(null)
  expect(await count(0, 10)).toBe(false)
  const end = await store.subscribe(h.keys.wake, () => {})
  expect(await count(10, 20)).toBe(true)
  const before = h.seen.applied
  await expect.poll(() => h.seen.applied, { timeout: 5000 }).toBeGreaterThan(before) // a report of an idle partition
  expect(h.worker.isHeard).toBe(true)
  await end()
  expect(await count(20, 30)).toBe(false)
})

test('nobody listens where one partition said so and none says otherwise', () => {
  const of = (...heard: (boolean | null)[]): boolean => nobodyListens(heard.map((isHeard) => ({ isHeard })))
  expect([of(false), of(false, null), of(false, false)]).toEqual([true, true, true])
  expect([of(), of(null), of(true), of(false, true), of(null, true)]).toEqual(
    Array.from({ length: 5 }, () => false),
  )
})
