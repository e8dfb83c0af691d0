/** What a panel hands out: an address of CSV, a command for a shell. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { queryText } from '../../client/query-text.ts'
import { readAsk } from '../../dashboard/explore/ask.ts'
import { divided } from '../../dashboard/explore/questions.ts'
import { csvOf, curlOf } from '../../dashboard/panels/exports.ts'
import { measured } from './mock/sources.ts'

test('every question that is a table is one as CSV, with all its rows and what it is compared with', () => {
  expect(csvOf('series?metric=a.b&by=c&compare=previous&limit=5')).toBe(
    '/v1/series?metric=a.b&by=c&compare=previous&limit=5&format=csv',
  )
  expect(csvOf('top?metric=a.b&by=c&limit=9')).toBe('/v1/top?metric=a.b&by=c&limit=1000&format=csv')
  for (const kind of ['sessions', 'funnel', 'retention', 'journeys'])
    expect(csvOf(`${kind}?source=a&limit=9`)).toBe(`/v1/${kind}?source=a&limit=500&format=csv`)
  expect(csvOf('sessions?source=a&interval=1d')).toBe('/v1/sessions?source=a&interval=1d&format=csv')
  expect(['entities?source=a', 'events?source=a', ''].map(csvOf)).toEqual([null, null, null])
})

test('a ratio is asked for as a ratio, not as what is divided', () => {
  const shownOf = (text: string) => readAsk(text, [measured], null)!.shown[0]!
  expect(divided(shownOf('show=clicks.revenue/clicks.events'), 'series?metric=clicks.revenue')).toBe(
    'series?metric=clicks.revenue&per=clicks.events',
  )
  expect(divided(shownOf('show=clicks.revenue'), 'series?metric=clicks.revenue')).toBe(
    'series?metric=clicks.revenue',
  )
})

test('a quote in a value does not end the argument of a shell', () => {
  const text = queryText('top', {
    metric: 'a.b',
    by: 'c',
    where: ["path:is:/it's; echo $(id) `id`"],
  } as never)
  const said = execFileSync('sh', ['-c', curlOf(text, 'http://x').replace(/^curl/, 'printf %s')], {
    encoding: 'utf8',
  })
  expect(new URL(said).searchParams.get('where')).toBe("path:is:/it's; echo $(id) `id`")
})
