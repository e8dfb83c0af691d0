import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { collector } from '../../../ingest/collector/collector.ts'
import type { LogProducer } from '../../../log/log.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { answerSchemas } from '../../../query-api/answers/names.ts'
import { endpoints } from '../../../query-api/endpoints/list.ts'
import { openApi } from '../../../query-api/docs/openapi.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type * as wire from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler } from '../fill.ts'

const root = join(import.meta.dirname, '../../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
/** Takes everything; the log is not what is tested here. */
const producer: LogProducer = {
  send: async (_, records) => records.map((_, at) => ({ partition: 0, baseOffset: 7, places: [at] })),
  close: async () => {},
}
const source = readDefinition({
  sources: {
    parts: {
      topic: 'parts',
      key: 'device',
      time: 'ts',
      fields: { device: 'string', signal: 'string?', value: 'number?' },
      breakdowns: ['signal'],
      metrics: { readings: 'count', value: { stats: 'value', decimals: 3 } },
      entity: { online: '2m', last: { by: 'signal', of: ['value'] } },
      sessions: { page: 'signal' },
      retention: { back: { days: 2, by: ['signal'] } },
      funnels: { way: { steps: { one: ['signal:is:t'], two: ['signal:not:t'] }, by: ['signal'] } },
      journeys: { page: 'signal' },
    },
  },
  keep: { '1s': '45m', '1m': '2d' },
})[0]!

let app: FastifyInstance
beforeAll(async () => {
  app = await createServer({
    store,
    version,
    pageDirectory: null,
    plugins: [collector({ producer, sources: [source], log: () => {} })],
  })
  const filler = new Filler(store, source, 2)
  await filler.open()
  const nowMs = Date.now()
  await filler.applyBatch(
    0,
    [
      JSON.stringify({ ts: nowMs - 3000, device: 'a', signal: 'temp', value: 1.5 }),
      JSON.stringify({ ts: nowMs - 2000, device: 'b' }),
      'broken',
    ],
    nowMs,
    { via: 'http' },
  )
  for (const partition of [0, 1]) await filler.applyBatch(partition, [], nowMs)
})
afterAll(async () => {
  await app?.close()
})

/** Against the document itself, not the code that it is made from. What it does not name must not be there. */
function fits(schema: unknown, value: unknown): void {
  const { schemas } = openApi(version).components
  const whole = JSON.parse(
    JSON.stringify({ allOf: [schema], $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/'),
  ) as Parameters<typeof z.fromJSONSchema>[0]
  const parsed = z.fromJSONSchema(whole).safeParse(value)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
}

/** The schema that the document gives for an answer. */
function schemaOf(method: string, path: string, status: number, type: string): unknown {
  const content = openApi(version).paths[path]?.[method]?.responses[String(status)]?.content as
    | Record<string, { schema: unknown }>
    | undefined
  const found = content?.[type]
  if (found === undefined) throw new Error(`the document has no ${type} for ${status} of ${method} ${path}`)
  return found.schema
}

test('the document that is committed is the one that is served', async () => {
  await expect(`${JSON.stringify(openApi(version), null, 2)}\n`).toMatchFileSnapshot(
    join(root, 'docs/openapi.json'),
  )
  expect((await app.inject('/v1/openapi.json')).json()).toEqual(openApi(version))
})

const asked: [method: 'GET' | 'POST', url: string, status: number, payload?: object | string][] = [
  ['GET', '/v1/series?metric=parts.readings&by=signal&compare=previous', 200],
  [
    'GET',
    '/v1/series?metric=parts.readings&interval=1d&tz=Asia/Kolkata&from=now-3d&compare=previous_week',
    200,
  ],
  ['GET', '/v1/series?metric=parts.value.max&format=rows&from=now-1m', 200],
  ['GET', '/v1/series?metric=parts.readings&format=csv', 200],
  ['GET', '/v1/series', 400],
  ['GET', '/v1/series?metric=nobody.x', 404],
  ['GET', '/v1/series?metric=LONG', 414],
  ['GET', '/v1/series?metric=parts.readings&by=device', 422],
  ['GET', '/v1/top?metric=parts.readings&by=signal&limit=1&compare=previous', 200],
  ['GET', '/v1/top?metric=parts.value&by=signal', 200],
  ['GET', '/v1/top?metric=parts', 400],
  ['GET', '/v1/sessions?source=parts&by=entry&interval=1m&compare=previous', 200],
  ['GET', '/v1/funnel?source=parts&funnel=way&by=signal&interval=1m&compare=previous', 200],
  ['GET', '/v1/retention?source=parts&retention=back&by=signal', 200],
  ['GET', '/v1/retention?source=parts&retention=back&format=csv', 200],
  ['GET', '/v1/journeys?source=parts&interval=1m&compare=previous', 200],
  ['GET', '/v1/top?metric=parts.readings', 200],
  ['GET', '/v1/top?metric=parts.readings&by=signal&format=csv', 200],
  ['GET', '/v1/sessions?source=parts&by=entry&format=csv', 200],
  ['GET', '/v1/funnel?source=parts&funnel=way&format=csv&raw=true', 200],
  ['GET', '/v1/funnel?source=parts&funnel=way&raw=true', 400],
  ['GET', '/v1/top?metric=parts.readings&limit=none', 400],
  ['GET', '/v1/top', 400],
  [
    'POST',
    '/v1/query',
    200,
    {
      queries: [
        'series?metric=parts.readings',
        'top?metric=parts.readings&by=signal',
        'sessions?source=parts',
        'nonsense',
      ],
    },
  ],
  ['POST', '/v1/query', 400, {}],
  ['POST', '/v1/query', 415, 'text'],
  ['POST', '/v1/live', 400, {}],
  ['POST', '/v1/live', 404, { stream: 'x' }],
  ['GET', '/v1/entities?source=parts&limit=1', 200],
  ['GET', '/v1/entities?source=nobody', 404],
  ['GET', '/v1/events?source=parts', 200],
  ['GET', '/v1/rejects?source=parts', 200],
  ['GET', '/v1/catalog', 200],
  ['GET', '/v1/meta/known-values?source=parts&field=signal&prefix=t', 200],
  ['GET', '/v1/meta/known-values?source=parts&field=signal&format=ndjson', 200],
  ['GET', '/v1/top?metric=parts.readings&by=signal&format=ndjson', 200],
  ['GET', '/v1/series?metric=parts.readings&format=ndjson', 200],
  ['GET', '/v1/status', 200],
  ['GET', '/v1/openapi.json', 200],
  ['GET', '/v1/store', 200],
  ['GET', '/livez', 200],
  ['GET', '/readyz', 200],
  ['POST', '/v1/events?source=parts', 202, { device: 'c', ts: Date.now() }],
  ['POST', '/v1/events?source=parts', 207, [{ device: 'c', ts: Date.now() }, { device: 1 }]],
  ['POST', '/v1/events?source=parts', 400, { device: 1 }],
  ['POST', '/v1/events?source=nobody', 404, {}],
]

describe('real answers are what the document says', () => {
  test.each(asked)('%s %s -> %i', async (method, url, status, payload) => {
    const isText = typeof payload === 'string'
    const response = await app.inject({
      method,
      url: url.replace('LONG', 'x'.repeat(9000)),
      ...(payload !== undefined && {
        payload,
        headers: { 'content-type': isText ? 'application/xml' : 'application/json' },
      }),
    })
    expect(response.statusCode).toBe(status)
    const type = String(response.headers['content-type']).split(';')[0]!
    const schema = schemaOf(method.toLowerCase(), url.split('?')[0]!, status, type)
    fits(schema, /csv|ndjson/.test(type) || url === '/v1/openapi.json' ? response.body : response.json())
  })

  test('live frames', async () => {
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const queries = [
      'series?metric=parts.readings',
      'top?metric=parts.readings&by=signal',
      'events?source=parts',
      'entities?source=parts',
      'sessions?source=parts&by=exit',
      'funnel?source=parts&funnel=way',
      'retention?source=parts&retention=back',
      'journeys?source=parts&steps=2',
      'nonsense?',
    ]
    const live = new TestEventSource(
      `${base}/v1/live?${queries.map((q) => `q=${encodeURIComponent(q)}`).join('&')}`,
    )
    for (const q of queries.keys())
      await live.until(({ event, data }) => event !== 'beat' && (data as wire.LiveReset).q === q)
    const answers = live.heard.flatMap(({ event, data }) =>
      event === 'reset' ? [data as wire.LiveReset<wire.LiveAnswer>] : [],
    )
    const { stream } = live.heard.find(({ event }) => event === 'beat')!.data as wire.LiveHeartbeat
    const changed = await app.inject({ method: 'POST', url: '/v1/live', payload: { stream, remove: [4] } })
    fits(schemaOf('post', '/v1/live', 200, 'application/json'), changed.json())
    const names = [
      'SeriesAnswer',
      'TopAnswer',
      'TailAnswer',
      'EntitiesAnswer',
      'SessionsAnswer',
      'FunnelAnswer',
      'RetentionAnswer',
      'JourneysAnswer',
    ]
    for (const [q, name] of names.entries())
      fits({ $ref: `#/components/schemas/${name}` }, answers.find((one) => one.q === q)!.answer)
    fits(
      { $ref: '#/components/schemas/Problem' },
      (live.heard.find(({ event }) => event === 'error')!.data as wire.LiveError).problem,
    )
    live.close()
  })

  test('every endpoint was asked, and every one that is served is in the document', () => {
    const seen = new Set([
      ...asked.map(([method, url]) => `${method.toLowerCase()} ${url.split('?')[0]!}`),
      'get /v1/live',
    ])
    expect(endpoints.filter(({ method, path }) => !seen.has(`${method} ${path}`))).toEqual([])
    expect(endpoints.every(({ method, path }) => app.hasRoute({ method, url: path }))).toBe(true)
  })

  test('what the document does not name does not pass', () => {
    expect(() => fits({ $ref: '#/components/schemas/Health' }, { status: 'ok', more: 1 })).toThrow('more')
    expect(() => fits({ $ref: '#/components/schemas/Problem' }, { title: 'x' })).toThrow()
  })
})

describe('the reference page', () => {
  test('names every endpoint and shape, and needs nothing from elsewhere', async () => {
    const page = await app.inject('/docs')
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    for (const { path, summary } of endpoints) expect(page.body).toContain(`<code>${path}</code> ${summary}`)
    for (const name of Object.keys(answerSchemas)) expect(page.body).toContain(`id="${name}"`)
    expect([...page.body.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, to]) => to)).toEqual([
      'data:,',
      '/docs/style.css',
      '/v1/openapi.json',
      '/',
    ])
    expect(page.body).not.toMatch(/<script|style=|undefined|\[object/)
    expect((await app.inject('/docs/style.css')).headers['content-type']).toBe('text/css; charset=utf-8')
  })

  test('wears the tokens of the page', () => {
    const tokensOf = (file: string): Map<string, string[]> => {
      const found = new Map<string, string[]>()
      for (const [, name, value] of readFileSync(join(root, file), 'utf8').matchAll(
        /(--[\w-]+):\s*([^;}]+?)\s*[;}]/g,
      ))
        found.set(name!, [...(found.get(name!) ?? []), value!])
      return found
    }
    const page = tokensOf('dashboard/style/tokens.css')
    for (const [name, values] of tokensOf('query-api/http/reference.css'))
      for (const value of values) expect(page.get(name), name).toContain(value)
  })
})
