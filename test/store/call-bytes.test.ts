import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BulkWriter, requestBytes } from '../../store/call-bytes.ts'

/** A request as a server would read it. */
function parse(bytes: Buffer): Buffer[] {
  let at = 0
  const line = (): string => {
    const end = bytes.indexOf('\r\n', at)
    const text = bytes.toString('latin1', at, end)
    at = end + 2
    return text
  }
  const count = Number(line().slice(1))
  const words = Array.from({ length: count }, () => {
    const size = Number(line().slice(1))
    const word = bytes.subarray(at, at + size)
    at += size + 2
    return word
  })
  expect(at).toBe(bytes.length)
  return words
}

test('whatever is written is read back, in order', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.uint8Array({ maxLength: 5000 }),
    fc.maxSafeInteger().map((n) => Math.abs(n)),
    fc.double({ noNaN: true }),
  )
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
      fc.array(word, { maxLength: 60 }),
      fc.nat(999_999),
      (names, words, late) => {
        const [keys, args] = [new BulkWriter(), new BulkWriter()]
        for (const name of names) keys.text(name)
        const place = args.reserve()
        for (const one of words) {
          if (typeof one === 'string') args.text(one)
          else if (typeof one === 'number') args.score(one)
          else args.blob(one)
        }
        args.fill(place, late)
        const found = parse(requestBytes('apply_1', keys, args))
        const wanted = [
          'FCALL',
          'apply_1',
          String(names.length),
          ...names,
          String(late).padStart(6, '0'),
          ...words,
        ].map((one) => (typeof one === 'object' ? Buffer.from(one) : Buffer.from(String(one))))
        expect(found.map((one) => one.toString('hex'))).toEqual(wanted.map((one) => one.toString('hex')))
      },
    ),
  )
})
