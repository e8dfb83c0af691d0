/** The typed client against a real API: every call, its problems, and a live stream that comes back. */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ApiError, Client, live, queryText } from '../../client/index.ts'
import type { LiveAnswer, Problem, SeriesAnswer } from '../../client/index.ts'
import { createServer } from '../../query-api/http/server.ts'
import { Filler, testSource } from '../query-api/fill.ts'
import { store } from '../harness/own-store.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
const source = testSource('shop')
let app: FastifyInstance
let filler: Filler
let client: Client
let base: string

const serve = async (port: number): Promise<void> => {
  app = await createServer({ store, version: '0', pageDirectory: null })
  base = await app.listen({ host: '127.0.0.1', port })
}
const count = (countries: readonly string[]): Promise<void> =>
  filler.applyBatch(
    0,
    countries.map((country) => ({ ts: Date.now() - 1, country, device: 'phone' })),
    Date.now(),
  )

beforeAll(async () => {
  filler = new Filler(store, source, 1)
  await filler.open()
  await count(['DE', 'DE', 'FR', 'a&b=c,d'])
  await serve(0)
  client = new Client({ base })
})
afterAll(async () => {
  await app?.close()
})

describe('calls', () => {
  test('numbers, rows and states are typed and true', async () => {
    const { series, meta } = await client.series({
      metric: 'shop.events',
      by: 'country',
      interval: '1h',
      from: 'now-2h',
    })
    const total = series.map(({ values }) => values.reduce<number>((sum, one) => sum + (one ?? 0), 0))
    expect(total.reduce((sum, one) => sum + one)).toBe(4)
    expect(meta).toMatchObject({ source: 'shop', from: 'cells', vector: { 0: 4 } })
    const odd = await client.top({ metric: 'shop.events', by: 'country', where: ['country:is:a&b=c\\,d'] })
    expect(odd.rows.map(({ labels, value }) => [labels, value])).toEqual([[{ country: 'a&b=c,d' }, 1]])
    const { rows } = await client.rows({ metric: 'shop.events', interval: '1h', from: 'now-2h' })
    expect(rows.reduce((sum, row) => sum + Number(row['shop.events']), 0)).toBe(4)
    expect((await client.events({ source: 'shop', limit: 2 })).rows).toHaveLength(2)
    expect((await client.rejects({ source: 'shop' })).rows).toEqual([])
    expect((await client.knownValues({ source: 'shop', field: 'country', prefix: 'D' })).rows).toEqual([
      { value: 'DE', count: 2 },
    ])
    expect((await client.catalog()).sources.map((one) => one.source)).toEqual(['shop'])
    expect((await client.status()).sources[0]!.partitions[0]!.next).toBe(4)
    expect((await client.store()).kind).toBe('single')
    const csv = await client.text('series', { metric: 'shop.events', format: 'csv', interval: '1h' })
    expect(csv.split('\r\n')[0]).toBe('time,shop.events')
  })

  test('several at one vector, one of them wrong', async () => {
    const [one, two] = await client.several([queryText('series', { metric: 'shop.events' }), 'top?'])
    expect(one).toHaveProperty('answer.series')
    expect(two).toHaveProperty('problem.status', 400)
  })

  test('problems are errors that say what and where', async () => {
    const failed = await client
      .series({ metric: 'shop.events', by: 'visitor' })
      .catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(ApiError)
    const { status, kind, message, problem } = failed as ApiError
    expect([status, kind]).toEqual([422, 'breakdown_needed'])
    expect(message).toContain('add visitor')
    expect(problem?.errors?.[0]?.pointer).toBe('/by')
    await expect(client.entities({ source: 'shop' })).rejects.toThrow('has no entities')
    // Nothing of ours is there to send to.
    await expect(client.send('shop', {})).rejects.toMatchObject({ status: 405, kind: 'method_not_allowed' })
  })

  test('an answer that does not come in time is an error, and a caller may leave', async () => {
    const silent = new Client({
      base,
      patienceMs: 50,
      fetch: (_, init) =>
        new Promise((_resolve, reject) =>
          init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason)),
        ),
    })
    await expect(silent.catalog()).rejects.toMatchObject({ name: 'TimeoutError' })
    const left = AbortSignal.abort(new Error('left'))
    await expect(client.catalog({ signal: left })).rejects.toThrow('left')
  })
})

