/** `/v1/retention` over a real store: cohorts by day and week of a zone, by names, in all, and how far their periods are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readQueryConfig } from '../../../cli/commands/query/config.ts'
import { shownAnswer } from '../../../cli/commands/query/output.ts'
import { readDefinitionText } from '../../../model/definition/file.ts'
import type { RetentionAnswer } from '../../../query-api/wire.ts'
import type { Sent } from '../fill.ts'
import { factsSource, filledFacts } from './fill-facts.ts'
import { app, bodyOf, clock, testRefused } from '../own-api.ts'

/** A Wednesday, 09:30 on the 29th in Auckland: its days begin at 11:00 of the day before, UTC. */
const NOW_MS = Date.parse('2026-04-28T21:30:00Z')
clock.nowMs = NOW_MS
let shop: Awaited<ReturnType<typeof filledFacts>>

const source = factsSource('shop', {
  retention: {
    signups: {
      joins: ['path:is:/signup'],
      returns: ['path:is:/view'],
      days: 3,
      weeks: 2,
      late: '3d',
      zone: 'Pacific/Auckland',
      by: ['country'],
    },
  },
})

const at = (time: string, visitor: string, path = '/view', country = 'NZ'): Sent => ({
  ts: Date.parse(`2026-04-${time}Z`),
  visitor,
  path,
  country,
})

beforeAll(async () => {
  shop = await filledFacts(
    source,
    NOW_MS,
    [
      at('25T13:00', 'a', '/signup'), // on the 26th there
      at('26T11:30', 'a'),
      at('26T12:00', 'b', '/signup', 'AU'),
      at('26T12:30', 'a'), // on the 27th, as it was half an hour before
      at('27T12:00', 'a'),
      at('28T12:00', 'b', '/view', 'AU'), // on the 29th
      at('28T21:29', 'a', '/ping'),
    ],
    [at('26T13:00', 'c', '/signup'), at('28T12:10', 'd', '/signup'), at('28T21:28', 'c')],
  )
})

const get = (query = '', path = 'source=shop&retention=signups&from=now-4d'): Promise<string> =>
  bodyOf(`/v1/retention?${path}${query}`)
const ask = async (query = ''): Promise<RetentionAnswer> => JSON.parse(await get(query))
const short = ({ rows }: RetentionAnswer): unknown[] =>
  rows.map(({ cohort, size, back, finished }) => [cohort, size, back, finished])

test('cohorts are days of the zone, also where it is ahead of all events by UTC', async () => {
  const answer = await ask()
  expect(short(answer)).toEqual([
    ['2026-04-25', null, [null, null, null], 4],
    ['2026-04-26', 1, [1, 1, 0], 3],
    ['2026-04-27', 2, [0, 2, null], 2],
    ['2026-04-28', 0, [0, null, null], 1],
    ['2026-04-29', 1, [null, null, null], 0],
  ])
  expect(answer.rows.at(-1)).toMatchObject({
    startMs: Date.parse('2026-04-28T12:00:00Z'),
    endMs: Date.parse('2026-04-29T12:00:00Z'),
    share: [null, null, null],
  })
  expect(answer.meta).toMatchObject({ unit: 'day', tz: 'Pacific/Auckland', late: 0, over: 0, by: null })
})

test('all cohorts together: of each period those alone in which it is over', async () => {
  const { total } = await ask()
  expect(total).toEqual({
    size: 4,
    periods: [
      { period: 1, cohorts: 2, size: 3, back: 1, share: 1 / 3 },
      { period: 2, cohorts: 1, size: 1, back: 1, share: 1 },
      { period: 3, cohorts: 0, size: 0, back: 0, share: null },
    ],
  })
})

