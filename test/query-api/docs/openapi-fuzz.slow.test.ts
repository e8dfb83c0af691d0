/** Requests made up from the document of the API, right and wrong: none ends in a failure of ours, and every refusal is one of its own. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openApi, type Parameter } from '../../../query-api/docs/openapi.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { queryEndpoints } from '../../../query-api/endpoints/list.ts'
import { problemKinds } from '../../../query-api/problem.ts'
import type { BatchAnswer, Problem } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })
let app: FastifyInstance
const failures: string[] = []

beforeAll(async () => {
  const source = testSource('fuzz', undefined, undefined, {
    sessions: { page: 'device', by: ['country'] },
    retention: { back: { days: 3, weeks: 2, zone: 'Pacific/Apia', by: ['country'] } },
    funnels: { way: { steps: { one: ['device:is:d1'], two: ['device:is:d2'] }, by: ['country'] } },
    journeys: { page: 'device' },
  })
  const filler = new Filler(
    store,
    { ...source, entity: { onlineMs: 60_000, forgetMs: 86_400_000, budget: 100, last: null } },
    2,
  )
  await filler.open()
  const events = Array.from({ length: 200 }, (_, n) => ({
    ts: Date.now() - n * 1000,
    country: ['DE', 'a,b', '__other__', '\u202e', ''][n % 5]!,
    device: `d${n % 7}`,
    load: n / 3,
    visitor: `v${n % 9}`,
  }))
  for (const partition of [0, 1]) await filler.applyBatch(partition, [...events, 'no json'], Date.now())
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    log: (line) => void failures.push(line),
  })
})
afterAll(async () => {
  await app?.close()
})

/** What a text parameter may hold, by its name: most of it means something, so that requests get past the first check. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  metric: [
    'fuzz.events',
    'fuzz.load.max',
    'fuzz.load.avg',
    'fuzz.revenue',
    'fuzz.phones',
    'nobody.x',
    'fuzz',
  ],
  by: ['', 'country', 'device', 'country,device', 'visitor', 'load', 'country,country', 'all', 'entry'],
  // Mostly right: of what needs two of them some must be answered.
  funnel: ['way', 'way', 'way', 'fuzz.no'],
  retention: ['back', 'back', 'back', 'no'],
  per: ['fuzz.events', 'fuzz.phones', 'fuzz.revenue', 'fuzz.load.avg', 'nobody.x', 'fuzz'],
  revisions: ['now-1h', '0', '2026-03-29', '9999-12-31', 'latest'],
  page: ['d1', 'd2', '(start)', '(end)', '__other__', ''],
  next: ['d1', 'd3', '(start)', '(end)', '__other__', ''],
  through: ['d1', 'd3', '(start)', '(end)', ''],
  source: ['fuzz', 'fuzz', 'fuzz', 'fuzz', 'nobody', ''],
  field: ['country', 'device', 'visitor', 'load', 'x'],
  interval: ['auto', '1s', '1m', '1h', '1d', '1w', '1mo', '7s'],
  prefix: ['', 'd', 'D', '\u202e', 'x'],
  via: ['', 'collector', 'x'],
  cursor: ['', 'AAAA', 'x'],
  tz: ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'Mars/Base'],
}
const TIMES = [
  'now',
  'now-15m',
  'latest',
  'now/d',
  'now-1mo/mo',
  '0',
  '1970-01-01',
  '9999-12-31',
  '2026-03-29T02:30',
  'now+90d',
  '253402300800000',
]
const FILTERS = [
  'country:is:DE',
  'country:not:DE,',
  'device:prefix:d',
  'country:contains:\\,',
  'visitor:exists:true',
  'load:gt:5',
  'load:between:1,2',
  'x',
  ':::',
  'country:is:',
]
const garbage = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constant('x'.repeat(9000)),
  fc.integer().map(String),
)

function textOf({ name, schema }: Parameter): fc.Arbitrary<string> {
  const one = (schema['type'] === 'array' ? schema['items'] : schema) as {
    enum?: string[]
    type?: string
    minimum?: number
    maximum?: number
  }
  const right =
    one.enum !== undefined
      ? fc.constantFrom(...one.enum)
      : one.type === 'integer'
        ? fc.integer({ min: one.minimum!, max: one.maximum! }).map(String)
        : name === 'from' || name === 'to'
          ? fc.constantFrom(...TIMES)
          : name === 'where'
            ? fc.constantFrom(...FILTERS)
            : fc.constantFrom(...WORDS[name]!)
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: garbage })
}

/** Once in so many times and one. */
const seldom = (times: number, of: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> =>
  fc.oneof({ weight: times, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: of })

/** A few of the parameters, in any order, now and then one twice: of many at once hardly any would be answered. */
const queryOf = (parameters: readonly Parameter[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...parameters.map((parameter) => {
        const said = textOf(parameter).map(
          (text) => `${parameter.name}=${encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, ''))}`,
        )
        if (parameter.required) return said.map((one) => [one])
        return seldom(3, fc.array(said, { minLength: 1, maxLength: parameter.name === 'where' ? 3 : 1 }))
      }),
      seldom(
        7,
        fc.constantFrom('colour=red', '%', 'metric=a.b', '=', '&', 'limit=%zz').map((one) => [one]),
      ),
    )
    .chain((parts) => fc.shuffledSubarray(parts.flat(), { minLength: parts.flat().length }))
    .map((parts) => parts.join('&'))

const kinds = new Set(problemKinds.map((kind) => `urn:tidemark:problem:${kind}`))
function judge(what: string, problem: Problem): void {
  if (problem.status < 500 && kinds.has(problem.type) && problem.title !== '') return
  throw new Error(`${what}: ${JSON.stringify(problem)}`)
}

const asked = Object.entries(openApi('0').paths).flatMap(([path, { get }]) =>
  get === undefined || path === '/v1/live' ? [] : [{ path, parameters: get.parameters ?? [] }],
)

test('each text that a request may hold has words that mean something', () => {
  const plain = asked.flatMap(({ parameters }) =>
    parameters.filter(({ schema }) => schema['type'] === 'string' && !('enum' in schema)),
  )
  const names = new Set(plain.map(({ name }) => name).filter((name) => name !== 'from' && name !== 'to'))
  expect([...names].filter((name) => !(name in WORDS))).toEqual([])
})

test.each(asked)('$path', async ({ path, parameters }) => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(queryOf(parameters), async (query) => {
      const url = `${path}?${query}`
      const response = await app.inject(url)
      if (response.statusCode < 400) return void answered++
      expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
      judge(url, response.json())
    }),
    { numRuns: parameters.length === 0 ? 10 : 150 },
  )
  expect(failures).toEqual([])
  // Made up well enough to get past the first check.
  expect(answered).toBeGreaterThan(0)
})

