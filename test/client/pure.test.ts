/** Queries as text, frames out of pieces, rows that are new: what of the clients needs no API. */
import { describe, expect, test } from 'vitest'
import { NewRows, rowLine } from '../../cli/commands/tail-rows.ts'
import { ApiError } from '../../client/api-error.ts'
import { FrameReader } from '../../client/frames.ts'
import { queryString, queryText } from '../../client/query-text.ts'
import type { TailRow } from '../../query-api/wire.ts'

describe('queries as text', () => {
  test.each([
    [
      { metric: 'a.b', by: ['x', 'y'], where: ['f:is:1', 'g:not:2'], limit: 5 },
      'metric=a.b&by=x%2Cy&where=f%3Ais%3A1&where=g%3Anot%3A2&limit=5',
    ],
    [
      { metric: 'a.b', tz: 'Asia/Kolkata', from: undefined, to: 'now+1h' },
      'metric=a.b&tz=Asia%2FKolkata&to=now%2B1h',
    ],
    [{ metric: 'a.b', where: [] }, 'metric=a.b'],
  ])('%j', (parameters, text) => expect(queryString(parameters)).toBe(text))
  test('with the name before it', () =>
    expect(queryText('top', { metric: 'a.b', by: 'x' })).toBe('top?metric=a.b&by=x'))
})

describe('frames', () => {
  const TEXT = 'retry: 1000\n\nevent: beat\ndata: {"nowMs":1}\n\nevent: reset\ndata: {"q":0}\n\n'
  const whole = [
    { event: 'beat', data: '{"nowMs":1}' },
    { event: 'reset', data: '{"q":0}' },
  ]
  test.each([1, 2, 7, 1000])('in pieces of %i', (size) => {
    const reader = new FrameReader()
    const pieces = Array.from({ length: Math.ceil(TEXT.length / size) }, (_, n) =>
      TEXT.slice(n * size, n * size + size),
    )
    expect(pieces.flatMap((piece) => reader.take(piece))).toEqual(whole)
  })
})

test('an answer that is no problem document is one without a kind', () => {
  expect(new ApiError(502, null)).toMatchObject({
    status: 502,
    kind: undefined,
    problem: null,
    message: 'the API answered 502',
  })
  const problem = { type: 'urn:tidemark:problem:not_found', title: 'There is no such thing', status: 404 }
  expect(new ApiError(404, problem)).toMatchObject({ kind: 'not_found', problem, message: problem.title })
})

describe('rows that are new', () => {
  const row = (offset: number, partition = 0, index = 0): TailRow => ({
    source: 's',
    partition,
    offset,
    index,
    tsMs: 0,
    atMs: 0,
    via: null,
    raw: `{"n":${offset}}\u001b[2J`,
  })
  test('each once, oldest first, by partition', () => {
    const rows = new NewRows<TailRow>(2)
    expect(rows.take([row(3), row(9, 1), row(2)], 9)).toEqual({ fresh: [row(9, 1), row(3)], isGap: false })
    expect(rows.take([row(4, 0, 1), row(4), row(3), row(9, 1)], 9)).toEqual({
      fresh: [row(4), row(4, 0, 1)],
      isGap: false,
    })
    expect(rows.take([row(4, 0, 1), row(4)], 9).fresh).toEqual([])
  })
  test('a look of new rows alone may have missed some', () => {
    const rows = new NewRows<TailRow>(0)
    expect(rows.take([row(2), row(1)], 2)).toEqual({ fresh: [], isGap: false })
    expect(rows.take([row(9), row(8)], 2).isGap).toBe(true)
    expect(rows.take([row(10), row(9)], 2).isGap).toBe(false)
  })
  test('nothing of theirs steers the terminal', () => {
    expect(rowLine(row(7, 2), 'raw')).toBe('s/2@7  1970-01-01T00:00:00.000Z  {"n":7} [2J\n')
  })
})
