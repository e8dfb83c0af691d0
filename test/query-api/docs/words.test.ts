/** What a refusal says: which name was meant, which parameter is at fault, and what would do. */
import { describe, expect, test } from 'vitest'
import { jsonOf, textOf } from '../../../query-api/language/body.ts'
import { zoneHint } from '../../../query-api/language/zone.ts'
import { app, clock, filled, T0 } from '../engine/filled-top.ts'

let made: ReturnType<typeof filled> | null = null
async function source(): Promise<string> {
  clock.nowMs = T0
  return (await (made ??= filled([{ ts: T0 - 60_000, country: 'DE' }], T0))).source.name
}
const ask = async (url: string) =>
  (await app.inject(`/v1/${url.replaceAll('$', await source())}`)).json() as {
    detail: string
    errors: { pointer: string; detail: string }[]
  }

describe('a name that is not known', () => {
  test.each([
    ['series?metric=$.evnts', /no metric evnts; did you mean \w+\.events\? It has /],
    ['series?metric=$.load.meen', /no statistic meen; it has avg|did you mean/],
    ['series?metric=$.events&by=contry', /no field contry; did you mean country\? It has /],
    ['top?metric=$.events&where=contry:is:DE', /no field contry; did you mean country\?/],
    ['series?metric=$.events&intervl=1m', /intervl: unknown; did you mean interval\? Known are metric/],
    ['catalog?source=$', /source: unknown; none is taken here/],
    ['series?metric=$.events&interval=60m', /keeps 1s, 1m, 1h, not 60m \(which is 1h\); 1d/],
    ['series?metric=$.events&interval=7m', /keeps 1s, 1m, 1h, not 7m; 1d/],
    ['serie?metric=$.events', /nothing at \/v1\/serie; did you mean \/v1\/series\?/],
    ['catalog/', /did you mean \/v1\/catalog\?/],
  ])('%s', async (url, sentence) => expect((await ask(url)).detail).toMatch(sentence))

  test('a field, of known values: the parameter that is there, and not one of a ranking', async () => {
    for (const [field, sentence] of [
      ['contry', /no field contry; did you mean country\?/],
      ['load', /load is a number/],
    ] as const) {
      const { errors } = await ask(`meta/known-values?source=$&field=${field}`)
      expect(errors).toEqual([{ pointer: '/field', detail: expect.stringMatching(sentence) }])
    }
  })
})

describe('a range that is too long', () => {
  const years = `from=${T0 - 3 * 365 * 86_400_000}`
  test.each([
    [
      'series?metric=$.events&from=0',
      /has \d+ windows of 1h, the coarsest interval kept; at most 5000 are answered$/,
    ],
    ['series?metric=$.events&from=0&interval=1m', /windows of 1m are more than .* shorten the range/],
    [`series?metric=$.events&${years}`, /at most 5000 are answered; interval=1d would do$/],
    [
      'top?metric=$.events&by=country&from=0',
      /has \d+ windows of 1h, the coarsest interval kept; at most 5000/,
    ],
    [
      'series?metric=$.events&from=1772600000',
      /from is 1772600000 milliseconds since 1970: were seconds meant/,
    ],
    ['top?metric=$.events&by=country&from=1772600000', /were seconds meant/],
  ])('%s', async (url, sentence) => expect((await ask(url)).detail).toMatch(sentence))
  test('what it names is answered', async () => {
    const url = `/v1/series?metric=${await source()}.events&from=${T0 - 3 * 365 * 86_400_000}`
    const instead = /interval=(\w+) would do/.exec(
      (await app.inject(url)).json<{ detail: string }>().detail,
    )![1]
    expect((await app.inject(`${url}&interval=${instead}`)).statusCode).toBe(200)
  })
})

test.each([
  ['utc', 'did you mean UTC?'],
  ['GMT', 'did you mean UTC?'],
  ['UTC+2', 'did you mean Etc/GMT-2, which is +02:00?'],
  ['+02:00', 'did you mean Etc/GMT-2, which is +02:00?'],
  ['-0330', 'It takes a name such as Europe/Berlin'],
  ['berlin', 'did you mean Europe/Berlin?'],
  ['new york', 'did you mean America/New_York?'],
])('a zone spelt %s', (name, sentence) => expect(zoneHint(name)).toContain(sentence))

describe('a body', () => {
  test.each([
    ['', 'the body is empty: JSON is expected'],
    ['{"a":1,}', 'the body is not valid JSON'],
    ['{"a":1,"b":{"a":2},"a":3}', 'the body is not taken: the key a is there more than once'],
    ['{"a":[{"b":1,"\\u0062":2}]}', 'the body is not taken: the key b is there more than once'],
    ['{"a":{"__proto__":1}}', 'the body is not taken: a key may not be __proto__'],
  ])('%s', (text, sentence) => expect(() => jsonOf(text)).toThrow(sentence))
  test('is taken where texts look like keys, and one key is in several objects', () => {
    const value = { a: ['a', 'a', '{"a":1,"a":2}', '\\"a":'], b: [{ a: 1 }, { a: 2 }], c: { a: { a: 3 } } }
    expect(jsonOf(JSON.stringify(value, null, 1))).toEqual(value)
  })
  test('is UTF-8 and not compressed', () => {
    expect(() => textOf(Buffer.from([0x22, 0xff, 0x22]), {})).toThrow('the body is not UTF-8')
    expect(() => textOf(Buffer.from('{}'), { 'content-encoding': 'gzip' })).toThrow(/gzip is not taken here/)
    expect(textOf(Buffer.from('\ufeff{}'), { 'content-encoding': 'identity' })).toBe('{}')
  })
  test.each([
    ['/v1/query', { 'content-type': 'text/plain' }, '{}', 415, /content-type: application\/json/],
    ['/v1/query', { 'content-type': 'application/json' }, '[]', 400, /not a JSON object/],
    [
      '/v1/query',
      { 'content-type': 'application/json' },
      'x'.repeat(1_100_000),
      413,
      /at most 1048576 bytes/,
    ],
    [
      '/v1/query',
      { 'content-type': 'application/json' },
      '{"queries":[1]}',
      400,
      /queries\/0: not a text such as/,
    ],
    ['/v1/live', { 'content-type': 'application/json' }, '{"stream":"x","remove":["0"]}', 400, /not a place/],
    ['/v1/live', { 'content-type': 'application/json' }, '{"stream":"x","add":"x"}', 400, /add: not a list/],
    ['/api/v1/query', {}, 'query=1', 415, /a POST is a form/],
    ['/api/v1/query', { 'content-type': 'application/json' }, '{"query":"1"}', 415, /a POST is a form/],
  ])('to %s as %j, %.40s', async (url, headers, payload, status, sentence) => {
    const reply = await app.inject({ method: 'POST', url, headers, payload })
    const told = reply.json<{ detail?: string; error?: string }>()
    expect([reply.statusCode, told.detail ?? told.error]).toEqual([status, expect.stringMatching(sentence)])
  })
})
