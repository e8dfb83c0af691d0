import { expect, test } from 'vitest'
import { nameOf, outdated, parseRetention, timeOfName } from '../../../store/backup/retention.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 2, 31, 12)
const name = (daysAgo: number): string => nameOf(NOW_MS - daysAgo * DAY_MS, '00ff')

test('a rule is an age, a number, or both; what either keeps stays, and the newest always', () => {
  expect(parseRetention('7d')).toEqual({ ageMs: 7 * DAY_MS, count: null })
  expect(parseRetention('10')).toEqual({ ageMs: null, count: 10 })
  expect(parseRetention('36h, 3')).toEqual({ ageMs: 1.5 * DAY_MS, count: 3 })
  for (const wrong of ['', '0', 'd', '7y', '-1', '7d;3']) expect(parseRetention(wrong), wrong).toBeNull()

  const names = [40, 20, 8, 6, 1].map(name)
  expect(outdated(names, parseRetention('7d')!, NOW_MS)).toEqual(names.slice(0, 3))
  expect(outdated(names, parseRetention('2')!, NOW_MS)).toEqual(names.slice(0, 3))
  expect(outdated(names, parseRetention('7d,4')!, NOW_MS)).toEqual(names.slice(0, 1))
  expect(outdated([name(40)], parseRetention('7d')!, NOW_MS)).toEqual([])
})

test('a name tells its time, to the second', () => {
  expect(name(0)).toBe('20260331T120000Z-00ff')
  expect(timeOfName(name(3))).toBe(NOW_MS - 3 * DAY_MS)
})
