import { describe, expect, test } from 'vitest'
import { PointBudget, pointsOf } from '../../../query-api/engine/plan/budget.ts'
import type { LiveError, BatchAnswer, SeriesAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource } from '../fill.ts'
import { store, app, base, NAMES, WIDE, problem, listen, held, bytesRead } from './wide-answers.ts'

describe('an answer is bounded as a whole', () => {
  test.each(['columns', 'rows', 'csv'])(
    '500 names x 5,000 windows, compared, as %s: refused, with what would fit',
    async (format) => {
      const { result, cpuMs } = await held(() =>
        app.inject(`/v1/series?${WIDE}&compare=previous&format=${format}`),
      )
      expect(result.statusCode).toBe(422)
      expect(problem(result.body)).toMatchObject({
        type: 'urn:tidemark:problem:answer_too_large',
        detail: expect.stringMatching(
          /^500 series x 499\d points, and the 499\d before, are 49\d{5} values; at most 500000 are answered. Would fit: limit=49, a shorter range$/,
        ) as string,
        errors: [{ pointer: '/limit' }],
      })
      expect(cpuMs).toBeLessThan(1000)
    },
  )

  test('what it says would fit does fit', async () => {
    const fits = await app.inject(`/v1/series?${WIDE.replace('limit=500', 'limit=49')}&compare=previous`)
    expect(fits.statusCode).toBe(200)
    expect(fits.json<SeriesAnswer>().series).toHaveLength(49)
    const finer = await app.inject(
      '/v1/series?metric=wide.events&by=country&interval=1s&from=now-10m&compare=previous&limit=500',
    )
    expect(problem(finer.body).detail).toMatch(/Would fit: limit=41\d, interval=15m, a shorter range$/)
    expect(
      (
        await app.inject(
          '/v1/series?metric=wide.events&by=country&interval=15m&from=now-10m&compare=previous&limit=500',
        )
      ).statusCode,
    ).toBe(200)
  })

  test('others and bounds are values too', () => {
    const [interval, windows] = [{ name: '1m', ms: 60_000, keepMs: null }, 1000]
    const size = { series: 100, windows, ranges: 1, interval, intervals: [interval] }
    const take = (more: object): void => new PointBudget(300_000).take({}, { ...size, ...more })
    expect(pointsOf({ ...size, ranges: 2, hasOthers: true, isBounded: true })).toBe(402_000)
    take({ isBounded: true })
    expect(() => take({ isBounded: true, hasOthers: true })).toThrow(
      '100 series and all others x 1000 points, and the least and most of each, are 301000 values; at most 300000 are answered. Would fit: limit=99, a shorter range',
    )
  })

  test('auto goes on to an interval that fits', async () => {
    const { meta, series } = (
      await app.inject('/v1/series?metric=wide.events&by=country&from=now-14m&limit=500&compare=previous')
    ).json<SeriesAnswer>()
    expect([meta.interval, series.length]).toEqual(['15m', NAMES])
    expect(
      (
        await app.inject('/v1/series?metric=wide.events&by=country&from=now-14m&limit=50')
      ).json<SeriesAnswer>().meta.interval,
    ).toBe('1s')
  })

  test('the answers of one request together', async () => {
    const query = `series?${WIDE.replace('limit=500', 'limit=40')}`
    const response = await app.inject({
      method: 'POST',
      url: '/v1/query',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ queries: [query, query, query, 'series?metric=wide.events'] }),
    })
    const kinds = response
      .json<BatchAnswer>()
      .answers.map((one) =>
        'problem' in one ? one.problem.type.replace('urn:tidemark:problem:', '') : 'answer',
      )
    expect(kinds).toEqual(['answer', 'answer', 'answer_too_large', 'answer'])
  })

  test('long labels: rows and CSV are bounded in bytes, columns hold them once', async () => {
    const filler = new Filler(store, testSource('long', { '15m': '14d', '1h': '90d' }), 1)
    await filler.open()
    const now = Date.now()
    await filler.applyBatch(
      0,
      Array.from({ length: 60 }, (_, at) => ({
        ts: now - 1000,
        country: `${'"'.repeat(120)}${at}`,
        device: `${'"'.repeat(100)}${at}`,
      })),
      now,
    )
    await filler.applyBatch(0, [], now)
    const query = '/v1/series?metric=long.events&by=country,device&interval=15m&from=now-1249h&limit=60'
    for (const format of ['rows', 'csv'])
      expect(problem((await app.inject(`${query}&format=${format}`)).body)).toMatchObject({
        status: 422,
        type: 'urn:tidemark:problem:answer_too_large',
        detail: expect.stringMatching(/at most 32 MB are answered. Would fit: limit=\d+/) as string,
      })
    expect((await app.inject(query)).statusCode).toBe(200)
  })

  test('a live query is refused in its frame', async () => {
    const source = listen(`series?${WIDE}&compare=previous`)
    const { data } = await source.until(({ event }) => event === 'error')
    expect((data as LiveError).problem).toMatchObject({
      status: 422,
      type: 'urn:tidemark:problem:answer_too_large',
      detail: expect.stringContaining('at most 100000 are answered') as string,
    })
  })

  test.each(['columns', 'rows', 'csv'])(
    'three of the largest at once as %s: the loop turns, memory stays',
    { timeout: 60_000 },
    async (format) => {
      const url = `${base}/v1/series?${WIDE.replace('limit=500', 'limit=50')}&format=${format}`
      const read = (): Promise<number> => bytesRead(url)
      await read()
      const three = () => held(() => Promise.all([read(), read(), read()]))
      const first = await three()
      // Once more where it was too much: a collection of what came before falls into one of the two, not into both.
      const { result, heldMs, cpuMs, grownBytes } = first.heldMs < 100 ? first : await three()
      expect(result[0]).toBeGreaterThan(400_000)
      expect(new Set(result).size).toBe(1)
      expect(heldMs).toBeLessThan(100)
      expect(cpuMs).toBeLessThan(3000)
      expect(grownBytes).toBeLessThan(100 * 2 ** 20)
    },
  )
})

