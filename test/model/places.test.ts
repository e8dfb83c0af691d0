/** Where cells lie, and how their names are spelled. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAt, blockOf, groupOf, idsIn, slotOf, TOTAL_ID } from '../../model/chunk.ts'
import { nameOf } from '../../model/dictionary.ts'

test('a slot knows its window and id', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2e9 }),
      fc.integer({ min: 0, max: 5000 }),
      fc.boolean(),
      (w, anyId, isTotal) => {
        const id = isTotal ? TOTAL_ID : anyId
        const block = blockOf(id, isTotal)
        const slot = slotOf(w, id, isTotal)
        expect(slot).toBeLessThan(128)
        expect(cellAt(block, groupOf(w, block, isTotal), slot, isTotal)).toEqual({ windowNumber: w, id })
        if (!isTotal) expect(id).toBeGreaterThanOrEqual(idsIn(block).first)
      },
    ),
  )
})

test('long names are cut at a code point and hashed, and stay apart', () => {
  const long = 'ü'.repeat(300)
  const [name, other] = [nameOf([long]), nameOf([`${long}x`])]
  expect(name).not.toBe(other)
  expect(Buffer.byteLength(name)).toBeLessThan(256)
  expect(JSON.parse(name)[0]).toMatch(/^ü{90}…[0-9a-f]{16}$/)
  expect(nameOf(['a', null])).toBe('["a",null]')
  expect(nameOf(['\ud800'])).toBe('["\\ud800"]')
})
