/** Sums over any range of windows, kept in blocks, are those of the windows one by one, whatever changed meanwhile. */
import { expect, test } from 'vitest'
import { WindowBlocks } from '../../../query-api/engine/rows/window-blocks.ts'
import { random } from '../../model/scan-records.ts'

function drain<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

test('any range at any time, after any change', () => {
  const below = random(7)
  const values = new Map<number, number[]>()
  let leaves = 0
  const blocks = new WindowBlocks<readonly number[]>({
    leaf: (window) => (leaves++, [...(values.get(window) ?? [])]),
    join: (sums) => sums.flat(),
  })
  const base = 1_700_000_000
  let made = 0
  for (let step = 0; step < 400; step++) {
    const window = base + step + below(30)
    values.set(window, [...(values.get(window) ?? []), step])
    blocks.changed(window)
    const [first, end] = [base + step - below(300), base + step + below(40)]
    if (step % 3 === 0) blocks.trim(first, end)
    const expected = Array.from({ length: end - first }, (_, at) => values.get(first + at) ?? []).flat()
    expect(drain(blocks.over(first, end)).flat()).toEqual(expected)
    made += end - first
  }
  expect(leaves).toBeLessThan(made / 2)
  blocks.clear()
  expect([...blocks.kept]).toEqual([])
})

test('the same range again costs no window, and one that changed costs only its own', () => {
  let [leaves, joins] = [0, 0]
  const blocks = new WindowBlocks<number>({
    leaf: () => (leaves++, 1),
    join: (sums) => (joins++, sums.reduce((a, b) => a + b)),
  })
  const sum = (): number => drain(blocks.over(3, 3000)).reduce((a, b) => a + b)
  expect([sum(), leaves]).toEqual([2997, 2997])
  const before = joins
  expect([sum(), leaves, joins]).toEqual([2997, 2997, before])
  blocks.changed(1000)
  expect([sum(), leaves]).toEqual([2997, 2998])
  expect(joins - before).toBeLessThanOrEqual(5)
})