const batchable = queryEndpoints.filter(({ isBatchable }) => isBatchable).map(({ name }) => name)

test('POST /v1/query', async () => {
  const named = batchable.map((name) => {
    const { parameters } = asked.find(({ path }) => path === `/v1/${name}`)!
    return queryOf(parameters).map((query) => `${name}?${query}`)
  })
  const text = fc.oneof({ weight: 8, arbitrary: fc.oneof(...named) }, { weight: 1, arbitrary: garbage })
  const body = fc.oneof(
    { weight: 8, arbitrary: fc.record({ queries: fc.array(text, { maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
  await fc.assert(
    fc.asyncProperty(body, async (payload) => {
      const headers = { 'content-type': 'application/json' }
      const response = await app.inject({
        method: 'POST',
        url: '/v1/query',
        headers,
        payload: JSON.stringify(payload),
      })
      if (response.statusCode >= 400) return judge(JSON.stringify(payload), response.json())
      for (const one of response.json<BatchAnswer>().answers)
        if ('problem' in one) judge(JSON.stringify(payload), one.problem)
    }),
    { numRuns: 120 },
  )
  expect(failures).toEqual([])
})

/** Expressions that are mostly right, and now and then cut off. */
const promQl: fc.Arbitrary<string> = fc
  .letrec<{ any: string; selector: string }>((tie) => ({
    selector: fc
      .tuple(
        fc.constantFrom(
          'fuzz:events',
          'fuzz:load',
          'fuzz:load:max',
          'fuzz:revenue',
          'fuzz:x',
          'nobody:x',
          'up',
        ),
        fc.constantFrom(
          '',
          '{country="DE"}',
          '{country=~"DE|a,b"}',
          '{device!~".+"}',
          '{load="1"}',
          '{x=~"["}',
        ),
      )
      .map((parts) => parts.join('')),
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('1', '-2.5', 'NaN', 'time()', 'vector(3)', '1h', '"text"'),
      tie('selector'),
      fc
        .tuple(
          fc.constantFrom('rate', 'increase', 'avg_over_time', 'max_over_time', 'last_over_time', 'deriv'),
          tie('selector'),
          fc.constantFrom('[1m]', '[5m] offset 1m', '[90s]', '[0s]', '', '[1m:10s]'),
        )
        .map(([name, of, range]) => `${name}(${of}${range})`),
      fc
        .tuple(
          fc.constantFrom('sum', 'avg by (country)', 'max by (x)', 'topk', 'topk by (device)'),
          tie('any'),
        )
        .map(([op, of]) => (op.startsWith('topk') ? `${op} (2, ${of})` : `${op} (${of})`)),
      fc
        .tuple(
          tie('any'),
          fc.constantFrom('+', '/', '> bool', '>', 'and', 'or', '== on(country)', '^'),
          tie('any'),
        )
        .map((parts) => `(${parts.join(' ')})`),
      fc
        .tuple(fc.constantFrom('abs', 'absent', 'scalar', 'round', 'sort', 'clamp'), tie('any'))
        .map(([name, of]) => `${name}(${of})`),
    ),
  }))
  .any.chain((text) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constant(text) },
      fc.nat(text.length).map((end) => text.slice(0, end)),
    ),
  )

test('PromQL', async () => {
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(promQl, fc.constantFrom('query', 'query_range'), async (query, path) => {
      const now = Math.floor(Date.now() / 1000)
      const times = path === 'query' ? '' : `&start=${now - 600}&end=${now}&step=30`
      const url = `/api/v1/${path}?query=${encodeURIComponent(query)}${times}`
      const { statusCode, body } = await app.inject(url)
      if (statusCode >= 500) throw new Error(`${query}: ${body}`)
      expect(JSON.parse(body).status).toBe(statusCode === 200 ? 'success' : 'error')
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1)
    }),
    { numRuns: 400 },
  )
  expect(failures).toEqual([])
  expect(seen.get(200)).toBeGreaterThan(20)
})
