import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCsvParser, CsvError, LONGEST_FIELD_CHARS, type CsvRow } from '../../model/csv.ts'

const csv = { separator: ',', quotes: true }

function parse(text: string, cuts: readonly number[] = [], options = csv): CsvRow[] {
  const parser = createCsvParser(options)
  const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].toSorted(
    (a, b) => a - b,
  )
  return [...places.slice(1).flatMap((end, at) => parser.push(text.slice(places[at], end))), ...parser.end()]
}
const cellsOf = (text: string, cuts?: readonly number[]) => parse(text, cuts).map(({ cells }) => cells)

const letters = fc.string({
  unit: fc.constantFrom('a', 'ö', '🌊', ' ', '"', ',', '\n', '\r', '\t'),
  maxLength: 8,
})
const table = fc.array(fc.array(letters, { minLength: 1, maxLength: 5 }), { maxLength: 8 })
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
const breaks = fc.constantFrom('\n', '\r\n', '\r')

test('what was written comes back, wherever the pieces are cut', () => {
  fc.assert(
    fc.property(
      table,
      breaks,
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 12 }),
      (rows, end, lastEnd, cuts) => {
        const text =
          rows.map((cells) => cells.map(quoted).join(',')).join(end) + (lastEnd && rows.length > 0 ? end : '')
        expect(cellsOf(text, cuts)).toEqual(rows)
      },
    ),
    { numRuns: 500 },
  )
})

test('bare cells need no quotes, and both kinds mix', () => {
  const plain = fc
    .string({ unit: fc.constantFrom('a', 'ö', '"', ' '), minLength: 1, maxLength: 5 })
    .filter((cell) => !cell.startsWith('"'))
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.tuple(fc.oneof(plain, letters), fc.boolean()), { minLength: 1, maxLength: 4 }), {
        maxLength: 5,
      }),
      fc.array(fc.nat()),
      (rows, cuts) => {
        const needsQuotes = (cell: string) => cell === '' || cell.startsWith('"') || /[,\r\n]/.test(cell)
        const text = rows
          .map((cells) =>
            cells.map(([cell, quote]) => (quote || needsQuotes(cell) ? quoted(cell) : cell)).join(','),
          )
          .join('\r\n')
        expect(cellsOf(text, cuts)).toEqual(rows.map((cells) => cells.map(([cell]) => cell)))
      },
    ),
    { numRuns: 300 },
  )
})

test('any text either parses or is a CsvError, alike for all cuts', () => {
  const attempt = (text: string, cuts: number[]) => {
    try {
      return cellsOf(text, cuts)
    } catch (error) {
      if (error instanceof CsvError) return `line ${error.line}`
      throw error
    }
  }
  fc.assert(
    fc.property(
      letters.chain((head) => letters.map((tail) => head + tail)),
      fc.array(fc.nat()),
      (text, cuts) => {
        expect(attempt(text, cuts)).toEqual(attempt(text, []))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('empty cells count, empty lines do not, and lines are those of the file', () => {
  expect(cellsOf('a,b\n\n,\n"",x\n\r\n1,')).toEqual([
    ['a', 'b'],
    ['', ''],
    ['', 'x'],
    ['1', ''],
  ])
  expect(parse('a\r\n\r\n"b\r\nc"\rd\n').map(({ line }) => line)).toEqual([1, 3, 5])
})

test('tab-separated text knows no quotes', () => {
  expect(parse('a\t"b\n"c"\t\n', [], { separator: '\t', quotes: false }).map(({ cells }) => cells)).toEqual([
    ['a', '"b'],
    ['"c"', ''],
  ])
})

test('faults name their line', () => {
  expect(() => parse('a\n"b" c\n')).toThrow(expect.objectContaining({ line: 2 }))
  expect(() => parse('a\n\n"b\nc')).toThrow(expect.objectContaining({ line: 3 }))
  expect(() => parse(`a\n"${'x'.repeat(LONGEST_FIELD_CHARS + 1)}`)).toThrow(/not closed/)
  expect(() => parse(','.repeat(20_000))).toThrow(/columns/)
})
