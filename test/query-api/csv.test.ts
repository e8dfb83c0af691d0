import { expect, test } from 'vitest'
import { csvPieces, tableCsv } from '../../query-api/http/format.ts'
import { tableOf } from '../../query-api/http/table.ts'
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'

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
