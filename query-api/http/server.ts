/** The HTTP server: endpoints, page, headers, limits, and one place where every failure becomes problem+json. */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Store } from '../../store/connection/connection.ts'
import { asProblem } from '../as-problem.ts'
import { QueryService } from '../service/query-service.ts'
import { admit, isPreflight, PREFLIGHT_HEADERS, type Cors, type HttpAccess } from './access.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { Live } from '../live/live.ts'
import type { LogScans } from '../scan/log-scans.ts'
import type { NodeAsker } from '../../store/node-asker.ts'
import { StoreView, type ListBackups } from '../service/store.ts'
import type { LogEnds } from '../sources/log-ends.ts'
import { addressOf, Outstanding, TOO_MUCH_UNREAD } from './outstanding.ts'
import { addPage } from './static-page.ts'
import { ProblemError } from '../problem.ts'
import { addReference } from './reference.ts'
import { takeJson } from './json-body.ts'
import { Gate } from './gate.ts'
import { mcpApi } from '../mcp/route.ts'
import { MOST_CHARACTERS } from '../mcp/server.ts'
import { askItself } from './ask-itself.ts'
import { prometheusApi } from '../prometheus/routes.ts'
import { addRoutes } from './routes.ts'
import { nearest } from '../../model/nearest.ts'
import { endpoints } from '../endpoints/list.ts'
import type { ApiInstrumentation } from '../instrumentation.ts'

export interface ServerOptions {
  readonly store: Store
  readonly version: string
  /** Folder of the built dashboard; null = API only. */
  readonly pageDirectory: string | null
  /** More endpoints on the same port, such as the collector. They may throw {@link ProblemError} or any error with a `statusCode`. */
  readonly plugins?: readonly FastifyPluginAsync[]
  /** Receives what only the operator should read, one line each. */
  readonly log?: (line: string) => void
  /** The clock by which answers are made, ms: the store's, which workers go by too. Default: this machine's. */
  readonly now?: () => number
  /** Where the log ends, asked of Kafka; without it answers go by what workers last wrote, and say so. */
  readonly logEnds?: LogEnds
  /** What reads the log for questions that no cells answer; without it they are refused. Closed with the server. */
  readonly scans?: LogScans
  readonly instrumentation?: ApiInstrumentation
  /** Address of the store, without secrets: where it is given, callers are told where things are. Default: they are told nothing of that. */
  readonly storeAddress?: string
  /** Reaches single servers of the store, for what replicas tell of themselves. */
  readonly nodeAsker?: NodeAsker
  /** Lists the backups of the store, where this process knows their place. */
  readonly listBackups?: ListBackups
  /** Longest time a request may take to arrive whole; default 30 s. */
  readonly requestTimeoutMs?: number
  /** Which names it answers to, and whose pages may send; default: loopback names, and its own page. */
  readonly httpAccess?: HttpAccess
  /** Addresses or networks of proxies whose `X-Forwarded-For` tells the reader's address; default none. */
  readonly trustedProxies?: readonly string[]
}

