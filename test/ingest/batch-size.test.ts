import { expect, test } from 'vitest'
import { BatchSize, LEAST_PAIRS, MOST_PAIRS } from '../../ingest/batch-size.ts'

test('a batch grows while more is waiting, and is small again when all is read', () => {
  const size = new BatchSize()
  expect(size.pairs).toBe(LEAST_PAIRS)
  for (let n = 0; n < 4; n++) {
    size.folded(true)
    size.answered(size.pairs, 1)
  }
  expect(size.pairs).toBe(MOST_PAIRS)
  size.folded(false)
  expect(size.pairs).toBe(LEAST_PAIRS)
})

test('L10: a store that is slow gets no larger calls than it answers in time; one slow answer says nothing', () => {
  const size = new BatchSize()
  for (let n = 0; n < 8; n++) {
    size.folded(true)
    size.answered(700, 10)
  }
  expect(size.pairs).toBe(840)
  for (let n = 0; n < 8; n++) size.answered(700, 100)
  expect(size.pairs).toBe(LEAST_PAIRS)
  size.answered(700, 3)
  for (let n = 0; n < 6; n++) size.answered(700, 100)
  expect(size.pairs).toBe(MOST_PAIRS)
  size.answered(10, 0.001)
  size.answered(1, 0)
  expect(size.pairs).toBe(MOST_PAIRS)
})
