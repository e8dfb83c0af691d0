/** The rows of docs/bad-input.md about events sent to the collector, and about settings. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { readSources } from '../../cli/definition.ts'
import { CommandError } from '../../cli/exit.ts'
import { readIngestConfig } from '../../cli/ingest-config.ts'
import { readServeConfig } from '../../cli/serve-config.ts'
import { codeOf, say } from './bad-input-query.ts'
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
      row('the same event again', 'taken again: events carry no ids yet', '202', async () => {
        await post(event)()
        return post(event)()
      }),
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

export function settings(): Section {
  const exit =
    (work: () => unknown): Row['does'] =>
    async () => {
      try {
        work()
        return 'taken'
      } catch (error) {
        if (error instanceof CommandError && error.message.length > 10) return `exit ${error.exitCode}`
        throw error
      }
    }
  const file =
    (text: string | Buffer): Row['does'] =>
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'tidemark-bad-'))
      writeFileSync(join(dir, 'tidemark.yaml'), text)
      const code = await exit(() => readSources(join(dir, 'tidemark.yaml')))()
      rmSync(dir, { recursive: true })
      return code
    }
  const serve = (argv: string[], env: NodeJS.ProcessEnv = {}): Row['does'] =>
    exit(() => readServeConfig(argv, { TIDEMARK_DEFINITION: 'shipped', ...env }))
  const ingest = (argv: string[], env: NodeJS.ProcessEnv = {}): Row['does'] =>
    exit(() => readIngestConfig(argv, { TIDEMARK_DEFINITION: 'shipped', ...env }))
  const yaml = (more: string, keep = '{ 1m: 2d }'): string =>
    `sources:\n  a:\n    topic: a\n    key: k\n    time: ts\n    fields: { k: string }\n    metrics: { events: count }\n${more}\nkeep: ${keep}\n`

  return {
    title: 'Settings',
    says: 'The definition file, flags and variables. A file is told all its faults at once, each with its line; a process that cannot work ends before it touches anything.',
    rows: [
      row(
        'a definition file that is missing',
        'says so',
        'exit 78',
        exit(() => readSources('/nowhere/tidemark.yaml')),
      ),
      row(
        'a folder in its place',
        'names the folder',
        'exit 78',
        exit(() => readSources(tmpdir())),
      ),
      row('an empty file, or comments only', 'it needs sources and keep', 'exit 78', file('# nothing\n')),
      row('bytes that are no text', 'save it as UTF-8', 'exit 78', file(Buffer.from([0xff, 0xfe, 0x00]))),
      row('broken YAML', 'the line', 'exit 78', file('sources: [')),
      row(
        'aliases that multiply',
        'refused',
        'exit 78',
        file(`a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(60)}*a]\nc: [${'*b,'.repeat(60)}*b]\n`),
      ),
      row('an unknown key', 'the nearest known one', 'exit 78', file(yaml('    fileds: {}'))),
      row('a wrong type', 'what is expected', 'exit 78', file(yaml('    budget: many'))),
      row('a number out of its bounds', 'the bounds', 'exit 78', file(yaml('    budget: -1'))),
      row(
        'a metric of a field that is not there',
        'names the fields',
        'exit 78',
        file(yaml('    breakdowns: [nothing]')),
      ),
      row(
        '`keep` shorter than its interval',
        'a window would be gone before it is whole',
        'exit 78',
        file(yaml('', '{ 1h: 30m }')),
      ),
      row('an interval that does not divide a day', 'refused', 'exit 78', file(yaml('', '{ 7m: 2d }'))),
      row(
        'a measure that there is not (`medians`)',
        'names those there are',
        'exit 78',
        file(yaml('').replace('events: count', 'who: { medians: k }')),
      ),
      row(
        'a variable that is set to nothing',
        'as if it were not set',
        'taken',
        serve([], { TIDEMARK_PORT: '', TIDEMARK_STORE: '' }),
      ),
      row('port 70000, -1, `x`', 'the bounds', 'exit 2', serve(['--port', '70000'])),
      row('an unknown flag', 'the nearest known one', 'exit 2', serve(['--prot', '1'])),
      row('a flag without its value, or twice with two', 'says so', 'exit 2', serve(['--port'])),
      row(
        'a public address without access keys',
        'refused, unless `--open` says that the network is trusted',
        'exit 78',
        serve(['--host', '0.0.0.0']),
      ),
      row(
        'a public address for the metrics of ingest',
        'the same',
        'exit 78',
        ingest(['--metrics-port', '9464', '--metrics-host', '0.0.0.0']),
      ),
      row(
        'a public name with a scheme, a port or a path',
        'a name alone',
        'exit 78',
        serve(['--public-name', 'https://stats.example.org']),
      ),
      row(
        'an origin that is none, or `*`',
        'an origin such as https://shop.example',
        'exit 78',
        serve(['--allow-origin', '*']),
      ),
      row(
        'a proxy that is no address',
        'an address or a network',
        'exit 78',
        serve(['--trusted-proxy', '10.0.0.0/33']),
      ),
      row(
        'a pipe in place of a definition, to which nobody writes',
        'waited for 4 s (here: 0.2 s)',
        'exit 78',
        exit(() => {
          const dir = mkdtempSync(join(tmpdir(), 'tidemark-bad-'))
          execFileSync('mkfifo', [join(dir, 'pipe')])
          try {
            readSources(join(dir, 'pipe'), 200)
          } finally {
            rmSync(dir, { recursive: true })
          }
        }),
      ),
      row(
        'a TLS file that is absent, or no certificate',
        'names the file',
        'exit 78',
        ingest(['--kafka-ca', '/nowhere/ca.pem']),
      ),
      row(
        'a user without a mechanism, a mechanism without a password',
        'says what is missing',
        'exit 78',
        ingest(['--kafka-user', 'me']),
      ),
      row(
        'a broker that is no address',
        'the form that is expected',
        'exit 2',
        ingest(['--kafka', 'nowhere:99999']),
      ),
    ],
  }
}
