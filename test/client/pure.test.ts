/** Queries as text, frames out of pieces, rows that are new: what of the clients needs no API. */
import { describe, expect, test, vi } from 'vitest'
import { NewRows, rowLine } from '../../cli/commands/tail-rows.ts'
import { ApiError } from '../../client/api-error.ts'
import { Client } from '../../client/client.ts'
import { FrameReader } from '../../client/frames.ts'
import { LiveAnswers } from '../../client/live-answers.ts'
import { OneStream, StreamMoved } from '../../client/one-stream.ts'
import { Places } from '../../client/places.ts'
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

test('an address may end with a slash, a problem has its name', () => {
  expect(new Client({ base: 'http://127.0.0.1:4400/' }).options.base).toBe('http://127.0.0.1:4400')
  expect(new Client({ base: '' }).options.base).toBe('')
  expect(String(new ApiError(404, { detail: 'there is none' }))).toBe('ApiError: there is none')
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

describe('one stream', () => {
  /** An API with one stream: what it was asked, and what it tells. */
  function api(changeStatus = 200) {
    const asked: { url: string; body: unknown }[] = []
    let tell: (text: string) => void = () => undefined
    const answer = async (url: string, init: RequestInit): Promise<Response> => {
      asked.push({ url, body: init.body === undefined ? null : JSON.parse(init.body as string) })
      if (init.method === 'POST') return new Response('{}', { status: changeStatus })
      return new Response(
        new ReadableStream({
          start: (to) => void (tell = (text) => to.enqueue(new TextEncoder().encode(text))),
        }),
      )
    }
    return { asked, tell: (text: string) => tell(text), options: { fetch: answer as typeof fetch } }
  }

  test('asks for what its address does not hold once it has a name, and for what is wanted then', async () => {
    const { asked, tell, options } = api()
    const wanted = new Map(Array.from({ length: 5 }, (_, n) => [n, `series?where=${'x'.repeat(4000)}${n}`]))
    const stream = new OneStream(options, wanted)
    const places: (number | undefined)[] = []
    const run = stream.run('', (frame, at) => {
      if (frame.event === 'beat') at.named('s1')
      else places.push(at.of((JSON.parse(frame.data) as { q: number }).q))
    })
    expect(asked[0]!.url.length).toBeLessThan(15_000)
    wanted.delete(1)
    wanted.set(9, 'top?')
    stream.follow() // it has no name yet
    await vi.waitFor(() => tell('event: beat\ndata: {}\n\n'))
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    expect(asked[1]!.body).toEqual({ stream: 's1', add: [wanted.get(3), wanted.get(4), 'top?'], remove: [1] })
    tell([0, 1, 2, 3, 4, 5, 6].map((q) => `event: reset\ndata: {"q":${q}}\n\n`).join(''))
    await vi.waitFor(() => expect(places).toEqual([0, undefined, 2, 3, 4, 9, undefined]))
    stream.end(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
  })

  test.each([
    [404, StreamMoved],
    [503, ApiError],
  ])('ends where a change is answered with %i', async (status, kind) => {
    const { tell, options } = api(status)
    const wanted = new Map([[0, 'top?']])
    const stream = new OneStream(options, wanted)
    const run = stream.run('c', (_, at) => at.named('s1'))
    wanted.set(1, 'top?a')
    await vi.waitFor(() => tell('event: beat\ndata: {}\n\n'))
    await expect(run).rejects.toBeInstanceOf(kind)
  })

  test('goes on only where every query was told something that patches are laid over', () => {
    const answers = new LiveAnswers({ answer: () => undefined })
    const places = new Places(
      new Map([
        [0, 'a'],
        [1, 'b'],
      ]),
      [0, 1],
      async () => undefined,
    )
    const take = (event: string, q: number, id: string) =>
      answers.take({ event, data: JSON.stringify({ q, answer: {}, problem: {} }), id }, places)
    take('reset', 0, 'c1')
    expect([answers.cursorFor([0]), answers.cursorFor([0, 1])]).toEqual(['c1', ''])
    take('error', 1, 'c2')
    expect(answers.cursorFor([0, 1])).toBe('c2')
    answers.forget(0)
    expect(answers.cursorFor([0, 1])).toBe('')
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
