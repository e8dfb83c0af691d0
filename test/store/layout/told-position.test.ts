/** What of a position is told again: a call that moves nothing is not ordered by the fence, and may get lost alone. */
import { expect, test } from 'vitest'
import { ToldPosition } from '../../../store/layout/position.ts'

test('a field is told again only where it changed', () => {
  const told = new ToldPosition()
  expect(told.changes(['end', 144, 'rewinds', 0], true)).toEqual(['end', 144, 'rewinds', 0])
  expect(told.changes(['end', 144, 'rewinds', 0], true)).toEqual([])
  expect(told.changes(['end', 158, 'rewinds', 0], true)).toEqual(['end', 158])
})

test('what a heartbeat told is told by the next call that moves, also where it is as before the heartbeat', () => {
  const told = new ToldPosition()
  told.changes(['end', 144, 'rewinds', 0], true)
  expect(told.changes(['end', 158, 'rewinds', 0], false)).toEqual(['end', 158])
  expect(told.changes(['end', 158, 'rewinds', 0], true)).toEqual(['end', 158])
  told.changes(['end', 160, 'rewinds', 0], false)
  expect(told.changes(['end', 158, 'rewinds', 0], true)).toEqual(['end', 158])
})