describe('live', () => {
  const queries = [
    queryText('series', { metric: 'shop.events', interval: '1h', from: 'now-2h' }),
    queryText('top', { metric: 'shop.events', by: 'country' }),
    'series?metric=shop.nothing',
  ]
  const sumOf = (answer: LiveAnswer | undefined): number =>
    answer === undefined || !('series' in answer)
      ? Number.NaN
      : answer.series[0]!.values.reduce<number>((sum, one) => sum + (one ?? 0), 0)

  test('answers follow the log, problems are told, and a broken stream comes back', async () => {
    const answers = new Map<number, LiveAnswer>()
    const problems = new Map<number, Problem>()
    const lost: number[] = []
    const close = live(client, queries, {
      answer: (q, answer) => void answers.set(q, answer),
      problem: (q, problem) => void problems.set(q, problem),
      lost: (_, retryMs) => void lost.push(retryMs),
    })
    try {
      await vi.waitFor(() => expect([sumOf(answers.get(0)), answers.size]).toEqual([4, 2]), 20_000)
      expect(problems.get(2)).toMatchObject({ status: 404 })
      await count(['DE'])
      await vi.waitFor(() => expect(sumOf(answers.get(0))).toBe(5), 20_000)
      const whole = await client.series({ metric: 'shop.events', interval: '1h', from: 'now-2h' })
      expect((answers.get(0) as SeriesAnswer).series).toEqual(whole.series)

      const { port } = app.server.address() as AddressInfo
      await app.close()
      await vi.waitFor(() => expect(lost.length).toBeGreaterThan(0), 20_000)
      await count(['DE'])
      await serve(port)
      await vi.waitFor(() => expect(sumOf(answers.get(0))).toBe(6), 30_000)
    } finally {
      close()
    }
    const told = answers.get(0)
    await count(['DE'])
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(answers.get(0)).toBe(told)
  })

  test('queries come and go on the stream that is open; one that breaks goes on where it was', async () => {
    const answers = new Map<number, LiveAnswer>()
    const events: string[] = []
    let [cut, opened] = [(): void => undefined, 0]
    const watching: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (init?.method === 'POST' || response.body === null) return response
      opened++
      const [ours, theirs] = response.body.tee()
      const decoder = new TextDecoder()
      void (async () => {
        for await (const bytes of ours as unknown as AsyncIterable<Uint8Array>)
          events.push(
            ...(decoder.decode(bytes, { stream: true }).match(/(?<=event: )(?:reset|patch)/g) ?? []),
          )
      })().catch(() => undefined)
      const through = new TransformStream<Uint8Array, Uint8Array>()
      const broken = new AbortController()
      cut = () => broken.abort(new Error('cut'))
      void theirs.pipeTo(through.writable, { signal: broken.signal }).catch(() => undefined)
      return new Response(through.readable, { status: response.status, headers: response.headers })
    }
    const stream = live(new Client({ base, fetch: watching }), [queries[0]!], {
      answer: (q, answer) => void answers.set(q, answer),
    })
    try {
      await vi.waitFor(() => expect(answers.has(0)).toBe(true), 20_000)
      const more = stream.add(queryText('series', { metric: 'shop.events', interval: '1h', from: 'now-3h' }))
      await vi.waitFor(() => expect(answers.has(more)).toBe(true), 20_000)
      expect([more, opened]).toEqual([1, 1])
      stream.remove(0)
      const before = sumOf(answers.get(more))
      const removed = answers.get(0)
      await count(['DE'])
      await vi.waitFor(() => expect(sumOf(answers.get(more))).toBe(before + 1), 20_000)
      expect(answers.get(0)).toBe(removed)
      events.length = 0
      cut()
      await count(['DE'])
      await vi.waitFor(() => expect(sumOf(answers.get(more))).toBe(before + 2), 20_000)
      expect([opened, events.includes('reset')]).toEqual([2, false])
    } finally {
      stream()
    }
  })

  test('a stream that is refused is not tried again', async () => {
    const refused = await new Promise<ApiError>((resolve) => {
      live(client, [], { answer: () => undefined, refused: resolve })
    })
    expect(refused.kind).toBe('bad_request')
  })
})
