/** An answer sent in pieces holds the same text as in one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvPieces, rowsPieces } from '../../../query-api/http/format.ts'
import { bodyOf, jsonPieces } from '../../../query-api/http/slices.ts'
import type { SeriesAnswer } from '../../../query-api/wire.ts'

describe('the same text in pieces', () => {
  const answer = (
    labels: Record<string, string | null>[],
    values: (number | null)[],
    compare: boolean,
  ): SeriesAnswer => ({
    timesMs: values.map((_, at) => at * 1000),
    series: labels.map((one) => ({ labels: one, values })),
    ...(compare && { previous: { shiftMs: 1000, values: labels.map(() => values) } }),
    meta: { metric: 'a.events', by: 'timeMs+x' } as SeriesAnswer['meta'],
  })
  const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))
  const labels = fc.uniqueArray(
    fc.record({ timeMs: fc.option(fc.string()), x: fc.option(fc.string({ unit: 'binary' })) }),
    { maxLength: 5, selector: (one) => JSON.stringify(one) },
  )

  test('JSON is what JSON.stringify says', async () => {
    const plain = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any')),
        fc.dictionary(fc.string(), fc.oneof(tie('any'), fc.constant(undefined))),
      ),
    })).any
    fc.assert(
      fc.property(plain, (one) => {
        expect([...jsonPieces(one)].join('')).toBe(JSON.stringify(one))
      }),
    )
    const long = {
      n: Array.from({ length: 5003 }, (_, at) => (at % 3 === 0 ? null : at)),
      of: [[1, 2], { x: [] }, {}],
      text: 'é'.repeat(100_000),
    }
    expect([...jsonPieces(long)].join('')).toBe(JSON.stringify(long))
    const parts: Buffer[] = []
    for await (const part of bodyOf(jsonPieces(long))) parts.push(part as Buffer)
    expect(Buffer.concat(parts).toString()).toBe(JSON.stringify(long))
    expect(parts.length).toBeGreaterThan(1)
  })
  test('rows are the labels, the time, the value and the one before', () => {
    fc.assert(
      fc.property(labels, fc.array(value, { maxLength: 500 }), fc.boolean(), (labels, values, compare) => {
        const whole = answer(labels, values, compare)
        const rows = labels.flatMap((one) =>
          values.map((of, at) => ({
            ...one,
            timeMs: at * 1000,
            'a.events': of,
            ...(compare && { previous: of }),
          })),
        )
        expect(JSON.parse([...rowsPieces(whole)].join(''))).toEqual(
          JSON.parse(JSON.stringify({ rows, meta: whole.meta })),
        )
      }),
    )
  })
  test('no cell of a CSV is run by a spreadsheet; numbers stay numbers; raw gives them as they came', () => {
    const begins = fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      '\t',
      '\r',
      '\n',
      '＝',
      '＋',
      '－',
      '＠',
      '',
      ' ',
      "'",
      '"',
    )
    const label = fc
      .tuple(begins, fc.string({ unit: fc.constantFrom(...'abc=+-@,"\r\n\t\' 1') }))
      .map(([first, rest]) => first + rest)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), value, (texts, of) => {
        const whole = answer(
          texts.map((x) => ({ timeMs: null, x })),
          [of],
          false,
        )
        const cells = (text: string): string[] =>
          parseCsv(text)
            .slice(1)
            .map((row) => row[2]!)
        const [safe, raw] = [[...csvPieces(whole)].join(''), [...csvPieces(whole, true)].join('')]
        expect(cells(raw)).toEqual(texts)
        const plain = (text: string): string => text.replaceAll("'", '')
        for (const [at, cell] of cells(safe).entries()) {
          const text = texts[at]!
          if (/^[=+\-@\t\r\n＝＋－＠]/.test(text)) expect(cell.startsWith(`'${text[0]!}`)).toBe(true)
          // Other readers end a cell elsewhere, and have their own mark there (csv.test.ts): nothing but marks is added.
          expect(plain(cell)).toBe(plain(text))
          if (!/[=+\-@\t\r\n＝＋－＠]/.test(text)) expect(cell).toBe(text)
        }
        for (const row of parseCsv(safe).slice(1)) expect(row[3]).toBe(of === null ? '' : String(of))
      }),
    )
  })
  /** RFC 4180, by hand. */
  function parseCsv(text: string): string[][] {
    const rows: string[][] = [['']]
    let inQuotes = false
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!
      const row = rows.at(-1)!
      if (inQuotes && char === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at]!
      else if (char === '"') inQuotes = !inQuotes
      else if (!inQuotes && char === ',') row.push('')
      else if (!inQuotes && char === '\r' && text[at + 1] === '\n') {
        rows.push([''])
        at++
      } else row[row.length - 1] += char
    }
    return rows.slice(0, -1)
  }
})
