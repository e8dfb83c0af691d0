import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import { Pace } from '../../../query-api/live/pace.ts'
import { FreshnessRuler } from '../../../query-api/service/freshness.ts'
import { RecentTimes } from '../../../query-api/service/recent-times.ts'
import type { Freshness, StatusAnswer } from '../../../query-api/wire.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'

describe('pace', () => {
  const pace = (): Pace => new Pace({ everyMs: 33, quietMs: 1000 })

  test('the first change after a quiet while goes out at once, also right after a look without changes', () => {
    const one = pace()
    expect(one.waitMs(0, true)).toBe(0)
    one.begin(0, true)
    one.end(1)
    one.begin(1000, false)
    one.end(1)
    expect(one.waitMs(1003, true)).toBe(0)
    expect(one.waitMs(1003, false)).toBe(997)
  })

  test('changes of a burst share a frame', () => {
    const one = pace()
    one.begin(0, true)
    one.end(1)
    expect(one.waitMs(3, true)).toBe(30)
    expect(one.waitMs(33, true)).toBe(0)
  })

  test('dear frames come seldom: a third of the time at most', () => {
    const one = pace()
    for (let n = 0; n < 50; n++) {
      one.begin(n * 1000, true)
      one.end(400)
    }
    const waitMs = one.waitMs(49_400, true)
    expect(waitMs).toBeGreaterThan(750)
    expect(waitMs).toBeLessThanOrEqual(800)
    one.end(10) // a busy machine is no cost of the query
    expect(one.waitMs(49_400, true)).toBe(0)
  })

  test('a clock that was set back holds nothing up for longer than a quiet while', () => {
    const one = pace()
    one.begin(1e9, true)
    expect(one.waitMs(0, true)).toBe(1000)
  })
})

describe('times of the last minute', () => {
  test('percentiles, exact to 5 %', () => {
    const times = new RecentTimes(60_000)
    for (let ms = 1; ms <= 1000; ms++) times.add(ms, 1000)
    const found = times.read([0, 0.5, 0.99, 1], 1000)!
    expect(found.count).toBe(1000)
    for (const [at, truth] of [1, 501, 991, 1000].entries())
      expect(Math.abs(found.ms[at]! - truth) / truth, String(truth)).toBeLessThan(0.06)
  })

  test('what is older is forgotten; nothing is null; what is out of bounds counts at the bounds', () => {
    const times = new RecentTimes(60_000)
    expect(times.read([0.5], 0)).toBeNull()
    times.add(10, 1000)
    expect(times.read([0.5], 50_000)!.count).toBe(1)
    expect(times.read([0.5], 73_000)).toBeNull()
    times.add(0, 80_000)
    times.add(1e12, 80_000)
    expect(times.read([0, 1], 80_000)).toMatchObject({ count: 2, ms: [0, expect.any(Number)] })
  })

  test('a time by its parts; what is not known is left out of its parts alone', () => {
    const ruler = new FreshnessRuler()
    const frame = { beganMs: 1060, computedMs: 1070, sentMs: 1075 }
    expect(ruler.read(1100)).toBeNull()
    ruler.note({ next: 5, recordMs: 1000, fetchedMs: 1010, appliedMs: 1030, heardMs: 1031 }, frame)
    ruler.note({ next: 6, recordMs: null, fetchedMs: null, appliedMs: 1030, heardMs: 1031 }, frame)
    const { batches, p50Ms, parts } = ruler.read(1100)!
    expect(batches).toBe(1)
    expect(p50Ms / 75).toBeCloseTo(1, 1)
    const truth = { fetch: 10, apply: 20, notify: 1, wait: 29, compute: 10, send: 5 }
    expect(parts.map(({ part }) => part)).toEqual(Object.keys(truth))
    for (const { part, p50Ms: ms } of parts) expect(ms / truth[part], part).toBeCloseTo(1, 1)
  })
})

describe('/v1/status', () => {
  let server: TestStore
  let store: Store
  let app: FastifyInstance
  beforeAll(async () => {
    server = await startTestStore()
    store = await openStore({ url: server.url })
    app = await createServer({ store, version: '0', pageDirectory: null })
  })
  afterAll(async () => {
    await app?.close()
    await store?.close()
    await server?.stop()
  })

  test('says how fresh the live charts of a source are, part by part', { timeout: 30_000 }, async () => {
    const filler = new Filler(store, testSource('fresh'), 2)
    await filler.open()
    const freshness = async (): Promise<Freshness | null> =>
      (await app.inject('/v1/status')).json<StatusAnswer>().sources.find(({ source }) => source === 'fresh')!
        .freshness
    await filler.applyBatch(0, [{ ts: Date.now() - 1000, country: 'DE' }], Date.now())
    expect(await freshness()).toBeNull()
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const query = encodeURIComponent('series?metric=fresh.events&interval=1s&from=now-1m')
    const source = new TestEventSource(`${base}/v1/live?q=${query}`)
    await source.until(({ event }) => event === 'reset')
    await expect
      .poll(
        async () => {
          await filler.applyBatch(0, [{ ts: Date.now(), country: 'DE' }], Date.now())
          return (await freshness())?.parts.map(({ part }) => part)
        },
        { timeout: 20_000 },
      )
      .toEqual(['fetch', 'apply', 'notify', 'wait', 'compute', 'send'])
    const { batches, p50Ms, p99Ms, parts } = (await freshness())!
    expect(batches).toBeGreaterThan(0)
    expect(p50Ms).toBeLessThanOrEqual(p99Ms)
    for (const part of parts) expect(part.p50Ms).toBeLessThanOrEqual(part.p99Ms)
    source.close()
  })
})
