/** The routes, made from the endpoints: each parses its query string strictly, answers, and lets a reader keep what it has. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { askOnce, type Waiting } from '../endpoints/ask.ts'
import { answerBatch } from '../endpoints/batch.ts'
import type { StateContext } from '../endpoints/endpoint.ts'
import { queryEndpoints, stateEndpoints, type SomeQueryEndpoint } from '../endpoints/list.ts'
import {
  changeLive as changeEndpoint,
  live as liveEndpoint,
  liveChangeSchema,
  query as batchEndpoint,
} from '../endpoints/several.ts'
import { readNoQuery } from '../language/query.ts'
import { checkParams } from '../language/params.ts'
import type { Live, LiveChange } from '../live/live.ts'
import { ProblemError } from '../problem.ts'
import type { BatchAnswer, Provenance, SeriesAnswer } from '../wire.ts'
import type { Gate } from './gate.ts'
import { etagOf, matches, STREAM_HEADERS } from './headers.ts'
import { addressOf, type Outstanding } from './outstanding.ts'
import { queryOf } from './query-string.ts'
import { Sender, valuesIn } from './send-answer.ts'

export interface RoutesOptions extends StateContext {
  readonly live: Live
  readonly outstanding: Outstanding
  readonly gate: Gate
}

export function addRoutes(app: FastifyInstance, options: RoutesOptions): void {
  const { service, live, outstanding, gate } = options
  const sender = new Sender(outstanding)
  const waitingOf = (request: FastifyRequest, reply: FastifyReply): Waiting => {
    let left: AbortController | null = null
    const leaves = (): void => {
      if (!reply.raw.writableFinished) left!.abort()
    }
    let isPatient = false
    const address = addressOf(request.ip) // others may wait for the same answer when this reader has gone
    return {
      turn: (work) => gate.run(address, work),
      get signal() {
        if (left === null) {
          left = new AbortController()
          if (reply.raw.closed) leaves()
          else reply.raw.once('close', leaves)
        }
        return left.signal
      },
      // Nothing moves on the connection while the log is read; that is no reader who does not read.
      patience: () => {
        // Several parts of one answer may be read from the log: the second time there is no limit left to put back.
        if (isPatient) return
        isPatient = true
        const idleMs = request.raw.socket.timeout ?? 0
        request.raw.socket.setTimeout(0)
        reply.raw.once('finish', () => request.raw.socket.setTimeout(idleMs))
      },
    }
  }

  const addQuery = (endpoint: SomeQueryEndpoint): void => {
    app.get(endpoint.path, async (request, reply) => {
      const { query, key, execute } = askOnce(service, endpoint, queryOf(request))
      const answer = await execute(waitingOf(request, reply))
      if (isKnown(request, reply, key, answer.meta)) return reply
      return sender.answer(request, reply, query, answer)
    })
  }
  for (const endpoint of queryEndpoints) addQuery(endpoint)

  for (const { path, read, caching, execute } of stateEndpoints)
    app.get(path, async (request, reply) => {
      const query = read(queryOf(request))
      if (caching !== null) void reply.header('cache-control', caching)
      return execute(options, query)
    })

  app.post(batchEndpoint.path, async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-store')
    const batch = await answerBatch(service, request.body, waitingOf(request, reply))
    return sender.json(request, reply, batch, pointsIn(batch))
  })

  app.get(liveEndpoint.path, { exposeHeadRoute: false }, (request, reply) => {
    const asked = live.accept(queryOf(request), addressOf(request.ip), lastEventIdOf(request))
    reply.hijack()
    request.raw.socket.setTimeout(0)
    request.raw.socket.setNoDelay(true)
    reply.raw.removeHeader('transfer-encoding') // the body ends with the connection: what is sent to many is the same bytes for all
    reply.raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...STREAM_HEADERS })
    reply.raw.write('retry: 1000\n\n')
    live.serve(reply.raw, asked)
  })

  app.post(changeEndpoint.path, async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-store')
    return { q: live.change(bodyOf(request.body)) }
  })
}

/** Throws bad_request. */
function bodyOf(body: unknown): LiveChange {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return checkParams(liveChangeSchema, body as Record<string, string[]>, ['stream', 'add', 'remove'])
  throw new ProblemError('bad_request', 'the body is not a JSON object', [
    { pointer: '', detail: '{"stream": "...", "add": [...], "remove": [...]}' },
  ])
}

const lastEventIdOf = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['last-event-id']
  return typeof id === 'string' ? id : undefined
}

const pointsIn = ({ answers }: BatchAnswer): number =>
  answers.reduce((sum, one) => sum + ('answer' in one ? valuesIn(one.answer) : 0), 0)

const etags = new WeakMap<Provenance, { readonly question: string; readonly etag: string }>()

/** Sets the ETag; true where the reader has this very answer, and 304 is the reply. */
function isKnown(request: FastifyRequest, reply: FastifyReply, question: string, meta: Provenance): boolean {
  const { fromMs, toMs, revisions } = meta as Provenance & Partial<SeriesAnswer['meta']>
  const range = fromMs === undefined || toMs === undefined ? [] : [fromMs, toMs]
  if (revisions !== undefined)
    range.push(revisions.sinceMs ?? 0, ...revisions.rows.map(({ asOfMs }) => asOfMs))
  // Whoever shares an answer shares its tag.
  const shared = etags.get(meta)
  const etag = shared?.question === question ? shared.etag : etagOf(question, meta, range)
  if (shared === undefined) etags.set(meta, { question, etag })
  void reply.header('etag', etag).header('cache-control', 'no-cache')
  if (!matches(request.headers['if-none-match'], etag)) return false
  void reply.code(304).send()
  return true
}
