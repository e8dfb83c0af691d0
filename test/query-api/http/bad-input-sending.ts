/** The rows of docs/bad-input.md about events sent to the collector. */
import { deflateRawSync, gzipSync } from 'node:zlib'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { codeOf, say } from './bare-connection.ts'
import { row, type Row, type Section } from './bad-input-table.ts'

const URL_PATH = '/v1/events?source=web'

export function sending(app: () => FastifyInstance): Section {
  const post =
    (payload: string | Buffer, headers: Record<string, string> = {}, url = URL_PATH): Row['does'] =>
    async () => {
      const options: InjectOptions = {
        method: 'POST',
        url,
        payload,
        headers: { 'content-type': 'application/json', ...headers },
      }
      const response = await app().inject(options)
      const items = (response.json<{ items?: { status: string; reason?: string }[] }>().items ?? []).flatMap(
        ({ reason }) => reason ?? [],
      )
      return items.length > 0 ? `${response.statusCode} ${[...new Set(items)].join(' ')}` : codeOf(response)
    }
  const event = JSON.stringify({ visitor: 'v' })
  const port = (): number => Number(new URL(app().listeningOrigin).port)
  const head = (more: string): string =>
    `POST ${URL_PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n`
  const many = (count: number, bad: string): string =>
    `[${[bad, ...Array.from({ length: count - 1 }, () => event)].join(',')}]`

  return {
    title: 'Events over HTTP',
    says: 'To the collector. What is refused is not in the log; what was taken before a connection broke is, once.',
    rows: [
      row(
        'a content type that is junk, or another one',
        'names those that are read',
        '415 unsupported_media_type',
        post(event, { 'content-type': 'junk' }),
      ),
      row(
        '`application/jsonl`, `application/cloudevents+json`, `text/json`, bare deflate, a byte order mark',
        'other names and forms of the same: taken',
        '202',
        async () => {
          const all = [
            post(`${event}\n${event}\n`, { 'content-type': 'application/jsonl' }),
            post(event, { 'content-type': 'application/cloudevents+json; charset=utf-8' }),
            post(event, { 'content-type': 'text/json' }),
            post(deflateRawSync(event), { 'content-encoding': 'deflate' }),
            post(`\ufeff${event}`),
          ]
          return [...new Set(await Promise.all(all.map((one) => one())))].join(', ')
        },
      ),
      row(
        'gzip without its `content-encoding`, UTF-16, JSON that was encoded twice, a comma or a NUL too many',
        'called by its name',
        '400 bad_request',
        async () => {
          const all = [
            gzipSync(event),
            Buffer.from(event, 'utf16le'),
            JSON.stringify(event),
            `[${event},]`,
            `${event}\0`,
          ]
          return [...new Set(await Promise.all(all.map((one) => post(one)())))].join(', ')
        },
      ),
      row(
        'a gzip bomb',
        'inflated to 1,000,000 bytes and no further',
        '413 request_too_large',
        post(gzipSync(Buffer.alloc(100_000_000)), { 'content-encoding': 'gzip' }),
      ),
      row(
        'an encoding that is none, or half a gzip',
        'names those that are read; refused',
        '415 unsupported_media_type, 400 bad_request',
        async () => {
          const junk = await post(event, { 'content-encoding': 'zstd' })()
          return `${junk}, ${await post(gzipSync(event).subarray(0, 15), { 'content-encoding': 'gzip' })()}`
        },
      ),
      row('letters other than UTF-8', 'refused', '400 bad_request', post(Buffer.from([0x7b, 0xff, 0x7d]))),
      row('no JSON, half of it, nothing', 'refused whole', '400 bad_request', post('{"visitor":')),
      row('`null`, a number, a text', 'neither an object nor an array of them', '400 bad_request', post('5')),
      row('an array of nothing', 'refused', '400 bad_request', post('[]')),
      row(
        'JSON a million levels deep',
        'refused by its size',
        '413 request_too_large',
        post('['.repeat(1_000_000) + ']'.repeat(1_000_000)),
      ),
      row(
        'an event 100 levels deep',
        'a verdict of its own',
        '400 too_deep',
        post(`{"visitor":"v","x":${'['.repeat(100)}${']'.repeat(100)}}`),
      ),
      row(
        'an event over 256 KB',
        'a verdict of its own',
        '400 record_too_large',
        post(JSON.stringify({ visitor: 'v', country: 'x'.repeat(300_000) })),
      ),
      row(
        'a batch of 5,000 with one bad event',
        'the others are taken; the bad one has its reason',
        '207 wrong_type',
        post(many(5000, '{"visitor":1}')),
      ),
      row(
        'a batch of 100,000 with one bad event',
        'at most 1,000,000 bytes and 5,000 events a request',
        '413 request_too_large',
        post(many(100_000, '{"visitor":1}')),
      ),
      row(
        '5,000 bad events',
        'refused, in an answer that is no longer than the request',
        '400 not_json',
        async () => {
          const payload = Array<string>(5000).fill('{').join('\n')
          const response = await app().inject({
            method: 'POST',
            url: URL_PATH,
            headers: { 'content-type': 'application/x-ndjson' },
            payload,
          })
          return response.body.length <= payload.length
            ? `${response.statusCode} ${Object.keys(response.json<{ reasons: object }>().reasons).join(' ')}`
            : `${response.body.length} bytes`
        },
      ),
      row(
        'an event from a page of another origin, a beacon too',
        'refused, unless `--allow-origin` names it',
        '403 foreign_origin',
        post(event, { 'content-type': 'text/plain', origin: 'https://elsewhere.example' }),
      ),
      row(
        '`sentAt` that is no time',
        'the forms that are read',
        '400 bad_request',
        post(event, {}, `${URL_PATH}&sentAt=soon`),
      ),
      row(
        'the same event again',
        'taken again; counted once where the source names an id',
        '202',
        async () => {
          await post(event)()
          return post(event)()
        },
      ),
      row(
        'a source of nobody, `__proto__`',
        'names those there are',
        '404 not_found',
        post(event, {}, '/v1/events?source=__proto__'),
      ),
      row('no `source`, or another parameter', 'refused', '400 bad_request', post(event, {}, '/v1/events')),
      row(
        'a time in the future, or none that can be read',
        'a verdict of its own',
        '400 bad_time',
        post('{"visitor":"v","ts":"soon"}'),
      ),
      row('a `Content-Length` shorter than the body', 'half an event is no event', '400 bad_request', () =>
        say(port(), [`${head(`content-length: ${event.length - 3}\r\n`)}${event}`]),
      ),
      row(
        'a `Content-Length` longer than the body',
        'cut off after 30 s (here: 1 s)',
        '408 request_timeout',
        () => say(port(), [`${head(`content-length: ${event.length + 100}\r\n`)}${event}`]),
      ),
      row(
        '`Content-Length: -1`, two of them, one beside chunks',
        'told, and the connection is closed',
        '400 bad_request',
        () => say(port(), [head('content-length: -1\r\n')]),
      ),
      row('one byte a second', 'cut off after 30 s (here: 1 s)', '408 request_timeout', () =>
        say(port(), [head('content-length: 1000\r\n'), ...'x'.repeat(40)], 100),
      ),
      row('chunks without end', 'cut off at 1,000,000 bytes', '413 request_too_large', () =>
        say(
          port(),
          [
            head('transfer-encoding: chunked\r\n'),
            ...Array.from({ length: 40 }, () => `8000\r\n${' '.repeat(0x8000)}\r\n`),
          ],
          1,
        ),
      ),
      row('chunks that are none', 'told, and the connection is closed', '400 bad_request', () =>
        say(port(), [head('transfer-encoding: chunked\r\n'), 'zz\r\n']),
      ),
    ],
  }
}
