/** Memory of large answers: used again once every piece of an answer was given back, and not before. */
import { expect, test, vi } from 'vitest'
import { AnswerBuffers } from '../../log/kafka/answer-buffers.ts'

test('an answer lies where one before it lay, once all its pieces were given back', () => {
  const buffers = new AnswerBuffers()
  const first = buffers.take(100_000)
  expect(first.length).toBe(100_000)
  const lease = buffers.lease(first.subarray(10, 20), 2)!
  lease.done()
  expect(buffers.take(100_000).buffer).not.toBe(first.buffer)
  lease.done()
  const again = buffers.take(110_000)
  expect(again.buffer).toBe(first.buffer)
  expect(again.length).toBe(110_000)
  expect(buffers.take(110_000).buffer).not.toBe(first.buffer)
  lease.done() // one too many gives nothing back
  expect(buffers.take(110_000).buffer).not.toBe(first.buffer)
})

test('memory that is not from here is nobody to give back, nor an answer without pieces', () => {
  const buffers = new AnswerBuffers()
  expect(buffers.lease(Buffer.alloc(100_000), 1)).toBeUndefined()
  expect(buffers.lease(buffers.take(100_000), 0)).toBeUndefined()
})

test('an answer that goes past what was asked for, up to the end of a batch, needs no larger place', () => {
  const buffers = new AnswerBuffers()
  const asked = 16 * 1024 * 1024
  expect(buffers.take(asked).buffer.byteLength).toBe(buffers.take(asked + 500_000).buffer.byteLength)
})

test('what lies ready is bounded, and goes when no large answer came for a while', () => {
  vi.useFakeTimers()
  try {
    const buffers = new AnswerBuffers()
    const taken = Array.from({ length: 5 }, () => buffers.take(16 * 1024 * 1024))
    for (const one of taken) buffers.lease(one, 1)!.done()
    expect(buffers.readyBytes).toBeLessThanOrEqual(64 * 1024 * 1024)
    expect(buffers.readyBytes).toBeGreaterThan(32 * 1024 * 1024)
    vi.advanceTimersByTime(30_000)
    expect(buffers.readyBytes).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
