/**
 * A query API for tests of the page: speaks `query-api/wire.ts` from made-up but computable numbers, and can be told to be
 * late, partial, silent, refusing or gone. Values are pure functions of (series, window), so a test can recount them.
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { CollectAnswer, SeriesAnswer, StoreAnswer, TailRow } from '../../query-api/wire.ts'
import { knownValues, top } from './mock/rankings.ts'
import { series } from './mock/series.ts'
import { status } from './mock/status.ts'
import { cluster } from './mock/store.ts'
import { change, stream, type LiveWorld, type Open } from './mock/stream.ts'
import { World } from './mock/world.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export class MockServer extends World implements LiveWorld {
  /** Every query text that was asked, in order. */
  readonly asked: string[] = []
  /** Streams open now. */
  streams = 0
  readonly cursors: string[] = []
  readonly open = new Map<string, Open>()
  instance = 'mock0'
  /** Events that the collector took. */
  readonly taken: string[] = []
  /** What `/v1/store` answers. */
  store: StoreAnswer = cluster(Date.now())
  readonly everyMs: number
  readonly #root: string
  #server: Server | undefined
  #port = 0
  #offset = 91_204

  /** `root` holds the built page; frames go out every `everyMs`. */
  constructor(root: string, everyMs = 200) {
    super()
    this.#root = root
    this.everyMs = everyMs
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response))
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    )
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Stops and keeps the port: a second `start` is another process at the same place. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.instance = `mock${this.cursors.length}`
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  /** The whole answer to a query as it stands now. */
  series(text: string): SeriesAnswer {
    return series(this, text)
  }

  /** Queries that the streams carry now. */
  watched(): string[] {
    return [...this.open.values()].flatMap(({ queries }) => [...queries.values()])
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.address)
    if (url.pathname === '/v1/live' && request.method === 'POST') return this.#change(request, response)
    if (url.pathname === '/v1/live') return stream(this, url, response)
    if (url.pathname === '/v1/events' && request.method === 'POST')
      return this.#collect(url, request, response)
    const json = (body: unknown): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/v1/catalog') return json({ sources: this.catalog, damaged: [] })
    if (url.pathname === '/v1/status') return json(status(this))
    if (url.pathname === '/v1/store') return json(this.store)
    if (url.pathname === '/v1/meta/known-values') return json(knownValues(this, url.searchParams))
    if (url.pathname === '/v1/top') return json(top(this, `top?${url.searchParams}`))
    const file = join(
      this.#root,
      ['/', '/explore', '/visitors', '/pipeline', '/store'].includes(url.pathname)
        ? 'index.html'
        : url.pathname,
    )
    if (!existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  }

  #change(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      const isOpen = change(this, JSON.parse(body) as Parameters<typeof change>[1])
      response.writeHead(isOpen ? 200 : 404, { 'content-type': 'application/json' }).end('{"q":[]}')
    })
  }

  #collect(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const source = url.searchParams.get('source') ?? ''
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      const nowMs = Date.now()
      const row: TailRow = {
        source,
        partition: 3,
        offset: this.#offset++,
        index: 0,
        tsMs: nowMs,
        atMs: nowMs,
        via: 'http',
        raw: body,
      }
      this.sent.push(row)
      this.taken.push(body)
      const answer: CollectAnswer = {
        accepted: 1,
        rejected: 0,
        items: [{ status: 'accepted', partition: 3, offset: row.offset }],
      }
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  }
}