describe('points that answers share', () => {
  const size = (points: number) => ({
    series: 1,
    windows: points,
    ranges: 1,
    interval: { name: '1s', ms: 1000, keepMs: null },
    intervals: [],
  })
  test('each takes its own anew; what it lets go of is there for others', () => {
    const budget = new PointBudget(100)
    const [a, b] = [{}, {}]
    budget.take(a, size(60))
    budget.take(a, size(80))
    expect(() => budget.take(b, size(30))).toThrow(
      /at most 100 are answered; the answers before it in this request have 80/,
    )
    budget.take(b, size(20))
    budget.release(a)
    budget.take(b, size(100))
    expect(() => budget.take(a, size(1))).toThrow(/at most 100/)
  })
  test('live: half is for small ones', () => {
    const budget = new PointBudget(100_000, 40_000)
    budget.take({}, size(40_000))
    expect(() => budget.take({}, size(40_000))).toThrow(/live queries hold 40000 points/)
    for (let n = 0; n < 3; n++) budget.take({}, size(20_000))
    expect(() => budget.take({}, size(20_000))).toThrow(/live queries hold 100000 points/)
  })
})

test('values that a spreadsheet would run, over HTTP', async () => {
  const filler = new Filler(store, testSource('sheet', { '1m': '2d' }), 1)
  await filler.open()
  const now = Date.now()
  const values = [
    '=HYPERLINK("http://evil.example","open")',
    "+cmd|' /C calc'!A0",
    '@SUM(1+1)',
    '-2+3',
    '\t=1+1',
    'DE',
  ]
  await filler.applyBatch(
    0,
    values.map((country) => ({ ts: now - 1000, country, load: -2.5 })),
    now,
  )
  await filler.applyBatch(0, [], now)
  const safe = (
    await app.inject('/v1/series?metric=sheet.load&by=country&from=now-1h&interval=1m&format=csv')
  ).body
  for (const line of safe.split('\r\n').slice(1, -1)) expect(line.split('Z,')[1]).toMatch(/^"?('[=+@\t-]|DE)/)
  expect(safe).toContain(',DE,-2.5')
  const raw = (
    await app.inject('/v1/series?metric=sheet.load&by=country&from=now-1h&interval=1m&format=csv&raw=true')
  ).body
  expect(raw).toMatch(/,-2\+3,-2\.5\r\n/)
  expect((await app.inject('/v1/series?metric=sheet.load&raw=true')).statusCode).toBe(400)
})
