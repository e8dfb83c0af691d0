/** What a mirror counts of the hashes that it holds, and lets go of. */
import { expect, test } from 'vitest'
import { HeldHashes } from '../../store/mirror/mirror-held.ts'

type Value = number | string | (number | string | object)[]

const held = (maxBytes: number): HeldHashes<Value> => new HeldHashes<Value>({ maxBytes })
const letters = (count: number): string => 'x'.repeat(count)

test('large cells and what lies beside them are counted by their letters', () => {
  const hashes = held(1e6)
  hashes.hold('numbers', new Map([['0', [1, 2]]]))
  const numbers = hashes.bytes
  hashes.hold(
    'sets',
    new Map<string, Value>([
      ['0', [1, letters(2000)]],
      ['0.1.0', letters(3000)],
    ]),
  )
  expect(hashes.bytes - numbers).toBeGreaterThanOrEqual(5 * 5000)
  // Written again: what was there before is no longer counted.
  const before = hashes.bytes
  hashes.put('sets', '0.1.0', letters(3000))
  expect(hashes.bytes).toBe(before)
  hashes.put('sets', '0.1.0', letters(100))
  expect(hashes.bytes).toBe(before - 5 * 2900)
})

test('what is let go of is let go of whole, whatever became of it', () => {
  const hashes = held(40_000)
  const cell: Value = [1, letters(1000)]
  hashes.hold('old', new Map<string, Value>([['0', cell]]))
  cell[1] = { unpacked: true }
  hashes.put('old', '0', [1, letters(1200)])
  hashes.put('old', '1', [1, letters(1200)])
  for (let n = 0; n < 20; n++) {
    hashes.hold(`new ${n}`, new Map<string, Value>([['0', letters(3000)]]))
    hashes.evict()
    expect(hashes.bytes).toBeLessThanOrEqual(40_000)
  }
  expect([...hashes.all.keys()]).toEqual(['new 18', 'new 19'])
  hashes.clear()
  expect(hashes.bytes).toBe(0)
  hashes.hold('old', new Map<string, Value>([['0', 1]]))
  expect(hashes.bytes).toBe(450)
})
