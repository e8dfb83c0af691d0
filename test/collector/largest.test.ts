import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linesOf, readItem, splitBody, type MediaType } from '../../ingest/collector/body.ts'
import { CollectError } from '../../ingest/collector/errors.ts'
import { depthOf, splitList } from '../../ingest/collector/split.ts'
import { answerOf, type Verdict } from '../../ingest/collector/verdicts.ts'
import { type Answer, post, click, heldMs, largest } from './held-memory.ts'

describe('the largest request', () => {
  test.each(largest)(
    '%s: its verdict, in turns of the loop; a refusal no longer than what was sent',
    { timeout: 60_000 },
    async (_, body, type, status) => {
      await post(body, { 'content-type': type })
      let answer: Answer | null = null
      const held = await heldMs(async () => (answer = await post(body, { 'content-type': type })))
      expect(answer!.status).toBe(status)
      if (status >= 400) expect(answer!.bytes).toBeLessThanOrEqual(Math.min(body.length, 50_000))
      expect(held).toBeLessThan(100)
    },
  )

  test('eight at once hold it no longer than one', { timeout: 60_000 }, async () => {
    const held = await heldMs(() =>
      Promise.all(Array.from({ length: 8 }, (_, n) => post(largest[n % 4]![1]))),
    )
    expect(held).toBeLessThan(100)
  })

  test('refusals are counted, and told as far as they fit', async () => {
    const { status, rejected, items, reasons, itemsLeftOut } = await post(
      Array<string>(5000).fill('{"type":1}').join('\n'),
    )
    expect({ status, rejected, reasons }).toEqual({
      status: 400,
      rejected: 5000,
      reasons: { wrong_type: 5000 },
    })
    expect(items.length + itemsLeftOut!).toBe(5000)
    expect(items.length).toBe(100)
    // Where something was taken, each event has its verdict, in order.
    const some = await post([click(), ...Array<string>(500).fill('{}')].join('\n'))
    expect(some).toMatchObject({ status: 207, accepted: 1, rejected: 500, reasons: { missing_field: 500 } })
    expect(some.items).toHaveLength(501)
    expect(some.items.at(-1)).toEqual({ status: 'rejected', reason: 'missing_field' })
    // Few are told whole, as ever.
    expect(await post('{}\n{}')).toMatchObject({
      items: [{ detail: expect.any(String) as string }, { detail: expect.any(String) as string }],
    })
  })

  test('an answer of refusals is never longer than the request, but for a short one', () => {
    const verdict = fc.record({
      status: fc.constant('rejected' as const),
      reason: fc.constantFrom('not_json', 'missing_field'),
      detail: fc.string({ maxLength: 300, unit: 'binary' }),
    })
    fc.assert(
      fc.property(
        fc.array(verdict, { minLength: 1, maxLength: 400 }),
        fc.nat(50_000),
        (verdicts: Verdict[], bytes) => {
          const answer = answerOf(verdicts, bytes)
          expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(Math.max(bytes, 4000))
          expect(answer.rejected).toBe(verdicts.length)
          expect(answer.items.length + (answer.itemsLeftOut ?? 0)).toBe(verdicts.length)
        },
      ),
    )
  })
})

describe('splitting is parsing', () => {
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  }
  /** What a body holds, or that it is refused. */
  function read(text: string, type: MediaType): unknown[] | 'refused' {
    try {
      const body = splitBody(text, type)
      let items = body.pieces.map(readItem)
      if (items.some((item) => 'unreadable' in item)) {
        if (body.unreadable === 'refuse') return 'refused'
        if (body.unreadable === 'lines') items = linesOf(text).pieces.map(readItem)
      }
      return items.map((item) => ('value' in item ? item.value : 'unreadable'))
    } catch (error) {
      if (error instanceof CollectError) return 'refused'
      throw error
    }
  }
  const json = fc.jsonValue({ maxDepth: 4 })
  const spaced = fc
    .tuple(json, fc.constantFrom(undefined, 1, '\t'))
    .map(([value, space]) => JSON.stringify(value, null, space))

  test('any list or object, whatever stands in its strings', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          spaced,
          fc.array(json).map((list) => ` ${JSON.stringify(list)}\n`),
        ),
        (text) => {
          const value = parse(text)
          const expected = Array.isArray(value)
            ? value.length === 0
              ? 'refused'
              : value
            : typeof value === 'object' && value !== null
              ? [value]
              : 'refused'
          expect(read(text, 'application/json')).toEqual(expected)
        },
      ),
    )
  })
  test('what is broken anywhere is refused, and what is not is not', () => {
    const broken = fc
      .tuple(
        fc.array(json, { minLength: 1 }),
        fc.nat(),
        fc.constantFrom('', '"', '[', ']', '{', '}', ',', '\\', ' ', 'x'),
      )
      .map(([list, at, put]) => {
        const text = JSON.stringify(list)
        const place = at % text.length
        return text.slice(0, place) + put + text.slice(place + 1)
      })
    fc.assert(
      fc.property(broken, (text) => {
        const value = parse(text)
        const isTaken =
          typeof value === 'object' && value !== null && (!Array.isArray(value) || value.length > 0)
        expect(read(text, 'application/json') !== 'refused', text).toBe(isTaken)
      }),
      { numRuns: 2000 },
    )
  })
  test('plain text: one document, else a line each', () => {
    expect(read('[{"a":1},\n{"a":2}]', 'text/plain')).toEqual([{ a: 1 }, { a: 2 }])
    expect(read('{"a":1}\n{"a":2}', 'text/plain')).toEqual([{ a: 1 }, { a: 2 }])
    expect(read('[1]\n{"a":2}\n\n{', 'text/plain')).toEqual([[1], { a: 2 }, 'unreadable'])
    expect(read('[{]', 'text/plain')).toBe('refused')
    expect(read('[{]\n[1', 'text/plain')).toEqual(['unreadable', 'unreadable'])
  })
  test('depth is that of the brackets, not of the letters', () => {
    expect(depthOf('{"a":"[[[[\\"[[","b":[{}]}')).toBe(3)
    expect(splitList('[{"a":[[]]},"[[[",{}]', 9)?.pieces.map(({ depth }) => depth)).toEqual([3, 0, 1])
    expect(depthOf('{}}')).toBeNull()
    expect(splitList('[1,2', 9)).toBeNull()
  })
})
