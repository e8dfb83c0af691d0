/** The matrix of what an answer may say of itself (law L9): what Kafka, the worker and the store each know, and what follows. */
import { describe, expect, test } from 'vitest'
import { PartitionObserver } from '../../../query-api/sources/partition-observer.ts'
import { matrix } from './provenance-matrix.ts'
import { NOW, SECOND, position, ask } from './provenance-case.ts'

describe('what an answer says of itself', () => {
  test.each(Object.entries(matrix))('%s', (_, row) => expect(ask(row)).toMatchObject(row.says))

  test('nothing is claimed that is not there', () => {
    const { incomplete, rebuilding, catalogLost, logEnd } = ask(matrix['all is counted']!)
    expect([incomplete, rebuilding, catalogLost, logEnd.why]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

test('what others find while a reading is under way is no loss; a store that came back with less is one', () => {
  const observer = new PartitionObserver()
  const at = (next: number, before = observer.seen()): number =>
    observer.observe({ position: position({ next, end: 20 }) }, NOW, before).mostNext
  expect(at(10)).toBe(10)
  const slow = observer.seen()
  expect(at(20)).toBe(20)
  expect(at(12, slow)).toBe(12)
  expect(at(12)).toBe(20)
  const empty = observer.seen()
  expect(observer.observe({ position: null }, NOW, empty).mostNext).toBe(20)
})

describe('whether a worker lives', () => {
  const observe = (observer: PartitionObserver, endAtMs: number, atMs: number): number | null =>
    observer.observe({ position: { ...position({ next: 1 })!, endAtMs } }, atMs, observer.seen()).reportedMs

  test.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
    ['right', 0],
  ])('a worker whose clock is %s lives as long as it reports, and not longer', (_, aheadMs) => {
    const observer = new PartitionObserver()
    for (let at = 0; at < 30; at++) observe(observer, NOW + aheadMs + at * SECOND, NOW + at * SECOND)
    expect(
      NOW + 29 * SECOND - observe(observer, NOW + aheadMs + 29 * SECOND, NOW + 29 * SECOND)!,
    ).toBeLessThan(2000)
    expect(
      NOW + 45 * SECOND - observe(observer, NOW + aheadMs + 29 * SECOND, NOW + 45 * SECOND)!,
    ).toBeGreaterThan(10_000)
  })

  test('after a long pause between two looks it is not taken for one that just reported', () => {
    const observer = new PartitionObserver()
    observe(observer, NOW, NOW)
    expect(observe(observer, NOW + 20 * SECOND, NOW + 60 * SECOND)).toBe(NOW + 20 * SECOND)
  })
})