test('by names, past the limit together, filtered, and as a table', async () => {
  const { names, others, rows } = await ask('&by=country&limit=1')
  expect(names!.map(({ labels, size }) => [labels, size])).toEqual([[{ country: 'NZ' }, 3]])
  expect([others!.count, others!.size, rows.length]).toEqual([1, 1, 5])
  expect(short(await ask('&where=country:is:AU'))[2]).toEqual(['2026-04-27', 1, [0, 1, null], 2])
  expect((await get('&by=country&limit=1&format=csv')).split('\r\n').slice(0, 4)).toEqual([
    'country,cohort,size,1,2,3',
    'NZ,2026-04-25,,,,',
    'NZ,2026-04-26,1,1,1,0',
    'NZ,2026-04-27,1,0,1,',
  ])
  expect(await get('&by=country&format=csv&raw=true')).toContain('NZ,2026-04-26,1,1,1,0')
  const lines = (await get('&format=ndjson')).trimEnd().split('\n')
  expect([lines.length, Object.keys(JSON.parse(lines.at(-1)!))]).toEqual([6, ['total', 'meta']])
})

test('at a terminal, and in a batch', async () => {
  const shown = shownAnswer(await ask(), 'table', 'UTC').split('\n')
  const [heads, , oldest] = shown.map((line) => line.split(/ {2,}/))
  expect(heads!.slice(0, 2)).toEqual(['cohort', 'members'])
  expect(oldest!.slice(0, 5)).toEqual([
    '2026-04-26',
    '1',
    '100.0 %',
    '100.0 %',
    expect.stringMatching(/^0\.0 %/),
  ])
  const query = 'source=shop&retention=signups&from=now-4d'
  const { asked } = readQueryConfig({ subject: 'shop', retention: 'signups', from: 'now-4d' })
  expect(asked.name).toBe('retention')
  const batch = await app.inject({
    method: 'POST',
    url: '/v1/query',
    payload: { queries: [asked.text, `retention?${query}&unit=week`] },
  })
  const [days, weeks] = batch.json<{ answers: { answer: RetentionAnswer }[] }>().answers
  expect(days!.answer.total).toEqual((await ask()).total)
  expect(weeks!.answer.meta.unit).toBe('week')
})

test('by week', async () => {
  const { rows, meta } = await ask('&unit=week')
  expect(rows.map(({ cohort, size, back }) => [cohort, size, back])).toEqual([
    ['2026-04-20', 1, [1, null]],
    ['2026-04-27', 3, [null, null]],
  ])
  expect(meta).toMatchObject({ unit: 'week', weekStart: 'monday', periods: 2 })
})

test('who joined earlier than was known is in the cohort of that day, with all that is known', async () => {
  await shop.send(1, [at('25T14:00', 'c', '/signup', 'FR')])
  expect(short(await ask()).slice(1, 3)).toEqual([
    ['2026-04-26', 2, [1, 1, 1], 3],
    ['2026-04-27', 1, [0, 1, null], 2],
  ])
  expect((await ask('&by=country')).names!.map(({ labels }) => labels['country'])).toEqual(['NZ', 'AU', 'FR'])
})

test('the example of the docs', async () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8')
  const [web] = readDefinitionText(Buffer.from(read('examples/retention.yaml')))
  const lines = read('examples/retention.ndjson').trimEnd().split('\n')
  await filledFacts(
    web!,
    NOW_MS,
    lines.map((line) => JSON.parse(line) as Sent),
  )
  const docs = read('docs/retention.md')
  const [, query] = /\/v1\/(retention\?\S+format=csv)'/.exec(docs)!
  const [, table] = /```csv\n([\s\S]+?)```/.exec(docs)!
  const body = await bodyOf(`/v1/${query}`)
  expect(body.replaceAll('\r', '')).toBe(table)
})

testRefused('/v1/retention', [
  ['source=shop&retention=signups&raw=true', 400, 'is for format=csv'],
  ['source=shop&retention=buyers', 404, 'shop has no retention buyers; it has signups'],
  ['source=shop', 400, 'missing; the name of a retention'],
  [
    'source=shop&retention=signups&by=path',
    400,
    'by: the retention signups of shop is split by country, each by itself',
  ],
  ['source=shop&retention=signups&unit=month', 400, 'day or week'],
  ['source=shop&retention=signups&from=2000-01-01', 400, 'cohorts are more than the 1100'],
])
