import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTopQuery } from '../../../query-api/language/query.ts'
import { Sources } from '../../../query-api/sources/sources.ts'
import { answerOne } from '../../../query-api/engine/rows/one-snapshot.ts'
import { PreparedTop } from '../../../query-api/engine/ranking/top.ts'
import type { BatchAnswer, Problem, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { store, app, clock, newName, T0, HOUR, KEEP, filled, top } from './filled-top.ts'

describe('/v1/top', () => {
  test('is the plain sum over the events, whatever the range, the metric and the budget', {
    timeout: 60_000,
  }, async () => {
    const event = fc.record({
      ts: fc.integer({ min: 0, max: 3 * HOUR }).map((ms) => T0 - ms),
      country: fc.constantFrom('DE', 'FR', 'US', 'IT', 'JP'),
      device: fc.constantFrom('phone', 'desk'),
      load: fc.integer({ min: -9, max: 9 }),
      paid: fc.integer({ min: 0, max: 99 }),
    })
    const plain = (events: readonly Sent[], metric: string): number | null => {
      if (metric === 'events') return events.length
      if (metric === 'revenue') return events.reduce((sum, { paid }) => sum + (paid ?? 0), 0)
      const loads = events.map(({ load }) => load ?? 0)
      return loads.length === 0
        ? null
        : metric === 'load.max'
          ? Math.max(...loads)
          : loads.reduce((a, b) => a + b, 0) / loads.length
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 60 }),
        fc.constantFrom('events', 'revenue', 'load.max', 'load.avg'),
        fc.integer({ min: 1, max: 7200 }),
        fc.integer({ min: 0, max: 1800 }),
        fc.constantFrom('', '&where=device:is:phone', '&where=device:not:phone'),
        fc.integer({ min: 1, max: 6 }),
        async (events, metric, seconds, agoSeconds, where, limit) => {
          clock.nowMs = T0 + 1000
          const inOrder = events.toSorted((a, b) => a.ts - b.ts)
          const filler = await filled(
            [
              ...['a', 'b', 'c', 'd'].map((visitor) => ({
                ts: T0 - 12 * HOUR,
                country: 'XX',
                device: 'desk',
                visitor,
              })),
              ...inOrder,
            ],
            clock.nowMs,
          )
          const toMs = T0 - agoSeconds * 1000
          const answer = await top(
            filler,
            `${metric}&by=country&from=${toMs - seconds * 1000}&to=${toMs}&limit=${limit}&compare=previous${where}`,
          )
          const { fromMs, toMs: untilMs, previous, rowsTotal } = answer.meta
          const passing = inOrder.filter(
            ({ device }) => where === '' || (device === 'phone') === where.includes(':is:'),
          )
          const of = (from: number, to: number, country?: string): Sent[] =>
            passing.filter(
              ({ ts, ...one }) => ts >= from && ts < to && (country === undefined || one.country === country),
            )
          expect(rowsTotal).toBe(new Set(of(fromMs, untilMs).map(({ country }) => country)).size)
          expect(answer.rows).toHaveLength(Math.min(limit, rowsTotal))
          expect(answer.total.value).toBeCloseTo(plain(of(fromMs, untilMs), metric) ?? 0, 9)
          for (const { labels, value, previous: before } of answer.rows) {
            expect(value).toBeCloseTo(plain(of(fromMs, untilMs, labels['country']!), metric)!, 9)
            const expected = plain(of(previous!.fromMs, previous!.toMs, labels['country']!), metric)
            expect(previous!.known).toBe(true)
            if (expected === null) expect(before).toBeNull()
            else expect(before).toBeCloseTo(expected, 9)
          }
          const values = answer.rows.map(({ value }) => value!)
          expect(values).toEqual(values.toSorted((a, b) => b - a))
          if (metric === 'events')
            expect(values.reduce((a, b) => a + b, 0) + (answer.others?.value ?? 0)).toBe(answer.total.value)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('shares, change, what lies past the limit, and what the budget did not name', async () => {
    clock.nowMs = T0 + 10_000
    const before = ['DE', 'DE', 'FR'].map((country, at) => ({ ts: T0 - 5000 + at, country }))
    const now = ['DE', 'DE', 'DE', 'FR', 'US', 'IT'].map((country, at) => ({ ts: T0 + 1000 + at, country }))
    const filler = new Filler(store, testSource(newName(), undefined, 2), 1)
    await filler.open()
    await filler.applyBatch(0, [{ ts: T0 - 60_000, country: 'DE' }, ...before, ...now], clock.nowMs)
    await filler.applyBatch(0, [], clock.nowMs)
    const answer = await top(
      filler,
      `events&by=country&from=${T0}&to=${T0 + 10_000}&limit=2&compare=previous`,
    )
    expect(answer.rows).toEqual([
      { labels: { country: 'DE' }, value: 3, share: 0.5, previous: 2, change: 0.5 },
      { labels: { country: '__other__' }, other: true, value: 2, share: 1 / 3, previous: 0, change: null },
    ])
    expect(answer.others).toEqual({ count: 1, value: 1, share: 1 / 6, previous: 1, change: 0 })
    expect(answer.total).toEqual({ value: 6, previous: 3, change: 1 })
    expect(answer.meta).toMatchObject({
      by: 'country',
      fromMs: T0,
      toMs: T0 + 10_000,
      rowsTotal: 3,
      previous: { fromMs: T0 - 10_000, toMs: T0, known: true },
    })
    const worst = await top(filler, `events&by=country&from=${T0}&to=${T0 + 10_000}&order=asc&limit=1`)
    expect(worst.rows).toMatchObject([{ labels: { country: 'FR' }, value: 1, previous: null, change: null }])
  })

  test('a name that has nothing any more is in what the others are compared with', async () => {
    clock.nowMs = T0 + 10_000
    const sent = (fromMs: number, countries: string[]) =>
      countries.map((country, at) => ({ ts: fromMs + at, country }))
    const filler = await filled(
      [...sent(T0 - 60_000, ['DE', 'DE']), ...sent(T0 - 5000, ['DE', 'XX']), ...sent(T0, ['DE', 'DE', 'FR'])],
      clock.nowMs,
    )
    const answer = await top(
      filler,
      `events&by=country&from=${T0}&to=${T0 + 10_000}&limit=1&compare=previous`,
    )
    expect([answer.rows[0]!.previous, answer.total.previous]).toEqual([1, 2])
    expect(answer.others).toMatchObject({ count: 1, value: 1, previous: 1 })
  })

  test('where names are many, edges get coarser before anything is refused', async () => {
    clock.nowMs = T0 + 30_500
    const filler = new Filler(store, testSource(newName(), KEEP), 2)
    await filler.open()
    for (const partition of [0, 1])
      for (let at = 0; at < 4400; at += 55)
        await filler.applyBatch(
          partition,
          Array.from({ length: 55 }, (_, n) => ({
            ts: T0 - 29 * 60_000 + at,
            country: `c${partition}.${at + n}`,
          })),
          clock.nowMs,
        )
    for (const partition of [0, 1])
      await filler.applyBatch(partition, [{ ts: T0 + 30_000, country: 'late' }], clock.nowMs)
    for (const partition of [0, 1]) await filler.applyBatch(partition, [], clock.nowMs)
    const range = { fromMs: T0 - 30 * 60_000 + 1000, toMs: T0 + 59_000 }
    const answer = await top(filler, `events&by=country&from=${range.fromMs}&to=${range.toMs}&limit=1`)
    expect(answer).toMatchObject({
      rows: [{ labels: { country: 'late' }, value: 2 }],
      others: { count: 8800, value: 8800 },
      total: { value: 8802 },
    })
    expect(answer.meta.toMs - answer.meta.fromMs).toBe(range.toMs - range.fromMs + 1000) // one edge stays fine
  })

  test('what is not known is null, and a range before all is cut to what is kept', async () => {
    clock.nowMs = T0 + 10_000
    const filler = await filled(
      ['a', 'b', 'c', 'd'].map((visitor, at) => ({ ts: T0 + at, country: 'DE', visitor })),
      clock.nowMs,
      { '1s': '10m', '1m': '1h' },
    )
    const early = await top(filler, `events&by=country&from=${T0 - 5000}&to=${T0 - 4000}&compare=previous`)
    expect(early).toMatchObject({
      rows: [],
      others: null,
      total: { value: null, previous: null, change: null },
    })
    const cut = await top(filler, `events&by=country&from=${T0 - 48 * HOUR}&to=now`)
    expect(cut.rows[0]).toMatchObject({ value: 4 })
    expect([cut.meta.askedFromMs, cut.meta.fromMs]).toEqual([T0 - 48 * HOUR, T0 - HOUR])
    const past = await top(filler, `events&by=country&from=${T0 - 48 * HOUR}&to=${T0 - 47 * HOUR}`)
    expect(past).toMatchObject({ rows: [], total: { value: null } })
  })

  test('asked again after more was applied, it is as if asked anew', async () => {
    clock.nowMs = T0 + 10_000
    const filler = await filled([{ ts: T0 - 60_000, country: 'DE' }], clock.nowMs)
    const query = readTopQuery(
      `metric=${filler.source.name}.events&by=country&from=now-1h&limit=1000&compare=previous`,
    )
    const asking = (): (() => Promise<TopAnswer>) => {
      const [sources, prepared] = [new Sources({ store, now: () => clock.nowMs }), new PreparedTop(query)]
      return async () => answerOne(await sources.get(query.source), prepared, () => clock.nowMs)
    }
    const kept = asking()
    for (let step = 1; step < 12; step++) {
      clock.nowMs += step * 7000
      await filler.applyBatch(
        step % 2,
        [
          { ts: clock.nowMs - 1000, country: `c${step}` },
          { ts: clock.nowMs - 30_000, country: 'DE' },
        ],
        clock.nowMs,
      )
      await filler.applyBatch(1 - (step % 2), [], clock.nowMs)
      const answer = await kept()
      expect(answer).toEqual(await asking()())
      expect(answer.total.value).toBe(1 + 2 * step)
    }
  })

  test('two questions of one request stand at one vector; one that fails leaves the other', async () => {
    clock.nowMs = T0 + 10_000
    const filler = await filled(
      [
        { ts: T0, country: 'DE' },
        { ts: T0 + 1, country: 'FR' },
      ],
      clock.nowMs,
    )
    const { name } = filler.source
    const queries = [
      `series?metric=${name}.events&from=now-1m`,
      `top?metric=${name}.events&by=country&from=now-1m`,
      `top?metric=${name}.events&by=visitor`,
      'events?source=x',
      'series?metric=nobody.events',
    ]
    const { answers } = (
      await app.inject({ method: 'POST', url: '/v1/query', payload: { queries } })
    ).json<BatchAnswer>()
    const [series, ranking, ...problems] = answers as [
      { answer: SeriesAnswer },
      { answer: TopAnswer },
      ...{ problem: Problem }[],
    ]
    expect(series.answer.meta.vector).toEqual(ranking.answer.meta.vector)
    expect(ranking.answer.total.value).toBe(2)
    expect(problems.map(({ problem }) => problem.status)).toEqual([422, 400, 404])
    for (const payload of [
      {},
      { queries: [] },
      { queries: 'x' },
      { queries: [1] },
      { queries, more: 1 },
      [],
      { queries: new Array<string>(33).fill('series?') },
    ])
      expect((await app.inject({ method: 'POST', url: '/v1/query', payload })).statusCode).toBe(400)
  })
})
