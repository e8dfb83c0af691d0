import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { LiveError, LiveReset, SeriesAnswer, TailAnswer } from '../../../query-api/wire.ts'
import { server, store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'

let app: FastifyInstance
let base: string
let names = 0
const open: TestEventSource[] = []

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => {
  for (const source of open.splice(0)) source.close()
})
afterAll(async () => {
  await app?.close()
})

function listen(...queries: string[]): TestEventSource {
  const source = new TestEventSource(
    `${base}/v1/live?${queries.map((q) => `q=${encodeURIComponent(q)}`).join('&')}`,
  )
  open.push(source)
  return source
}

async function filled(): Promise<Filler> {
  const filler = new Filler(store, testSource(`live${names++}`), 2)
  await filler.open()
  const now = Date.now()
  await filler.applyBatch(0, [{ ts: now - 5000, country: 'DE' }], now)
  await filler.applyBatch(1, [{ ts: now - 4000, country: 'FR' }], now)
  return filler
}

const sum = (answer: SeriesAnswer | null): number =>
  (answer?.series[0]?.values ?? []).reduce<number>((all, value) => all + (value ?? 0), 0)

describe('/v1/live', () => {
  test('days of a zone: reset, then patches that add up to what the query answers', async () => {
    const filler = await filled()
    const began = Date.now()
    const query = `metric=${filler.source.name}.events&interval=1d&tz=Asia/Kathmandu&from=${began - 5 * 86_400_000}&to=${began + 86_400_000}&compare=previous_week`
    const source = listen(`series?${query}`)
    await source.until(({ event }) => event === 'reset')
    const after = source.heard.length
    for (let n = 0; n < 3; n++) {
      const now = Date.now()
      await filler.applyBatch(n % 2, [{ ts: now - 3000, country: 'DE' }], now)
    }
    await source.until(() => sum(source.answer(0)) === 5)
    expect(source.heard.slice(after).some(({ event }) => event === 'patch')).toBe(true)
    const { timesMs, series, previous } = (await app.inject(`/v1/series?${query}`)).json<SeriesAnswer>()
    expect(source.answer(0)).toMatchObject({ timesMs, series, previous })
  })

  test('reset first, then patches that add up to what the query answers', async () => {
    const filler = await filled()
    const query = `metric=${filler.source.name}.events&interval=1s&from=now-1m`
    const source = listen(`series?${query}`, `series?${query}&by=country`)
    await source.until(({ event, data }) => event === 'reset' && (data as LiveReset).q === 1)
    expect(await source.status).toBe(200)
    expect(sum(source.answer(0))).toBe(2)
    const after = source.heard.length
    const now = Date.now()
    await filler.applyBatch(
      0,
      [
        { ts: now, country: 'DE' },
        { ts: now - 4000, country: 'DE' },
      ],
      now,
    )
    await filler.applyBatch(1, [], now)
    await source.until(() => sum(source.answer(0)) === 4, after)
    expect(source.heard.slice(after).some(({ event }) => event === 'patch')).toBe(true)
    const truth = (await app.inject(`/v1/series?${query}`)).json<SeriesAnswer>()
    const live = source.answer(0)!
    for (const [at, time] of truth.timesMs.entries()) {
      const there = live.timesMs.indexOf(time)
      if (there >= 0 && live.series[0]!.values[there] !== null)
        expect(live.series[0]!.values[there]).toBe(truth.series[0]!.values[at])
    }
    expect(live.meta.vector).toEqual(truth.meta.vector)
  })

  test('an applied batch is on the wire well before the once-a-second computation', async () => {
    const filler = await filled()
    const source = listen(`series?metric=${filler.source.name}.events&from=now-1m`)
    await source.until(({ event }) => event === 'reset')
    await source.until(({ event }) => event === 'beat') // the channel is heard by then
    const began = performance.now()
    for (let n = 1; n <= 5; n++) {
      const now = Date.now()
      await filler.applyBatch(0, [{ ts: now, country: 'DE' }], now)
      await filler.applyBatch(1, [], now)
      await source.until(() => sum(source.answer(0)) === 2 + n)
    }
    // Each round begins just after a frame: the once-a-second look alone would take about five seconds.
    expect(performance.now() - began).toBeLessThan(3500)
  })

  test('a reader who comes back begins with a reset that holds all', async () => {
    const filler = await filled()
    const query = `series?metric=${filler.source.name}.events&from=now-1m`
    const first = listen(query)
    await first.until(({ event }) => event === 'reset')
    first.close()
    const now = Date.now()
    await filler.applyBatch(0, [{ ts: now, country: 'DE' }], now)
    await filler.applyBatch(1, [], now)
    const second = listen(query)
    await second.until(({ event }) => event === 'reset')
    await second.until(() => sum(second.answer(0)) === 3)
    expect(second.heard.find(({ event }) => event !== 'beat')!.event).toBe('reset')
  })

  test('a new series is a reset', async () => {
    const filler = await filled()
    const source = listen(`series?metric=${filler.source.name}.events&by=country&from=now-1m`)
    await source.until(({ event }) => event === 'reset')
    const after = source.heard.length
    const now = Date.now()
    await filler.applyBatch(0, [{ ts: now, country: 'US' }], now)
    await filler.applyBatch(1, [], now)
    const { data } = await source.until(
      ({ event, data }) =>
        event === 'reset' &&
        (data as LiveReset).answer.meta.source === filler.source.name &&
        ((data as LiveReset).answer as SeriesAnswer).series.length === 3,
      after,
    )
    expect((data as LiveReset).q).toBe(0)
  })

  test('the tail', async () => {
    const filler = await filled()
    const source = listen(`events?source=${filler.source.name}&limit=5`)
    await source.until(({ event }) => event === 'reset')
    const now = Date.now()
    await filler.applyBatch(0, [{ ts: now, country: 'NZ' }], now)
    const { data } = await source.until(
      ({ event, data }) =>
        event === 'reset' && ((data as LiveReset).answer as TailAnswer).rows[0]!.raw.includes('NZ'),
    )
    expect(((data as LiveReset).answer as TailAnswer).rows).toHaveLength(3)
  })

  test('one wrong query is an error frame; the others go on', async () => {
    const filler = await filled()
    const source = listen(
      'series?metric=x',
      'gauges?x',
      `series?metric=${filler.source.name}.events`,
      'series?metric=nobody.events',
      `series?metric=${filler.source.name}.events&by=visitor`,
    )
    await source.until(({ event }) => event === 'reset')
    for (const wrong of [3, 4])
      await source.until(({ event, data }) => event === 'error' && (data as LiveError).q === wrong)
    const errors = source.heard.filter(({ event }) => event === 'error').map(({ data }) => data as LiveError)
    expect(errors.map(({ q, problem }) => [q, problem.status]).sort()).toEqual([
      [0, 400],
      [1, 400],
      [3, 404],
      [4, 422],
    ])
  })

  test('a beat every second', async () => {
    const filler = await filled()
    const source = listen(`series?metric=${filler.source.name}.events`)
    await source.until(({ event }) => event === 'beat')
    await source.until(({ event }) => event === 'beat', source.heard.length)
  })

  test('one computation for any number of readers', async () => {
    const filler = await filled()
    const query = `series?metric=${filler.source.name}.events&from=now-1m`
    let computations = 0
    const counting = await createServer({
      store,
      version: '0',
      pageDirectory: null,
      instrumentation: { computed: () => computations++ },
    })
    const address = await counting.listen({ host: '127.0.0.1', port: 0 })
    const many = Array.from(
      { length: 20 },
      () => new TestEventSource(`${address}/v1/live?q=${encodeURIComponent(query)}`),
    )
    open.push(...many)
    await Promise.all(many.map((reader) => reader.until(({ event }) => event === 'reset')))
    expect(computations).toBeGreaterThan(0)
    expect(computations).toBeLessThan(10)
    await counting.close()
    await Promise.all(many.map((reader) => reader.until(() => reader.ended)))
  })

  test('limits: clients and distinct queries', async () => {
    const filler = await filled()
    const query = (n: number): string => `series?metric=${filler.source.name}.events&from=now-${n}s`
    const wide = (client: number) =>
      listen(...Array.from({ length: 32 }, (_, n) => query(client * 32 + n + 1)))
    const many = [wide(0), wide(1), wide(2)]
    expect(await Promise.all(many.map((source) => source.status))).toEqual([200, 200, 200])
    // The bound of one address: the newest is served, the oldest comes back when there is room.
    const newest = wide(3)
    expect(await newest.status).toBe(200)
    await expect(many[0]!.until(() => false)).rejects.toThrow('the stream ended')
    await newest.until(({ event }) => event === 'reset')
    expect([many[1]!.ended, many[2]!.ended]).toEqual([false, false])
  })

  test('a stalled reader holds nothing up and catches up by a reset', { timeout: 30_000 }, async () => {
    const filler = await filled()
    const wide = `series?metric=${filler.source.name}.events&interval=1h&from=now-9d&by=country,device`
    const now = Date.now()
    for (let n = 0; n < 400; n += 20)
      await filler.applyBatch(
        0,
        Array.from({ length: 20 }, (_, at) => ({
          ts: now - 3000,
          country: `c${n + at}`,
          device: 'x'.repeat(40),
        })),
        now,
      )
    const stalled = listen(`${wide}&limit=500`)
    await stalled.until(({ event }) => event === 'reset')
    stalled.stall()
    const before = process.memoryUsage().rss
    for (let n = 0; n < 30; n++) {
      await filler.applyBatch(1, [{ ts: Date.now(), country: `n${n}`, device: 'new' }], Date.now()) // a new series: a reset of half a megabyte
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
    const quick = listen(`series?metric=${filler.source.name}.events`)
    await quick.until(({ event }) => event === 'reset')
    const after = stalled.heard.length
    stalled.resume()
    await stalled.until(
      ({ event, data }) => event === 'reset' && JSON.stringify((data as LiveReset).answer).includes('"n29"'),
      after,
    )
  })

  test('a store that goes away and comes back: an error, then the numbers again', {
    timeout: 40_000,
  }, async () => {
    const filler = await filled()
    const source = listen(`series?metric=${filler.source.name}.events&from=now-5m`)
    await source.until(({ event }) => event === 'reset')
    await server.kill9()
    const { data } = await source.until(({ event }) => event === 'error')
    expect((data as LiveError).problem).toMatchObject({
      status: 503,
      type: 'urn:tidemark:problem:store_unreachable',
    })
    const after = source.heard.length
    await server.restart()
    await source.until(({ event }) => event === 'reset', after)
    expect(sum(source.answer(0))).toBe(2)
    // The wake-ups came back as well.
    const now = Date.now()
    await filler.applyBatch(0, [{ ts: now, country: 'DE' }], now)
    await filler.applyBatch(1, [], now)
    await source.until(() => sum(source.answer(0)) === 3)
  })
})
