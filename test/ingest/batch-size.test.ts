import { expect, test } from 'vitest'
import { BatchSize, LEAST_PAIRS, MOST_CALL_BYTES, MOST_PAIRS } from '../../ingest/batch-size.ts'

/** Calls of 700 pairs, on which the store worked for so long. */
function answer(size: BatchSize, calls: number, storeMs: number | null): void {
  for (let n = 0; n < calls; n++) size.answered(LEAST_PAIRS, storeMs)
}
const grown = (): BatchSize => {
  const size = new BatchSize()
  for (let n = 0; n < 4; n++) size.folded(true)
  return size
}

test('a batch grows while more is waiting, and is small again when all is read', () => {
  const size = new BatchSize()
  expect(size.pairs).toBe(LEAST_PAIRS)
  size.folded(true)
  expect(size.pairs).toBe(2 * LEAST_PAIRS)
  answer(size, 3, 1)
  for (let n = 0; n < 4; n++) size.folded(true)
  expect(size.pairs).toBe(MOST_PAIRS)
  size.folded(false)
  size.folded(true)
  expect(size.pairs).toBe(MOST_PAIRS) // the rest of a fetch
  for (let n = 0; n < 4; n++) size.folded(false)
  expect(size.pairs).toBe(LEAST_PAIRS)
})

test('L10: a store that is slow gets no larger calls than it works through in time; one slow call says nothing', () => {
  const size = grown()
  answer(size, 12, 20)
  expect(size.pairs).toBe(840)
  answer(size, 12, 100)
  expect(size.pairs).toBe(LEAST_PAIRS)
  answer(size, 1, 1)
  answer(size, 11, 100)
  expect(size.pairs).toBe(MOST_PAIRS)
})

test('a store that does not say what a call takes gets calls that are a little larger, and so does one that was not asked yet', () => {
  const size = grown()
  expect(size.pairs).toBe(2 * LEAST_PAIRS)
  answer(size, 12, null)
  expect(size.pairs).toBe(2 * LEAST_PAIRS)
  answer(size, 12, 0)
  expect(size.pairs).toBe(MOST_PAIRS)
})

test('L10: cells of many bytes shorten the next calls, plain ones do not; one small call does not make room at once', () => {
  const size = grown()
  size.made(MOST_PAIRS, 200_000)
  expect(size.pairs).toBeGreaterThan(LEAST_PAIRS)
  size.made(100, 6_000_000)
  expect(size.pairs).toBe(Math.floor(MOST_CALL_BYTES / 60_000))
  size.made(10, 1000)
  expect(size.pairs).toBe(Math.floor(MOST_CALL_BYTES / 30_000))
  size.made(1, 20_000_000)
  expect(size.pairs).toBe(1)
  for (let n = 0; n < 20; n++) size.made(LEAST_PAIRS, 50_000)
  expect(size.pairs).toBeGreaterThanOrEqual(LEAST_PAIRS)
})
