import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHead } from '../../store/endpoint/request-head.ts'
import { itemText, RespError, RespWalk } from '../../store/endpoint/resp-walk.ts'
import { encode } from './plain-client.ts'

const blob = (type: string) =>
  fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.concat([Buffer.from(`${type}${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]))
const line = (type: string) =>
  fc.stringMatching(/^[a-z0-9 .]{0,20}$/).map((text) => Buffer.from(`${type}${text}\r\n`))
const { value } = fc.letrec<{ value: Buffer }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    ...['+', '-', ':', ',', '#', '('].map(line),
    ...['$', '=', '!'].map(blob),
    fc.constantFrom('$-1\r\n', '*-1\r\n', '_\r\n', '*0\r\n', '%0\r\n').map((text) => Buffer.from(text)),
    ...['*', '~', '>'].map((type) =>
      fc
        .array(tie('value'), { maxLength: 4 })
        .map((items) => Buffer.concat([Buffer.from(`${type}${items.length}\r\n`), ...items])),
    ),
    fc
      .array(tie('value'), { maxLength: 3 })
      .map((items) =>
        Buffer.concat([Buffer.from(`%${items.length}\r\n`), ...items.flatMap((one) => [one, one])]),
      ),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => Buffer.concat([Buffer.from('|1\r\n'), a, a, b])),
  ),
}))

describe('where values end', () => {
  test('whatever the values are, and wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (values, cuts) => {
          const bytes = Buffer.concat(values)
          const places = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
            (a, b) => a - b,
          )
          const walk = new RespWalk()
          const ends: number[] = []
          let from = 0
          for (const to of places) {
            const piece = bytes.subarray(from, to)
            for (let at = 0; at < piece.length; ) {
              const end = walk.advance(piece, at)
              if (end < 0) break
              ends.push(from + end)
              at = end
            }
            from = to
          }
          let sum = 0
          expect(ends).toEqual(values.map((one) => (sum += one.length)))
          expect(walk.isBetween).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each(['hello\r\n', '*x\r\n', '$99999999999999999999\r\n', '*\r\n', '$5-\r\n'])(
    '%j is no value',
    (text) => {
      expect(() => new RespWalk().advance(Buffer.from(text), 0)).toThrow(RespError)
    },
  )

  test('a blob over the limit is refused when its length is read', () => {
    expect(() => new RespWalk(10).advance(Buffer.from('*1\r\n$11\r\n'), 0)).toThrow(/bulk length/)
  })

  test('the n-th item of a short list', () => {
    const list = Buffer.from('*4\r\n$9\r\nsubscribe\r\n$2\r\n\r\n\r\n$-1\r\n:7\r\n')
    expect([0, 1, 2, 3, 4].map((n) => itemText(list, n))).toEqual(['subscribe', '\r\n', '', '7', ''])
  })
})

describe('the head of a command', () => {
  const head = (bytes: Buffer | string) =>
    readHead(Buffer.from(bytes as string), 0, 1000, (name) => name === 'client')

  test('is known as soon as its words are there, whatever follows', () => {
    const whole = encode(['CLIENT', 'REPLY', 'Off'])
    for (let cut = 0; cut < whole.length; cut++) expect(head(whole.subarray(0, cut))).toBe(null)
    expect(head(whole)).toMatchObject({ name: 'client', word: 'reply', word2: 'off', words: 3 })
    const long = encode(['CLIENT', 'k'.repeat(500), 'v'])
    expect(head(long.subarray(0, 30))).toMatchObject({ name: 'client', word: '', words: 3 })
  })

  test('of a command whose words do not matter it is known with its name', () => {
    const whole = encode(['SET', 'key', 'value'])
    const name = whole.indexOf('SET') + 'SET\r\n'.length
    for (let cut = 0; cut < name; cut++) expect(head(whole.subarray(0, cut))).toBe(null)
    expect(head(whole.subarray(0, name))).toMatchObject({ name: 'set', word: '', words: 3 })
  })

  test('typed by hand', () => {
    expect(head('  set "a" b\r\n')).toMatchObject({ name: 'set', word: 'a', isInline: true, bytes: 13 })
    expect(head('\r\n')).toMatchObject({ words: 0, bytes: 2 })
    expect(head('*0\r\n')).toMatchObject({ words: 0, bytes: 4 })
  })

  test.each([
    ['*2\r\n:1\r\n', /expected '\$'/],
    ['*2147483648\r\n', /multibulk/],
    ['*1\r\n$1001\r\n', /bulk length/],
    ['*1\r\n$-1\r\n', /bulk length/],
    ['*1\n', /length/],
    ['*-\r\n', /length/],
    ['*1x', /length/],
    ['*1\rx', /length/],
    [`*${'1'.repeat(40)}`, /length/],
    ['x'.repeat(70_000), /inline/],
  ])('%# is refused', (text, why) => {
    expect(() => head(text)).toThrow(why)
  })
})
