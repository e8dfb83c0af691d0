/** Values of a field for whoever types, and answers one row a line. */
import { beforeAll, expect, test } from 'vitest'
import type { KnownValuesAnswer, Problem, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'
import { app, clock } from '../own-api.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
clock.nowMs = NOW_MS

beforeAll(async () => {
  const filler = new Filler(store, testSource('web'), 2)
  await filler.open()
  const send = (partition: number, countries: readonly (string | null)[]): Promise<void> =>
    filler.applyBatch(
      partition,
      countries.map((country, n) => ({ ts: NOW_MS - 10_000 + n, ...(country !== null && { country }) })),
      NOW_MS,
    )
  await send(0, ['DE', 'DE', 'DK', 'FR', null])
  await send(1, ['DE', 'DK', 'DO', 'de'])
})

const known = async (more: string): Promise<KnownValuesAnswer> =>
  (await app.inject(`/v1/meta/known-values?source=web&field=country${more}`)).json()

test.each<[string, [string | null, number][], number]>([
  [
    '&prefix=D',
    [
      ['DE', 3],
      ['DK', 2],
      ['DO', 1],
    ],
    0,
  ],
  ['&prefix=D&limit=1', [['DE', 3]], 2],
  ['&prefix=d', [['de', 1]], 0],
  ['&prefix=X', [], 0],
  [
    '&limit=2',
    [
      ['DE', 3],
      ['DK', 2],
    ],
    4,
  ],
  ['&prefix=D&from=now-30m&to=now-10m', [], 0],
])('%s', async (more, values, left) => {
  const { rows, more: past, meta } = await known(more)
  expect(rows.map(({ value, count }) => [value, count])).toEqual(values)
  expect(past).toBe(left)
  expect(meta).toMatchObject({ source: 'web', field: 'country', from: 'cells', complete: 1 })
  expect(Object.keys(meta.vector)).toEqual(['0', '1'])
})

test('an absent value is one, and is found by an empty prefix only', async () => {
  expect((await known('')).rows.map(({ value }) => value)).toContain(null)
})

test.each([
  ['field=planet', 'bad_request'],
  ['field=visitor', 'breakdown_needed'],
  ['field=load', 'bad_request'],
  ['field=country&limit=101', 'bad_request'],
  ['field=country&prefix=a&prefix=b', 'bad_request'],
  ['', 'bad_request'],
])('%s is refused: %s', async (more, kind) => {
  const response = await app.inject(`/v1/meta/known-values?source=web&${more}`)
  const { type, detail } = response.json<Problem>()
  expect(type).toBe(`urn:tidemark:problem:${kind}`)
  expect(detail).not.toContain('Kafka') // no log is read for this, whether there is one or not
})

test('lines are the rows of the answer, and the last says what it knows', async () => {
  const ask = async (url: string): Promise<string> => (await app.inject(url)).body
  const linesOf = async (url: string): Promise<unknown[]> => {
    const text = await ask(`${url}&format=ndjson`)
    expect(text.endsWith('\n')).toBe(true)
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
  }
  const series = '/v1/series?metric=web.events&by=country&from=now-1m&interval=1m&compare=previous'
  const { rows, meta } = JSON.parse(await ask(`${series}&format=rows`)) as { rows: unknown[]; meta: unknown }
  expect(await linesOf(series)).toEqual([...rows, { meta }])
  const { series: columns } = JSON.parse(await ask(series)) as SeriesAnswer
  expect(rows).toHaveLength(columns.length)

  const top = '/v1/top?metric=web.events&by=country&limit=2'
  const { rows: ranked, ...rest } = JSON.parse(await ask(top)) as TopAnswer
  expect(await linesOf(top)).toEqual([...ranked, rest])
  const headers = (await app.inject(`${top}&format=ndjson`)).headers
  expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
  expect(headers['etag']).not.toBe((await app.inject(top)).headers['etag'])
})