const REQUEST_TIMEOUT_MS = 30_000
/** Node takes the larger of the two for the whole request, and looks at its clocks only this often. */
const HTTP_TIMEOUTS = { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 }
/** Longer than a store may keep an answer waiting. */
const IDLE_TIMEOUT_MS = 60_000
const BODY_LIMIT_BYTES = 1024 * 1024

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const log = options.log ?? (() => {})
  const report = (error: unknown): void =>
    log(`api: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  const httpAccess = options.httpAccess ?? {}
  const refused = (request: FastifyRequest): ProblemError | null => {
    const cors = admitted(request, httpAccess)
    return cors instanceof ProblemError ? cors : null
  }
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    trustProxy:
      options.trustedProxies === undefined || options.trustedProxies.length === 0
        ? false
        : [...options.trustedProxies],
    http: {
      ...HTTP_TIMEOUTS,
      requireHostHeader: false,
      headersTimeout: Math.min(HTTP_TIMEOUTS.headersTimeout, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS),
    },
    // Of a connection on which nothing moves: whoever does not read what it asked for is cut.
    connectionTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    frameworkErrors: (error, request, reply) =>
      void sendProblem(reply.headers(SECURITY_HEADERS), refused(request) ?? problemFor(error, request)),
    clientErrorHandler: ({ code }, socket) => {
      if (socket.writable) socket.end(rawProblem(code))
    },
  })
  takeJson(app)
  const service = new QueryService(
    options.store,
    options.now ?? Date.now,
    options.logEnds,
    options.scans ?? null,
  )
  const outstanding = new Outstanding()
  const live = new Live(service, report, options.instrumentation)

  options.instrumentation?.live?.(() => ({ streams: live.clients, queries: live.queries }))
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? null : (request.routeOptions.url ?? null)
    // A stream ends when its reader leaves: no time of ours.
    if (route !== '/v1/live' || reply.raw.statusCode !== 200)
      options.instrumentation?.answered?.({
        method: request.method,
        route,
        status: reply.raw.statusCode,
        ms: reply.elapsedTime,
      })
    done()
  })
  app.addHook('onRequest', (request, reply, next) => {
    void reply.headers(SECURITY_HEADERS)
    if ((httpAccess.allowOrigins ?? []).length > 0) void reply.header('vary', 'origin')
    const cors = admitted(request, httpAccess)
    if (cors instanceof ProblemError) return void sendProblem(reply, cors) // here: a plugin's own error handler knows nothing of httpAccess
    if (cors !== null) void reply.headers(cors)
    if (cors !== null && isPreflight(request.raw))
      return void reply.code(204).headers(PREFLIGHT_HEADERS).send()
    next()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const isKept =
      typeof payload !== 'string' ||
      outstanding.add(addressOf(request.ip), Buffer.byteLength(payload), reply.raw)
    if (isKept) return done(null, payload)
    const problem = new ProblemError('too_busy', TOO_MUCH_UNREAD)
    void reply
      .code(problem.status)
      .headers({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'retry-after': '1',
      })
      .removeHeader('etag')
    done(null, JSON.stringify(problem.toProblem()))
  })
  app.server.on('checkExpectation', (_, response) =>
    sendBare(
      response,
      new ProblemError('expectation_failed', 'the only expectation that is met is 100-continue'),
    ),
  )
  app.setErrorHandler((error, request, reply) => {
    const problem = problemFor(error, request)
    if (problem.status === 500) report(problem.cause ?? error)
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request)
    const methods = (['GET', 'HEAD', 'POST'] as const).filter((method) => app.hasRoute({ url: path, method }))
    if (methods.length === 0) return sendProblem(reply, nothingAt(path))
    return sendProblem(
      reply.header('allow', methods.join(', ')),
      new ProblemError('method_not_allowed', `${request.method} is not possible on ${path}`),
    )
  })
  app.addHook('preClose', async () => live.close())

  const told = { address: options.storeAddress ?? null }
  const gate = new Gate()
  addRoutes(app, {
    service,
    live,
    version: options.version,
    outstanding,
    gate,
    told,
    storeView: new StoreView(service, told, options.listBackups ?? null, options.nodeAsker ?? null),
  })
  addReference(app, options.version)
  await app.register(
    prometheusApi({
      service,
      version: options.version,
      turn: (request, work) => gate.run(addressOf(request.ip), work),
      report,
    }),
  )
  await app.register(
    mcpApi({ version: options.version, report }, (request, reply) =>
      askItself(app, request, reply, MOST_CHARACTERS),
    ),
  )
  for (const plugin of options.plugins ?? []) await app.register(plugin)
  await addPage(app, options.pageDirectory)
  return app
}

function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  if (problem.retry) void reply.header('retry-after', '1')
  return reply
    .removeHeader('etag') // of an answer that could not be written down
    .code(problem.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(problem.toProblem())
}

/** What a connection that does not speak HTTP as it should is told before it is closed: there is no request to reply to. */
function rawProblem(code: string | undefined): string {
  const problem =
    code === 'HPE_HEADER_OVERFLOW'
      ? new ProblemError('headers_too_large', 'headers have at most 16,384 bytes')
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new ProblemError('request_timeout', 'headers or body took too long')
        : new ProblemError('bad_request', 'this is not HTTP/1.1')
  const body = JSON.stringify(problem.toProblem())
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}

function admitted(request: FastifyRequest, httpAccess: HttpAccess): Cors | ProblemError {
  try {
    return admit(request.raw, httpAccess)
  } catch (error) {
    return asProblem(error)
  }
}

/** To a request that Node answers before it gets to us. */
function sendBare(response: ServerResponse, problem: ProblemError): void {
  const body = JSON.stringify(problem.toProblem())
  response
    .writeHead(problem.status, {
      ...SECURITY_HEADERS,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(body)
}

/** Fastify's own refusals (body too large, content type, broken JSON) carry a status; nothing else of theirs is told. */
function problemFor(error: unknown, request: FastifyRequest): ProblemError {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (error instanceof ProblemError || typeof status !== 'number' || status >= 500) return asProblem(error)
  const detail = (error as Error).message
  if (status === 413)
    return new ProblemError('request_too_large', `a body has at most ${BODY_LIMIT_BYTES} bytes`)
  if (status === 414) return new ProblemError('url_too_long', detail)
  if (status === 415)
    return new ProblemError(
      'unsupported_media_type',
      'the body is JSON, and the header says so: content-type: application/json',
    )
  // Files of the page: a path that climbs, or is none, names nothing.
  return status === 404 || status === 403 || request.routeOptions.url === '/*'
    ? nothingAt(pathOf(request))
    : new ProblemError('bad_request', detail)
}

const PATHS = endpoints.map(({ path }) => path)
const pathOf = (request: FastifyRequest): string => request.url.split('?')[0]!.slice(0, 100)
function nothingAt(path: string): ProblemError {
  const near = nearest(path.replace(/\/+$/, ''), PATHS)
  return new ProblemError(
    'not_found',
    `there is nothing at ${path}${near === undefined ? '' : `; did you mean ${near}?`}`,
  )
}
