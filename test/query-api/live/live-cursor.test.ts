/** A live stream that goes on where the one before it ended, is given other queries while open, and says what was corrected. */
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import { readCursor, toldOf, writeCursor } from '../../../query-api/live/cursor.ts'
import { Frame } from '../../../query-api/live/frame.ts'
import { History, HISTORY_BYTES } from '../../../query-api/live/history.ts'
import type {
  BatchAnswer,
  LiveBehind,
  LiveChanged,
  LiveHeartbeat,
  LivePatch,
  LiveReset,
  Problem,
  SeriesAnswer,
} from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'

vi.setConfig({ testTimeout: 30_000 })
let [app, other]: (FastifyInstance | undefined)[] = []
let [base, otherBase] = ['', '']
let names = 0
const open: TestEventSource[] = []

beforeAll(async () => {
  ;[app, other] = [await served(), await served()]
  base = await app.listen({ host: '127.0.0.1', port: 0 })
  otherBase = await other.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => {
  for (const source of open.splice(0)) source.close()
})
afterAll(async () => {
  await Promise.all([app?.close(), other?.close()])
})

const served = () => createServer({ store, version: '0', pageDirectory: null })

function listen(queries: readonly string[], id = '', at = base): TestEventSource {
  const url = `${at}/v1/live?${queries.map((q) => `q=${encodeURIComponent(q)}`).join('&')}`
  const source = new TestEventSource(url, id === '' ? {} : { 'last-event-id': id })
  open.push(source)
  return source
}

async function filled(): Promise<Filler> {
  const filler = new Filler(store, testSource(`cursor${names++}`), 2)
  await filler.open()
  const now = Date.now()
  await filler.applyBatch(0, [{ ts: now - 5000, country: 'DE' }], now)
  await filler.applyBatch(1, [{ ts: now - 4000, country: 'FR' }], now)
  return filler
}

const sum = (answer: SeriesAnswer | null): number =>
  (answer?.series[0]?.values ?? []).reduce<number>((all, value) => all + (value ?? 0), 0)

async function count(filler: Filler, agoMs = 0): Promise<void> {
  const now = Date.now()
  await filler.applyBatch(0, [{ ts: now - agoMs, country: 'DE' }], now)
  await filler.applyBatch(1, [], now)
}

const queriesOf = ({ source }: Filler): string[] => [
  `series?metric=${source.name}.events&interval=1s&from=now-1m`,
  `series?metric=${source.name}.events&interval=1s&from=now-1m&by=country`,
]
const bothAnswered = async (source: TestEventSource): Promise<void> => {
  for (const q of [0, 1])
    await source.until(({ event, data }) => event === 'reset' && (data as LiveReset).q === q)
}
const dataOf = (source: TestEventSource) => source.heard.filter(({ event }) => event !== 'beat')

describe('a reader who comes back', () => {
  test('gets what it missed, and no whole answer', async () => {
    const filler = await filled()
    const first = listen(queriesOf(filler))
    await bothAnswered(first)
    await count(filler)
    await first.until(() => sum(first.answer(0)) === 3 && sum(first.answer(1)) === 2)
    first.close()
    await count(filler)
    await count(filler, 2000)
    const second = listen(queriesOf(filler), first.lastId)
    await second.until(() => sum(second.answer(0, first.answer(0))) === 5)
    expect(dataOf(second).map(({ event }) => event)).not.toContain('reset')
    await second.until(() => sum(second.answer(1, first.answer(1))) === 4)
  })

  test('with other queries, to another process, with an id that is none: begins anew', async () => {
    const filler = await filled()
    const queries = queriesOf(filler)
    const first = listen(queries)
    await bothAnswered(first)
    first.close()
    for (const again of [
      listen([queries[1]!, `${queries[0]!}&where=country:is:DE`], first.lastId),
      listen(queries, first.lastId, otherBase),
      listen(queries, `${first.lastId}~x`),
    ]) {
      await bothAnswered(again)
      expect(dataOf(again)[0]!.event).toBe('reset')
    }
  })

  test('who saw more than is counted here hears that, and no number goes back', async () => {
    const filler = await filled()
    const [query] = queriesOf(filler)
    const first = listen([query!])
    await first.until(({ event }) => event === 'reset')
    first.close()
    const ahead = first.lastId.replace(/\d+$/, (records) => String(Number(records) + 2))
    const second = listen([query!], ahead, otherBase)
    const { data } = await second.until(({ event }) => event === 'behind')
    expect(data).toEqual({ q: 0, behind: { records: 2, seen: 4 } } satisfies LiveBehind)
    await count(filler)
    await count(filler)
    await second.until(({ event }) => event === 'reset')
    expect(
      dataOf(second)
        .map(({ event }) => event)
        .slice(0, 2),
    ).toEqual(['behind', 'reset'])
    await second.until(() => sum(second.answer(0)) === 4)
  })
})

describe('a stream that is open', () => {
  const change = async (body: unknown) => {
    const { statusCode, body: text } = await app!.inject({
      method: 'POST',
      url: '/v1/live',
      payload: body as object,
    })
    return { statusCode, answer: JSON.parse(text) as LiveChanged }
  }

  test('is given queries and rid of them', async () => {
    const filler = await filled()
    const [total, byCountry] = queriesOf(filler)
    const source = listen([total!])
    const { stream } = (await source.until(({ event }) => event === 'beat')).data as LiveHeartbeat
    await source.until(({ event }) => event === 'reset')
    expect(await change({ stream, add: [byCountry, 'series?metric=x'], remove: [0] })).toEqual({
      statusCode: 200,
      answer: { q: [1, 2] },
    })
    await source.until(({ event, data }) => event === 'reset' && (data as LiveReset).q === 1)
    await source.until(({ event, data }) => event === 'error' && (data as LiveReset).q === 2)
    const after = source.heard.length
    await count(filler)
    await source.until(() => sum(source.answer(1)) === 2)
    const told = source.heard.slice(after).filter(({ event }) => event !== 'beat')
    expect(told.map(({ data }) => (data as LiveReset).q)).not.toContain(0)
  })

  test('that is not here, or for too much, is refused', async () => {
    const filler = await filled()
    const source = listen([queriesOf(filler)[0]!])
    const { stream } = (await source.until(({ event }) => event === 'beat')).data as LiveHeartbeat
    const many = Array.from({ length: 32 }, (_, n) => `series?metric=x.y&from=now-${n + 1}m`)
    expect((await change({ stream, add: many })).statusCode).toBe(400)
    expect((await change({ stream, add: many.slice(1) })).statusCode).toBe(200)
    expect((await change({ stream: 'x'.repeat(22), add: [] })).statusCode).toBe(404)
    for (const wrong of [{}, { stream, more: 1 }, { stream, remove: ['0'] }, { stream, remove: [-1] }])
      expect((await change(wrong)).statusCode, JSON.stringify(wrong)).toBe(400)
  })
})

test('a late correction is told as one: the window, what it was and what it is', async () => {
  const filler = await filled()
  const now = Date.now()
  const source = listen(queriesOf(filler))
  await bothAnswered(source)
  const whole = source.answer(1)!
  const late = whole.timesMs.findIndex((_, at) => whole.series.some(({ values }) => values[at] === 1))
  const column = whole.series.findIndex(({ values }) => values[late] === 1)
  const timeMs = whole.timesMs[late]!
  await filler.applyBatch(0, [{ ts: timeMs + 10, country: whole.series[column]!.labels['country']! }], now)
  const { data } = await source.until(
    ({ event, data }) => event === 'patch' && (data as LivePatch).q === 1 && 'revised' in (data as LivePatch),
  )
  expect((data as LivePatch).revised).toEqual([{ column, timeMs, was: 1, is: 2 }])
})

test('an answer tells late corrections of answers before it, since it was first asked', async () => {
  const filler = await filled()
  const query = `/v1/series?metric=${filler.source.name}.events&interval=1s&from=now-1m&by=country`
  const ask = async (more = '') => (await app!.inject(query + more)).json<SeriesAnswer>()
  const first = await ask()
  expect(first.meta.revisions).toBeUndefined()
  const at = first.timesMs.findIndex((_, at) => first.series[0]!.values[at] === 1)
  const [timeMs, labels] = [first.timesMs[at]!, first.series[0]!.labels]
  await filler.applyBatch(0, [{ ts: timeMs + 10, country: labels['country']! }], Date.now())
  const from = `&revisions=${first.meta.asOfMs}`
  const revisions = {
    sinceMs: first.meta.asOfMs,
    rows: [{ column: 0, role: 'series', labels, timeMs, was: 1, is: 2 }],
  }
  const told = await ask(from)
  expect(told.series[0]!.values[told.timesMs.indexOf(timeMs)]).toBe(2)
  expect(told.meta.revisions).toMatchObject(revisions)
  // As rows, in a batch, and by another process, which knows of none.
  expect((await ask(`${from}&format=rows`)).meta.revisions).toMatchObject(revisions)
  const queries = [query.slice(4) + from]
  const batch = await app!.inject({ method: 'POST', url: '/v1/query', payload: { queries } })
  expect(batch.json<BatchAnswer>().answers[0]).toMatchObject({ answer: { meta: { revisions } } })
  const elsewhere = (await other!.inject(query + from)).json<SeriesAnswer>().meta
  expect(elsewhere.revisions).toEqual({ sinceMs: elsewhere.asOfMs, rows: [] })
  expect(((await ask(`${from}&format=csv`)) as unknown as Problem).status).toBe(400)
  expect(((await ask('&revisions=2026-01-01T00:00')) as unknown as Problem).status).toBe(400)
  const live = listen(queries)
  expect((await live.until(({ event }) => event === 'error')).data).toMatchObject({
    problem: { status: 400 },
  })
})

test('a late event of a name that is new is told as a correction with the whole answer', async () => {
  const filler = await filled()
  const source = listen(queriesOf(filler))
  await bothAnswered(source)
  const { timesMs } = source.answer(1)!
  const at = timesMs.findIndex((_, at) => source.answer(1)!.series.some(({ values }) => values[at] === 1))
  await filler.applyBatch(0, [{ ts: timesMs[at]! + 10, country: 'PL' }], Date.now())
  const { data } = await source.until(
    ({ event, data }) => event === 'reset' && 'revised' in (data as LiveReset),
  )
  expect((data as LiveReset).revised).toEqual([
    { column: expect.any(Number) as number, timeMs: timesMs[at], was: null, is: 1 },
  ])
})

describe('in itself', () => {
  test('a cursor comes back as it went; what is none is none', () => {
    const cursor = {
      instance: 'a-b_c123',
      frame: 17,
      told: toldOf(['x']),
      counted: [{ source: 'my-shop_1', generation: 3, records: 9e14 }],
    }
    expect(readCursor(writeCursor(cursor))).toEqual(cursor)
    expect(readCursor(writeCursor({ ...cursor, counted: [] }))).toEqual({ ...cursor, counted: [] })
    for (const text of [undefined, '', 'x', `${writeCursor(cursor)}~`, '\n', 'a'.repeat(3000)])
      expect(readCursor(text)).toBeNull()
    expect(toldOf(['a', 'b', 'a'])).toBe(toldOf(['b', 'a']))
    expect(toldOf(['a'])).not.toBe(toldOf(['a', 'b']))
  })

  test('what is kept for those who come back is bounded, and has no gap', () => {
    const history = new History()
    const frame = (number: number, bytes: number) => new Frame('patch', Buffer.alloc(bytes), number)
    expect(history.since(5)).toBeNull()
    history.add(frame(5, 10), true)
    for (let number = 7; number < 20; number += 2) history.add(frame(number, HISTORY_BYTES / 4), false)
    expect(history.since(10)).toBeNull()
    const numbers = (from: number) => history.since(from)?.map(({ number }) => number)
    expect([numbers(11), numbers(12), numbers(16), numbers(19)]).toEqual([
      [13, 15, 17, 19],
      [13, 15, 17, 19],
      [17, 19],
      [],
    ])
    history.add(frame(21, 10), true)
    expect([numbers(19), numbers(21)]).toEqual([undefined, []])
  })
})
