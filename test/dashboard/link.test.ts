import { describe, expect, test } from 'vitest'
import {
  asleep,
  PATIENCE_MS,
  SILENCE_MS,
  step,
  waitMs,
  type Link,
  type LinkEvent,
} from '../../dashboard/stream/link.ts'

const run = (...events: [LinkEvent, number][]): Link =>
  events.reduce<Link>((link, [event, nowMs]) => step(link, event, nowMs), asleep)

describe('the link', () => {
  test('waits 1, 2, 4, 8, then always 15 seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(waitMs)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  })
  test('connects when seen, lives when heard', () => {
    expect(run(['show', 0]).state).toBe('connecting')
    expect(run(['show', 0], ['heard', 50])).toMatchObject({ state: 'live', failures: 0 })
  })
  test('is lost after five silent seconds, not before', () => {
    expect(run(['show', 0], ['heard', 100], ['tick', 100 + SILENCE_MS]).state).toBe('live')
    expect(run(['show', 0], ['heard', 100], ['tick', 101 + SILENCE_MS])).toMatchObject({
      state: 'lost',
      retryAtMs: 101 + SILENCE_MS + 1000,
    })
  })
  test('tries again when the time has come, and waits longer each time', () => {
    const lost = run(['show', 0], ['failed', 10])
    expect(step(lost, 'tick', 1009).state).toBe('lost')
    const again = step(lost, 'tick', 1010)
    expect(again).toMatchObject({ state: 'connecting', failures: 1 })
    expect(step(again, 'failed', 1020)).toMatchObject({ state: 'lost', failures: 2, retryAtMs: 3020 })
    expect(step(again, 'heard', 1020)).toMatchObject({ state: 'live', failures: 0 })
  })
  test('can be told to try now', () =>
    expect(run(['show', 0], ['failed', 10], ['retry', 20]).state).toBe('connecting'))
  test('sleeps while nobody looks: late frames do not wake it', () => {
    const hidden = run(['show', 0], ['heard', 10], ['hide', 20])
    for (const event of ['heard', 'failed', 'tick', 'retry', 'hide'] as const)
      expect(step(hidden, event, 99_999)).toEqual(asleep)
    expect(step(hidden, 'show', 99_999).state).toBe('connecting')
  })
  test('waits longer while it connects, and while first answers are worked out', () => {
    const connecting = run(['show', 0])
    expect(step(connecting, 'tick', PATIENCE_MS).state).toBe('connecting')
    expect(step(connecting, 'tick', PATIENCE_MS + 1).state).toBe('lost')
    const live = run(['show', 0], ['heard', 10])
    expect([
      step(live, 'tick', 10 + SILENCE_MS + 1, true).state,
      step(live, 'tick', 10 + SILENCE_MS + 1).state,
    ]).toEqual(['live', 'lost'])
    expect(step(live, 'tick', 10 + PATIENCE_MS + 1, true).state).toBe('lost')
  })
  test('begins anew at once, unlost, where the machine slept or another process must be asked', () => {
    const live = run(['show', 0], ['heard', 10])
    for (const event of ['woke', 'moved'] as const) {
      expect(step(live, event, 20)).toMatchObject({ state: 'connecting', atMs: 20, failures: 0 })
      expect(step(run(['show', 0]), event, 20)).toMatchObject({ state: 'connecting', atMs: 20 })
      expect(step(asleep, event, 20)).toEqual(asleep)
    }
    expect(step(run(['show', 0], ['failed', 10]), 'woke', 20)).toMatchObject({
      state: 'connecting',
      failures: 1,
    })
  })
})
