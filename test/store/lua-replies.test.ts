/** Every shape that our functions answer, and that no other is taken for one of them. */
import { expect, test } from 'vitest'
import { readApplied, readFlag, readOpened, readRetired, readSwept } from '../../store/calls/lua-replies.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

test('what they answer', () => {
  expect(readApplied([1, bytes('42'), 1500])).toEqual({ applied: true, next: 42, tookMs: 1.5 })
  expect(readApplied([1, bytes('42'), -1, 0])).toEqual({ applied: true, next: 42, tookMs: null })
  const heard = { applied: true, next: 42, tookMs: 0, isHeard: true }
  expect(readApplied([1, bytes('42'), 0, 2])).toEqual(heard)
  expect(readApplied([0, bytes(''), bytes('LOST')])).toEqual({ applied: false, next: null, why: 'LOST' })
  expect(readApplied([0, bytes('7'), bytes('TYPE tm:{a/1/0}:tail')])).toEqual({
    applied: false,
    next: 7,
    why: 'TYPE tm:{a/1/0}:tail',
  })
  expect([readOpened([1]), readOpened([0]), readOpened([-1, bytes('list')])]).toEqual([
    true,
    false,
    { holds: 'list' },
  ])
  expect([readRetired([1, bytes('3')]), readRetired([0, '', bytes('REV')])]).toEqual([true, false])
  expect([readSwept(0), readSwept(12), readSwept(-1)]).toEqual([0, 12, null])
  expect([readFlag(0), readFlag(1)]).toEqual([false, true])
})

test.each([
  [
    readApplied,
    [
      [1],
      [1, null],
      [1, bytes('x')],
      [1, bytes('-1')],
      [1, bytes('1'), bytes('1')],
      [0, bytes(''), bytes('WHY')],
      [0],
      null,
      1,
      'OK',
    ],
  ],
  [readOpened, [[], [2], [-1], null, 1]],
  [readRetired, [[], [null], null]],
  [readSwept, [null, '1', [1]]],
  [readFlag, [null, 2, -1, true, [1]]],
] as const)('%o takes nothing else', (read, odd) => {
  for (const reply of odd) expect(() => read(reply), JSON.stringify(reply)).toThrow('what it never says')
})
