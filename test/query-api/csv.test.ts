import { expect, test } from 'vitest'
import { csvPieces } from '../../query-api/http/format.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'

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
