import { describe, expect, test } from 'vitest'
import { app, clock, filled, HOUR, T0 } from '../engine/filled-top.ts'
import type { Filler, Sent } from '../fill.ts'

interface Reply {
  status: string
  error?: string
  errorType?: string
  infos?: string[]
  warnings?: string[]
  data: {
    resultType: string
    result: { metric: Record<string, string>; value: [number, string]; values: [number, string][] }[]
  }
}

/** As Grafana's data source asks: a form, times in seconds. */
async function post(path: string, form: Record<string, string>): Promise<Reply> {
  const response = await app.inject({
    method: 'POST',
    url: `/api/v1/${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
  return response.json()
}
const get = async (path: string): Promise<{ status: string; data: unknown; error?: string }> =>
  (await app.inject({ url: `/api/v1/${path}` })).json()

const events: Sent[] = Array.from({ length: 600 }, (_, at) => ({
  ts: T0 - 600_000 + at * 1000,
  country: ['DE', 'FR', 'US'][at % 3]!,
  device: at % 2 === 0 ? 'phone' : 'desk',
  visitor: `v${at % 7}`,
  load: at % 10,
  paid: at % 4,
}))
let made: Promise<Filler> | null = null
const source = async (): Promise<string> => {
  clock.nowMs = T0
  return (await (made ??= filled(events, T0))).source.name
}
const instant = async (query: string, atMs = T0): Promise<Reply> =>
  post('query', { query: query.replaceAll('$', await source()), time: String(atMs / 1000) })
const value = async (query: string): Promise<Record<string, number>> => {
  const reply = await instant(query)
  expect(reply.error).toBeUndefined()
  return Object.fromEntries(
    reply.data.result.map(({ metric, value: [, text] }) => [Object.values(metric).join('/'), Number(text)]),
  )
}
const within = (ms: number, of: (one: Sent) => boolean = () => true): Sent[] =>
  events.filter((one) => one.ts >= T0 - ms && one.ts < T0 && of(one))

describe('the API of Prometheus', () => {
  test('grows, adds up, averages and compares exactly as the events say', async () => {
    expect(await value('increase($:events[5m])')).toEqual({ '': 300 })
    expect(await value('sum(rate($:events[5m]))')).toEqual({ '': 1 })
    expect(await value('sum by (country) (increase($:events[1m]))')).toEqual({ DE: 20, FR: 20, US: 20 })
    expect(await value('increase($:events{country=~"DE|FR"}[1m])')).toEqual({ DE: 20, FR: 20 })
    expect(await value('sum(increase($:events{country!="DE"}[1m]))')).toEqual({ '': 40 })
    expect(await value('sum by (device) (sum_over_time($:load[2m]))')).toEqual({
      phone: within(120_000, ({ device }) => device === 'phone').reduce((sum, { load }) => sum + load!, 0),
      desk: within(120_000, ({ device }) => device === 'desk').reduce((sum, { load }) => sum + load!, 0),
    })
    expect(await value('avg_over_time($:load[100s])')).toEqual({ '': 4.5 })
    expect(await value('max by (country) (max_over_time($:load[100s]))')).toEqual({ DE: 9, FR: 9, US: 9 })
    const paid = within(60_000).reduce((sum, one) => sum + one.paid!, 0)
    expect(await value('increase($:revenue[1m]) / increase($:events[1m])')).toEqual({ '': paid / 60 })
    expect(await value('topk(1, sum by (country) (increase($:events[49s])) * 2)')).toEqual({ US: 34 })
    expect(await value('sum(increase($:events[1m])) > 100')).toEqual({})
    expect(await value('sum(increase($:events[1m])) > bool 59')).toEqual({ '': 1 })
    expect(await value('increase($:events[1m] offset 1m)')).toEqual({ '': 60 })
    expect(await value('max(sum by (country) (increase($:events[1m])))')).toEqual({ '': 20 })
    // A series that a comparison left out is not there to be matched; limits the wrong way round leave nothing.
    const busy =
      'sum by (country, device) (increase($:events[1m])) > 0 and on (device) sum by (device) (increase($:events{device="desk"}[1m]))'
    expect(await value(`topk(1, ${busy}) * on (device) sum by (device) (increase($:events[2m]))`)).toEqual({
      desk: 600,
    })
    expect(await value('clamp(increase($:events[1m]), 5, 2)')).toEqual({})
    expect(await value('$:load:max{country="DE"}')).toEqual({ [`${await source()}:load:max/DE`]: 9 })
    expect(await value('absent(increase($:events{country="XX"}[1m])) or vector(3)')).toEqual({ '': 1 })
  })

  test('over a range: every step is its own stretch of time, however long, and where nothing is known there is no sample', async () => {
    const name = await source()
    const reply = await post('query_range', {
      query: `sum by (country) (increase(${name}:events[45s]))`,
      start: String((T0 - 120_000) / 1000),
      end: String((T0 + 600_000) / 1000),
      step: '15',
    })
    expect(reply.data.resultType).toBe('matrix')
    const german = reply.data.result.find(({ metric }) => metric['country'] === 'DE')!
    const expected = (atMs: number): number =>
      events.filter(({ ts, country }) => country === 'DE' && ts >= atMs - 45_000 && ts < atMs).length
    for (const [seconds, text] of german.values.filter(([at]) => at * 1000 <= T0))
      expect(`${seconds} ${text}`).toBe(`${seconds} ${expected(seconds * 1000)}`)
    // Past what is known the last is shown for five minutes, and nothing after.
    expect(german.values.at(-1)![0]).toBe((T0 + 300_000) / 1000)
    expect(reply.infos).toEqual([
      `${name}: known up to ${new Date(T0).toISOString()}, offsets {"0":300,"1":300}`,
    ])
  })

  test('rounds an end to a window that is kept, and says where a range cannot be put together', async () => {
    clock.nowMs = T0
    const old = await filled([{ ts: T0 - 5 * HOUR, country: 'DE' }, ...events], T0)
    const at = (query: string, ms: number): Promise<Reply> =>
      post('query', { query: query.replaceAll('$', old.source.name), time: String(ms / 1000) })
    const hours = await at('increase($:events[1h])', T0 - 5 * HOUR + 60_500)
    expect(hours.data.result[0]!.value[1]).toBe('1')
    expect(await at('increase($:events[30s])', T0 - 5 * HOUR)).toMatchObject({
      status: 'error',
      errorType: 'bad_data',
      error: expect.stringMatching(/^30 s cannot be put together .* windows of 1s, 1m, 1h/),
    })
  })

  test('answers what Grafana asks beside queries', async () => {
    const name = await source()
    expect(await post('query', { query: '1+1', time: '4' })).toMatchObject({
      status: 'success',
      data: { resultType: 'scalar', result: [4, '2'] },
    })
    expect((await get('status/buildinfo')).data).toMatchObject({ version: expect.stringMatching(/^2\./) })
    expect((await get(`label/__name__/values`)).data).toEqual(
      expect.arrayContaining([`${name}:events`, `${name}:load`, `${name}:load:max`]),
    )
    expect((await get(`labels?match[]=${name}:events`)).data).toEqual(['__name__', 'country', 'device'])
    const range = `start=${T0 / 1000 - 600}&end=${T0 / 1000}`
    expect((await get(`label/country/values?match[]=${name}:events&${range}`)).data).toEqual([
      'DE',
      'FR',
      'US',
    ])
    // What is chosen by one label bounds the values of the others, where a breakdown holds both.
    const chosen = (await get(`series?match[]=${name}:events{country="DE"}&${range}`)).data as object[]
    expect(chosen).toEqual(expect.arrayContaining([{ __name__: `${name}:events`, country: 'DE' }]))
    expect(chosen).not.toEqual(expect.arrayContaining([expect.objectContaining({ country: 'FR' })]))
    for (const [matchers, countries] of [
      ['{country=~"D.*"}', ['DE']],
      ['{country!="DE"}', ['FR', 'US']],
      ['{nothing="x"}', []],
    ] as const)
      expect((await get(`label/country/values?match[]=${name}:events${matchers}&${range}`)).data).toEqual(
        countries,
      )
    // As Grafana's metric search, its label browser and label_values({country="DE"}, device) ask: without a name, or by a part of one.
    const names = async (match: string) => (await get(`label/__name__/values?match[]=${match}`)).data
    expect(await names(`{__name__=~".*${name}.*ents.*"}`)).toEqual([`${name}:events`])
    expect(await names(`{__name__=~"${name}:phones|${name}:events"}`)).toEqual([
      `${name}:events`,
      `${name}:phones`,
    ])
    expect(await names(`${name}:phones`)).toEqual([`${name}:phones`])
    expect(await names('{country="DE"}')).toEqual(expect.arrayContaining([`${name}:events`]))
    expect(await names('{nowhere="DE"}')).toEqual([])
    expect(await names(`{__name__=~"${name}:e.%2B",nowhere!="DE"}`)).toEqual([`${name}:events`])
    const wide = (await get(`series?match[]={country="DE",__name__=~"${name}.*"}&${range}`)).data
    expect(wide).toEqual(expect.arrayContaining([{ __name__: `${name}:load`, country: 'DE' }]))
    expect(wide).not.toEqual(expect.arrayContaining([expect.objectContaining({ country: 'FR' })]))
    expect(Object.keys((await get(`metadata?limit=&metric=`)).data as object)).toContain(`${name}:events`)
    expect((await get(`metadata?metric=${name}:events`)).data).toEqual({
      [`${name}:events`]: [{ type: 'counter', help: expect.stringContaining(name), unit: '' }],
    })
    for (const nothing of ['rules', 'alerts', 'query_exemplars'])
      expect((await get(nothing)).status).toBe('success')
  })

  test.each([
    ['', /no expression/],
    ['rate($:events[5m', /at its end/],
    ['rate($:events)', /takes a range/],
    ['$:events{__name__="$:load"}', /names two metrics/],
    ['$:events{country="\\U00FFFFFF"}', /a letter that there is not/],
    ['$:events[5m]', /is a range: put a function over it/],
    ['rate($:load:avg[5m])', /rate is of what adds up; avg/],
    ['sum(avg_over_time($:load[5m]))', /sum over avg .* has no one meaning/],
    ['$:nothing', /has no metric nothing; it has/],
    ['nothing_total', /is no metric; metrics are SOURCE:METRIC/],
    ['nowhere:events', /nowhere/],
    ['{__name__=~"$:events"}', /names no metric, such as/],
    ['abs(1)', /abs takes series/],
    ['increase($:events{city="x"}[5m])', /has no field city; it has/],
    ['increase($:events{visitor="x"}[5m])', /add visitor to "breakdowns:" of [^;]*$/],
    ['increase($:events{country=~"D[A-Z]"}[5m])', /of regular expressions a list/],
    ['histogram_quantile(0.9, $:load)', /histogram_quantile is not answered; functions are/],
    ['sum without (x) ($:events)', /say sum by/],
    ['$:events * on(country) group_left $:phones', /group_left/],
    ['rate($:events[5m:1m])', /not of the part of PromQL/],
    ['quantile_over_time(2, $:load[5m])', /a number between 0 and 1/],
    ['1 > 2', /needs bool/],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, /more than 50/],
  ])('says what is wrong with %s', async (query, sentence) => {
    const reply = await instant(query)
    expect(reply).toMatchObject({ status: 'error', error: expect.stringMatching(sentence) })
    expect(['bad_data', 'execution']).toContain(reply.errorType)
  })

  test.each([
    ['query_range', { query: '1', start: '0', end: '1e9', step: '1' }, /more than the 11000/],
    ['query_range', { query: '1', start: '0', end: '10' }, /step: missing/],
    ['query_range', { query: '1', start: '0', end: '10', step: '-5' }, /step: longer than nothing/],
    ['query_range', { query: '1', start: '0', end: '10', step: 'x' }, /step: x is no duration/],
    ['query_range', { query: '1', start: '10', end: '0', step: '1' }, /before start/],
    ['query', { query: '1', time: 'noon' }, /noon is no time/],
    ['series', {}, /match\[\]: missing/],
  ])('says what is wrong with the times of %s %j', async (path, form, sentence) => {
    expect(await post(path, form as Record<string, string>)).toMatchObject({
      status: 'error',
      errorType: 'bad_data',
      error: expect.stringMatching(sentence),
    })
  })
})
