import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FeedTrim } from '../../../ingest/feed-trim.ts'
import { FEED_ENTRIES, FEED_KEPT_MS, feedBytes } from '../../../store/layout/feed.ts'

test('L10: a feed keeps what a reader may still follow, within its bytes, and always the newest entry', () => {
  const cut = fc.record({
    bytes: fc.nat(400),
    waitMs: fc.nat(FEED_KEPT_MS / 10),
    isHeartbeat: fc.boolean(),
    most: fc.nat(20_000),
  })
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 300 }), (cuts) => {
      let most = 0
      let nowMs = 0
      let kept: { next: number; bytes: number; atMs: number }[] = []
      const trim = new FeedTrim(() => most)
      for (const [at, one] of cuts.entries()) {
        nowMs += one.waitMs
        most = one.most
        if (!one.isHeartbeat) kept.push({ next: at + 1, bytes: one.bytes, atMs: nowMs })
        const from = one.isHeartbeat ? trim.age(nowMs) : trim.add(at + 1, one.bytes, nowMs, true)
        const before = kept.length
        const bytesFrom = (n: number): number => kept.slice(n).reduce((sum, { bytes }) => sum + bytes, 0)
        let n = 0
        while (
          n < kept.length - 1 &&
          (nowMs - kept[n]!.atMs > FEED_KEPT_MS || bytesFrom(n) > most || kept.length - n > FEED_ENTRIES)
        )
          n++
        kept = kept.slice(n)
        if (one.isHeartbeat) expect(from).toBe(kept.length < before ? kept[0]!.next : null)
        else expect(from).toBe(kept[0]!.next)
      }
    }),
    { numRuns: 60 },
  )
})

test('L10: no more entries than a reader would follow', () => {
  const trim = new FeedTrim(() => Infinity)
  for (let next = 1; next <= 3 * FEED_ENTRIES; next++)
    expect(trim.add(next, 1, 0, true)).toBe(Math.max(1, next - FEED_ENTRIES + 1))
})

test('a large entry that nobody listens to empties the feed; the next one begins it anew', () => {
  const trim = new FeedTrim(() => Infinity)
  const large = 32 * 1024 + 1
  expect([
    trim.add(1, large, 0, null),
    trim.add(2, large, 0, true),
    trim.add(3, large - 1, 0, false),
  ]).toEqual([1, 1, 1])
  expect(trim.add(4, large, 0, false)).toBe('none')
  expect(trim.age(FEED_KEPT_MS * 2)).toBe(null)
  expect(trim.add(5, 1, 0, false)).toBe(5)
})

test('the feed of a source is a small share of the store, and never nothing', () => {
  const of = (...mb: number[]) => mb.map((one) => ({ usedBytes: one * 2 ** 20 }))
  expect(feedBytes([], 4)).toBe(128 * 1024)
  expect(feedBytes(of(24, 40), 4)).toBe((64 * 2 ** 20) / 40 / 4)
  expect(feedBytes(of(100_000), 4)).toBe(2 ** 20)
  expect(feedBytes([], 0)).toBe(128 * 1024)
})
