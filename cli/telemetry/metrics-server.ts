/** A small port of its own for the probes and metrics of a process that serves nothing else. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandError } from '../args/exit.ts'
import { isLoopback } from '../args/public-address.ts'
import type { Metrics } from './registry.ts'

export interface MetricsServerOptions {
  readonly host: string
  /** 0 = a free one. */
  readonly port: number
  readonly metrics: Metrics
  /** Why the process is not ready; empty = ready. Must not throw. */
  readonly whyNotReady: () => Promise<string[]>
}

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** GET /metrics, /livez (the event loop turns), /readyz. Throws CommandError where the port cannot be had. */
export async function startMetricsServer({
  host,
  port,
  metrics,
  whyNotReady,
}: MetricsServerOptions): Promise<MetricsServer> {
  const answers: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/metrics': async (response) => send(response, 200, await metrics.text(), metrics.contentType),
    '/livez': async (response) => sendJson(response, 200, { status: 'ok' }),
    '/readyz': async (response) => {
      const why = await whyNotReady()
      sendJson(
        response,
        why.length === 0 ? 200 : 503,
        why.length === 0 ? { status: 'ok' } : { status: 'not ready', why },
      )
    },
  }
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 },
    (request, response) => {
      // A foreign name that somebody makes point here (DNS rebinding) reads nothing.
      if (isLoopback(host) && !isLoopback(nameOf(request.headers.host ?? host)))
        return sendJson(response, 421, { status: 'this port answers to loopback names' })
      const path = (request.url ?? '').split('?', 1)[0]!
      const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
      if (answer === undefined)
        return sendJson(response, 404, { status: 'not found', known: Object.keys(answers) })
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return sendJson(response, 405, { status: 'GET only' })
      answer(response).catch(() => sendJson(response, 500, { status: 'failed' }))
    },
  )
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CommandError(
          `metrics cannot be served on ${host}:${port}: ${error.code ?? error.message}; give another --metrics-port or --metrics-host`,
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** `Name:Port` to `name`, `[::1]:9464` to `::1`. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, `${JSON.stringify(body)}\n`, 'application/json')
}

function send(response: ServerResponse, status: number, body: string, type: string): void {
  if (response.headersSent || response.destroyed) return
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body)
}
