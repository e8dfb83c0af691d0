/** The rows of docs/bad-input.md about questions to the API. */
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { LiveError, LiveReset } from '../../../query-api/wire.ts'
import { row, type Row, type Section } from './bad-input-table.ts'
import { TestEventSource } from '../event-source.ts'
import { codeOf, say } from './bare-connection.ts'

/** `app` listens; `applyBatch` makes the source `web` move, `manyNames` gives it 500 countries. */
export function questions(
  app: () => FastifyInstance,
  applyBatch: () => Promise<void>,
  manyNames: () => Promise<void>,
): Section {
  const get =
    (url: string): Row['does'] =>
    async () =>
      codeOf(await app().inject(url))
  const series = (more: string): Row['does'] => get(`/v1/series?metric=web.events${more}`)
  const port = (): number => Number(new URL(app().listeningOrigin).port)
  const live = (headers: string, queries: readonly string[]): TestEventSource =>
    new TestEventSource(
      `${app().listeningOrigin}/v1/live?${queries.map((q) => `q=${encodeURIComponent(q)}`).join('&')}${headers}`,
    )

  return {
    title: 'Questions',
    says: 'Over HTTP to the query API. Every fault of a request is told at once, by JSON pointer to the parameter.',
    rows: [
      row('no parameters at all', 'names what is missing', '400 bad_request', get('/v1/series')),
      row('an unknown parameter', 'names the known ones', '400 bad_request', series('&colour=red')),
      row(
        'the same parameter twice',
        'refused, not the last one taken',
        '400 bad_request',
        series('&limit=1&limit=2'),
      ),
      row(
        '`metric[]=`, `metric[0]=`',
        'no arrays: an unknown parameter',
        '400 bad_request',
        get('/v1/series?metric[]=web.events'),
      ),
      row(
        '`__proto__=`, `constructor=` as parameters',
        'unknown parameters like any other',
        '400 bad_request',
        series('&__proto__=1&constructor=2'),
      ),
      row(
        '`tz=Europe/Berlni`, `tz=+01:00`',
        'names the zone that is nearest',
        '400 bad_request',
        series('&tz=Europe%2FBerlni'),
      ),
      row('`from` after `to`', 'the range is empty', '400 bad_request', series('&from=now&to=now-1h')),
      row(
        'a hundred years',
        'more windows than are answered, even of the coarsest interval',
        '400 range_too_long',
        series('&from=0&to=9999-01-01'),
      ),
      row(
        'a hundred years at 1 s',
        'names the interval that would do',
        '400 interval_too_fine',
        series('&from=1970-01-01&interval=1s'),
      ),
      row('a time before 1970', 'not a time', '400 bad_request', series('&from=1926-01-01T00:00:00Z')),
      row(
        'a time without its zone',
        'ambiguous: not a time',
        '400 bad_request',
        series('&from=2026-03-01T12:00:00'),
      ),
      row(
        '`limit=-1`, `1e9`, `1.5`, empty',
        'a whole number in its bounds, nothing else',
        '400 bad_request',
        async () => {
          const codes = await Promise.all(
            ['-1', '1e9', '1.5', ''].map((limit) => series(`&limit=${limit}`)()),
          )
          return [...new Set(codes)].join(', ')
        },
      ),
      row(
        '`%00`, control characters',
        'not taken in names or values',
        '400 bad_request',
        series('&where=country:is:%00'),
      ),
      row(
        'broken percent-encoding, bad UTF-8',
        'refused',
        '400 bad_request',
        series('&where=country:is:%E0%A4%A'),
      ),
      row('17 filters', 'at most 16', '400 bad_request', series('&where=country:is:x'.repeat(17))),
      row(
        '10,000 filters',
        'refused by its length, unread',
        '414 url_too_long',
        series('&where=country:is:x'.repeat(10_000).slice(0, 60_000)),
      ),
      row(
        'an operator that is none (`gt`)',
        'names the known ones',
        '400 bad_request',
        series('&where=country:gt:5'),
      ),
      row(
        '`(a+)+$` as a value',
        'a value, never a pattern',
        '200',
        series('&where=country:contains:(a%2B)%2B%24'),
      ),
      row(
        '500 series of 5,000 windows',
        'names the bound, and what would fit',
        '422 answer_too_large',
        async () => {
          await manyNames()
          return series('&by=country&interval=1h&from=now-2000h&limit=500')()
        },
      ),
      row(
        '`raw=true` without `format=csv`',
        'the other formats give labels as they came',
        '400 bad_request',
        series('&raw=true'),
      ),
      row(
        'a field that no breakdown holds',
        'names the line to add to `breakdowns:`',
        '422 breakdown_needed',
        series('&by=country,visitor'),
      ),
      row('a field that is a number', 'only text fields name series', '400 bad_request', series('&by=load')),
      row(
        'a source, metric or path of nobody',
        'names those there are',
        '404 not_found',
        get('/v1/series?metric=nobody.events'),
      ),
      row(
        'a path that climbs (`/../../etc/passwd`, `%2e%2e`)',
        'there is nothing',
        '404 not_found',
        get('/%2e%2e/%2e%2e/etc/passwd'),
      ),
      row(
        'a cursor that is none',
        'take it from `next`',
        '400 bad_request',
        get('/v1/entities?source=plant&cursor=x'),
      ),
      row('a cursor of another query', 'says so', '400 bad_request', async () => {
        const { next } = (await app().inject('/v1/entities?source=plant&limit=1')).json<{ next: string }>()
        return codeOf(await app().inject(`/v1/entities?source=plant&limit=1&sort=name&cursor=${next}`))
      }),
      row(
        'entities of a source that has none',
        'says what would give it some',
        '404 not_found',
        get('/v1/entities?source=web'),
      ),
      row(
        '`POST /v1/query` with junk, with a key twice, compressed or not said to be JSON',
        'names the fault; of two keys none is taken',
        '400 bad_request, 400 bad_request, 415 unsupported_media_type, 415 unsupported_media_type',
        async () => {
          const post = async (payload: string, type: string, encoding = 'identity'): Promise<string> =>
            codeOf(
              await app().inject({
                method: 'POST',
                url: '/v1/query',
                headers: { 'content-type': type, 'content-encoding': encoding },
                payload,
              }),
            )
          const json = 'application/json'
          const twice = '{"queries":["series?metric=web.events"],"queries":["series?metric=web.events"]}'
          const codes = [
            post('{"queries": [', json),
            post(twice, json),
            post('{}', json, 'gzip'),
            post('{}', 'text/plain'),
          ]
          return (await Promise.all(codes)).join(', ')
        },
      ),
      row('another method', 'refused; `Allow` says what is possible', '405 method_not_allowed', async () => {
        const response = await app().inject({ method: 'DELETE', url: '/v1/series' })
        return response.headers.allow === 'GET, HEAD'
          ? codeOf(response)
          : `Allow: ${String(response.headers.allow)}`
      }),
      row(
        'a `Host` that is not ours, on any path',
        'names the flag that would make it ours',
        '421 misdirected',
        async () => {
          const codes = await Promise.all(
            ['/', '/livez', '/v1/status', '/nowhere'].map(async (url) =>
              codeOf(await app().inject({ url, headers: { host: 'rebind.example' } })),
            ),
          )
          return [...new Set(codes)].join(', ')
        },
      ),
      row('HTTP/1.1 without `Host`, or one that is no name', 'told', '400 bad_request', () =>
        say(port(), ['GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n']),
      ),
      row('`Expect: junk`', 'told, and the connection is closed', '417 expectation_failed', () =>
        say(port(), ['GET /livez HTTP/1.1\r\nhost: localhost\r\nexpect: junk\r\n\r\n']),
      ),
      row(
        '`POST /v1/query` from a page of another origin',
        'refused, unless `--allow-origin` names it',
        '403 foreign_origin',
        async () =>
          codeOf(
            await app().inject({
              method: 'POST',
              url: '/v1/query',
              headers: { 'content-type': 'application/json', origin: 'https://elsewhere.example' },
              payload: '{"queries": []}',
            }),
          ),
      ),
      row('bytes that are no HTTP', 'told, and the connection is closed', '400 bad_request', () =>
        say(port(), ['\x16\x03\x01junk\r\n\r\n']),
      ),
      row('headers over 16 KB', 'told, and the connection is closed', '431 headers_too_large', () =>
        say(port(), [`GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`]),
      ),
      row('headers that never end', 'cut off after 10 s (here: 1 s)', '408 request_timeout', () =>
        say(port(), ['GET /livez HTTP/1.1\r\nhost: localhost\r\n']),
      ),
      row(
        'a live stream of 33 queries',
        'at most 32',
        '400 bad_request',
        get(`/v1/live?${'q=series&'.repeat(33)}`),
      ),
      row(
        'one wrong query in a live stream',
        'an `error` frame; the others go on',
        'error 404, reset',
        async () => {
          const stream = live('', ['series?metric=nobody.x', 'series?metric=web.events'])
          const { data } = await stream.until(({ event }) => event === 'error')
          await stream.until(({ event }) => event === 'reset')
          stream.close()
          return `error ${(data as LiveError).problem.status}, reset`
        },
      ),
      row(
        'a stale or made-up `Last-Event-ID`',
        'ignored: every stream begins with a reset',
        '200, reset',
        async () => {
          const response = await fetch(
            `${app().listeningOrigin}/v1/live?q=${encodeURIComponent('series?metric=web.events')}`,
            { headers: { 'last-event-id': '../../9007199254740993' } },
          )
          const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
          let text = ''
          while (!text.includes('event: reset')) text += (await reader.read()).value ?? ''
          await reader.cancel()
          return `${response.status}, reset`
        },
      ),
      row(
        'a reader that takes nothing',
        'nothing is queued for it, nobody waits for it; cut after 30 s',
        '200 for others',
        async () => {
          const stream = live('', ['series?metric=web.events', 'events?source=web'])
          await stream.until(({ event, data }) => event === 'reset' && (data as LiveReset).q === 0)
          stream.stall()
          for (let n = 0; n < 5; n++) await applyBatch()
          const { statusCode } = await app().inject('/v1/series?metric=web.events')
          stream.close()
          return `${statusCode} for others`
        },
      ),
      row('a reader that leaves in mid-answer', 'forgotten', '200 for others', async () => {
        const socket = connect(port(), '127.0.0.1', () =>
          socket.end('GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n', () => socket.destroy()),
        )
        await new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined))
        return `${(await app().inject('/livez')).statusCode} for others`
      }),
    ],
  }
}
