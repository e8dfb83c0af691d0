import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvPieces, tablePieces } from '../../../query-api/http/format.ts'
import { tableOf, type Table } from '../../../query-api/http/table.ts'
import type { SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'

test('in csv an empty text is told from an absent one', () => {
  const labels = ['', null, '=1+1', '"']
  const answer = {
    meta: { by: 'country', metric: 'web.events' },
    timesMs: [0],
    series: labels.map((country) => ({ labels: { country }, values: [1] })),
  } as unknown as SeriesAnswer
  const rows = (raw: boolean): string[] => [...csvPieces(answer, raw)].join('').split('\r\n').slice(1, -1)
  const at = new Date(0).toISOString()
  expect(rows(false)).toEqual([`${at},"",1`, `${at},,1`, `${at},'=1+1,1`, `${at},"""",1`])
  expect(rows(true)).toEqual([`${at},"",1`, `${at},,1`, `${at},=1+1,1`, `${at},"""",1`])
})

test('a ranking: labels as of series, bounds where a row has some, what was before where it was asked for', () => {
  const row = { value: 2, share: 0.5, previous: null, change: null }
  const answer = {
    rows: [
      { ...row, labels: { country: '=1+1' } },
      { ...row, labels: { country: null }, least: 1, most: null, previous: 4, change: -0.5 },
      { ...row, labels: { country: '' }, value: null, share: null },
    ],
    meta: { by: 'country', metric: 'web.events', previous: { known: true } },
  } as unknown as TopAnswer
  expect(tableCsv(tableOf(answer)).split('\r\n')).toEqual([
    'country,web.events,share,least,most,previous,change',
    "'=1+1,2,0.5,2,2,,",
    ',2,0.5,1,,4,-0.5',
    '"",,,,,,',
    '',
  ])
  expect(tableCsv(tableOf(answer), true)).toContain('\r\n=1+1,2,')
})

/** Cells as a spreadsheet parts them: by commas, or by semicolons or tabs as it is set in half of Europe; quotes count at the front of a cell. */
function cellsOf(text: string, separator: string): string[] {
  const cells = ['']
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!
    if (isQuoted && one === '"' && text[at + 1] === '"') cells.push(cells.pop()! + text[++at]!)
    else if (isQuoted) {
      if (one === '"') isQuoted = false
      else cells.push(cells.pop()! + one)
    } else if (one === '"' && cells.at(-1) === '') isQuoted = true
    else if (one === separator || /[\r\n]/.test(one)) cells.push('')
    else cells.push(cells.pop()! + one)
  }
  return cells
}

const tableCsv = (table: Table, raw = false): string => [...tablePieces(table, raw)].join('')

const asTable = (value: string, raw = false): string =>
  tableCsv(
    {
      heads: ['time', 'path', 'n'],
      rows: [
        ['now', value, 1],
        [value, value, 2],
      ],
      bytes: 0,
    },
    raw,
  )

test.each([
  [' =1+1', "' =1+1"],
  ['\u00a0\ufeff\u200b@SUM(1)', "'\u00a0\ufeff\u200b@SUM(1)"],
  ['"=1+1"', `'"=1+1"`],
  ['a;=1+1', "a;'=1+1"],
  ['a;"=1+1";b', `a;'"=1+1";b`],
  ['/x; \t -2+3', "/x;' \t' -2+3"],
  ['a\r\n+cmd|x', "a\r'\n'+cmd|x"],
  ['\u0000=1+1', "'\u0000=1+1"],
  ['a;\uff1d1', "a;'\uff1d1"],
  ['-5', "'-5"],
])('in csv %j is %j, text for every spreadsheet', (value, given) => {
  expect(cellsOf(asTable(value), ',').filter((cell) => cell.includes(given))).toHaveLength(3)
  expect(cellsOf(asTable(value, true), ',').filter((cell) => cell === value)).toHaveLength(3)
})

test.each(['/a=b', "'=1+1", 'a-b;c', 'x,=1', 'DE; FR', 'a=\n1'])('in csv %j is as it came', (value) => {
  expect(asTable(value)).toBe(asTable(value, true))
})

test('whatever a value holds, no spreadsheet finds a formula in the csv', () => {
  const odd = fc.string({ unit: fc.constantFrom(...`=+-@;,\t\r\n"' a\u200b`) })
  fc.assert(
    fc.property(odd, fc.constantFrom(',', ';', '\t'), (value, separator) => {
      for (const cell of cellsOf(asTable(value), separator)) expect(cell).not.toMatch(/^[\s\u200b]*[=+\-@]/)
    }),
  )
})
