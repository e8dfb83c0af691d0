/** What a reader of a live stream saw, and whether the next answer may be told. */
import { describe, expect, test } from 'vitest'
import { BEHIND_MS, HeldBack } from '../../../query-api/live/held-back.ts'

describe('numbers that would go back', () => {
  const counted = (records: number, generation = 1, source = 'clicks') => ({ source, generation, records })

  test('are said and held back while the stream is open too, each query by what it told, and then told whole', () => {
    let nowMs = 0
    const held = new HeldBack([], () => nowMs)
    expect(held.judge(0, counted(10))).toBe('as it is')
    expect(held.judge(1, counted(8))).toBe('as it is') // worked out before, told after
    expect(held.judge(0, counted(7))).toEqual({ records: 7, seen: 10 })
    expect(held.judge(0, counted(8))).toBe('hold')
    expect(held.judge(0, null)).toBe('as it is') // a problem
    expect(held.judge(1, counted(8))).toBe('as it is')
    expect(held.judge(0, counted(10))).toBe('whole')
    expect(held.judge(0, counted(11))).toBe('as it is')
    expect(held.judge(0, counted(2))).toEqual({ records: 2, seen: 11 })
    nowMs = BEHIND_MS
    expect(held.judge(0, counted(3))).toBe('whole') // long enough: they are what is counted
    expect(held.judge(0, counted(3))).toBe('as it is')
    expect(held.judge(0, counted(1, 2))).toBe('as it is') // of another definition
  })

  test('are held to what was seen before the reader came, but not for ever', () => {
    let nowMs = 0
    const held = new HeldBack([counted(10)], () => nowMs)
    expect(held.judge(0, counted(9))).toEqual({ records: 9, seen: 10 })
    expect(held.judge(1, counted(1, 1, 'readings'))).toBe('as it is')
    nowMs = BEHIND_MS
    expect(held.judge(2, counted(9))).toBe('as it is')
    held.forget(0)
    expect(held.judge(0, counted(4))).toBe('as it is')
  })
})
