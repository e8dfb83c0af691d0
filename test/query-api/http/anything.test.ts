/** Whatever is asked or sent, the answer is an answer or a refusal: never a failure of ours, and never a word of what lies behind. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collector } from '../../../ingest/collector/collector.ts'
import { LogError } from '../../../log/errors.ts'
import type { LogProducer } from '../../../log/log.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { Problem } from '../../../query-api/wire.ts'
import { StoreError } from '../../../store/errors.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'
import { whole, word, parameters, path, isSound } from '../docs/any-path.ts'

let app: FastifyInstance
const logged: string[] = []
const source = testSource('web')
const producer: LogProducer = {
  send: async (_, records) => records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] })),
  close: async () => {},
}

beforeAll(async () => {
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    log: (line) => void logged.push(line),
    plugins: [collector({ producer, sources: [source], log: (line) => void logged.push(line) })],
  })
  const filler = new Filler(store, source, 2)
  await filler.open()
  await filler.applyBatch(0, [{ ts: Date.now(), country: 'DE', visitor: 'v', load: 1.5 }], Date.now())
  await filler.applyBatch(1, [], Date.now())
})
afterAll(async () => {
  await app?.close()
})

describe('no input is a failure of ours', () => {
  test('questions', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(path, parameters, async (path, query) =>
        isSound(await app.inject(`${path}?${query}`), `${path}?${query}`),
      ),
      { numRuns: 250 },
    )
    // Near to sound ones, most of which are answered.
    const series = fc.record({
      by: fc.constantFrom('', 'country', 'country,device'),
      where: word,
      from: word,
      interval: fc.constantFrom('auto', '1s', '1m'),
      compare: fc.constantFrom('', '&compare=previous'),
      format: fc.constantFrom('columns', 'rows', 'csv'),
    })
    await fc.assert(
      fc.asyncProperty(series, async ({ by, where, from, interval, compare, format }) => {
        const text = `/v1/series?metric=web.events&by=${by}&where=${encodeURIComponent(whole(`country:is:${where}`))}&from=${encodeURIComponent(whole(from))}&interval=${interval}&format=${format}${compare}`
        isSound(await app.inject(text), text)
      }),
      { numRuns: 250 },
    )
    expect(logged).toEqual([])
  })

  test('several at once', { timeout: 60_000 }, async () => {
    const payload = fc.oneof(
      fc.json(),
      fc
        .record({
          queries: fc.array(
            fc.oneof(
              fc
                .tuple(fc.constantFrom('series', 'top', 'x'), parameters)
                .map(([kind, query]) => `${kind}?${query}`),
              fc.jsonValue(),
            ),
            { maxLength: 4 },
          ),
        })
        .map((one) => JSON.stringify(one)),
    )
    await fc.assert(
      fc.asyncProperty(payload, async (payload) =>
        isSound(
          await app.inject({
            method: 'POST',
            url: '/v1/query',
            headers: { 'content-type': 'application/json' },
            payload,
          }),
          payload,
        ),
      ),
      { numRuns: 150 },
    )
  })

  test('events, in any form and any encoding', { timeout: 60_000 }, async () => {
    const event = fc.record(
      {
        ts: fc.oneof(fc.jsonValue(), fc.constant(Date.now())),
        country: fc.jsonValue(),
        visitor: fc.string({ unit: 'binary' }),
        load: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const body = fc.oneof(
      fc.json(),
      fc.array(event).map((all) => JSON.stringify(all)),
      fc
        .array(
          fc.oneof(
            event.map((one) => JSON.stringify(one)),
            fc.string(),
          ),
        )
        .map((lines) => lines.join('\n')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    )
    const headers = fc.record(
      {
        'content-type': fc.constantFrom(
          'application/json',
          'application/x-ndjson',
          'text/plain',
          'text/html',
        ),
        'content-encoding': fc.constantFrom('identity', 'gzip', 'br', 'deflate', 'x'),
      },
      { requiredKeys: ['content-type'] },
    )
    await fc.assert(
      fc.asyncProperty(
        body,
        headers,
        fc.oneof(fc.constant('source=web'), parameters),
        async (payload, headers, query) => {
          isSound(
            await app.inject({ method: 'POST', url: `/v1/events?${query}`, headers, payload }),
            `${query} ${String(payload).slice(0, 200)}`,
          )
        },
      ),
      { numRuns: 400 },
    )
    expect(logged).toEqual([])
  })
})

describe('callers hear nothing of what lies behind', () => {
  const SECRETS = /S3cret|10\.9\.8\.7|:6379|ENOTFOUND|ECONNREFUSED|WRONGPASS|user_function|kafka-7\.internal/
  test.each(['STORE_UNREACHABLE', 'STORE_BUSY', 'STORE_REFUSED', 'STORE_UNSUITABLE', 'STORE_FULL'] as const)(
    'the store fails with %s',
    async (code) => {
      const fails = (): Promise<never> =>
        Promise.reject(
          new StoreError(code, 'getaddrinfo ENOTFOUND app:S3cret@10.9.8.7:6379 WRONGPASS @user_function:1'),
        )
      const told: string[] = []
      const failing = await createServer({
        store: { ...store, call: fails, pipeline: fails },
        version: '0',
        pageDirectory: null,
        log: (line) => void told.push(line),
      })
      for (const url of [
        '/readyz',
        '/v1/status',
        '/v1/catalog',
        '/v1/series?metric=web.events',
        '/v1/top?metric=web.events&by=country',
        '/v1/events?source=web',
        '/v1/rejects?source=web',
        '/v1/entities?source=web',
      ]) {
        const response = await failing.inject(url)
        expect(response.body, url).not.toMatch(SECRETS)
        if (response.statusCode === 503) expect(response.headers['retry-after'], url).toBe('1')
      }
      const many = await failing.inject({
        method: 'POST',
        url: '/v1/query',
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify({ queries: ['series?metric=web.events'] }),
      })
      expect(many.body).not.toMatch(SECRETS)
      await failing.close()
    },
  )

  test.each([
    ['LOG_UNREACHABLE', 503, '1'],
    ['LOG_BUSY', 503, '1'],
    ['LOG_NOT_AUTHORIZED', 503, undefined],
    ['TOPIC_UNKNOWN', 503, undefined],
  ] as const)('the log fails with %s', async (code, status, retryAfter) => {
    const told: string[] = []
    const failing: LogProducer = {
      ...producer,
      send: () => Promise.reject(new LogError(code, 'connect ECONNREFUSED 10.9.8.7:9092 (kafka-7.internal)')),
    }
    const collecting = await createServer({
      store,
      version: '0',
      pageDirectory: null,
      plugins: [collector({ producer: failing, sources: [source], log: (line) => void told.push(line) })],
    })
    const response = await collecting.inject({
      method: 'POST',
      url: '/v1/events?source=web',
      headers: { 'content-type': 'application/json' },
      payload: '{"visitor":"v"}',
    })
    expect([response.statusCode, response.headers['retry-after']]).toEqual([status, retryAfter])
    expect(response.body).not.toMatch(SECRETS)
    expect(told.join()).toMatch(/kafka-7\.internal/) // the operator does
    await collecting.close()
  })

  test('one fact is one problem, asked or sent', async () => {
    const [asked, sent] = await Promise.all([
      app.inject('/v1/events?source=nobody'),
      app.inject({
        method: 'POST',
        url: '/v1/events?source=nobody',
        headers: { 'content-type': 'application/json' },
        payload: '{}',
      }),
    ])
    const kind = ({ statusCode, body }: { statusCode: number; body: string }) => [
      statusCode,
      (JSON.parse(body) as Problem).type,
      (JSON.parse(body) as Problem).title,
    ]
    expect(kind(sent)).toEqual(kind(asked))
  })
})
