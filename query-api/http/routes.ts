/** The endpoints of the API. Each parses its query string strictly, answers, and lets a reader keep what it has. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { QueryService } from '../service/query-service.ts'
import { pointsOf } from '../engine/budget.ts'
import { catalogOf } from '../service/catalog.ts'
import { csvPieces, rowsPieces } from './format.ts'
import { etagOf, matches, STREAM_HEADERS } from './headers.ts'
import { Gate } from './gate.ts'
import type { Live } from '../live/live.ts'
import { answerBatch } from '../service/batch-query.ts'
import { addressOf, TOO_MUCH_UNREAD, type Outstanding } from './outstanding.ts'
import { ProblemError } from '../problem.ts'
import { readNoQuery } from '../language/query.ts'
import { bytesOf, KEPT_TEXT_POINTS } from './answer-text.ts'
import { bodyOf, jsonPieces } from './slices.ts'
import { readStatus } from '../service/status.ts'
import { StoreView, type ListBackups } from '../service/store.ts'
import type { Told } from '../service/told.ts'
import type { Provenance, SeriesAnswer } from '../wire.ts'

export interface RoutesOptions {
  readonly service: QueryService
  readonly live: Live
  readonly version: string
  readonly outstanding: Outstanding
  /** What callers are told of where things are. */
  readonly told: Told
  /** Null = this API knows no place of backups. */
  readonly listBackups: ListBackups | null
}

/** Answers of more values are sent in pieces, as their reader takes them. */
const STREAMED_FROM_POINTS = 5000
/** What a value takes while it waits to become text. */
const BYTES_A_POINT = 16

export function addRoutes(
  app: FastifyInstance,
  { service, live, version, outstanding, told, listBackups }: RoutesOptions,
): void {
  const gate = new Gate()
  const turnOf =
    ({ ip }: FastifyRequest) =>
    <T>(work: () => Promise<T>): Promise<T> =>
      gate.run(addressOf(ip), work)
  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    pieces: Iterable<string>,
    points: number,
  ): FastifyReply => {
    if (points <= STREAMED_FROM_POINTS) return reply.send([...pieces].join(''))
    if (!outstanding.add(addressOf(request.ip), points * BYTES_A_POINT, reply.raw))
      throw new ProblemError('too_busy', TOO_MUCH_UNREAD)
    return reply.send(bodyOf(pieces))
  }
  const { store, sources } = service

  app.get('/v1/series', async (request, reply) => {
    const { query, key, execute } = service.seriesOnce(queryOf(request))
    const answer = await execute(turnOf(request))
    if (isKnown(request, reply, key, answer.meta, [answer.meta.fromMs, answer.meta.toMs])) return reply
    const points = sizeOf(answer)
    if (query.format === 'csv') {
      void reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${answer.meta.metric}.csv"`)
      return send(request, reply, csvPieces(answer, query.raw), points)
    }
    void reply.type('application/json; charset=utf-8')
    if (query.format === 'rows') return send(request, reply, rowsPieces(answer), points)
    const bytes = points <= KEPT_TEXT_POINTS ? bytesOf(answer) : null
    if (bytes === null) return send(request, reply, jsonPieces(answer), points)
    if (!outstanding.add(addressOf(request.ip), bytes.length, reply.raw))
      throw new ProblemError('too_busy', TOO_MUCH_UNREAD)
    return reply.send(bytes)
  })

  app.get('/v1/top', async (request, reply) => {
    const { key, execute } = service.topOnce(queryOf(request))
    const answer = await execute(turnOf(request))
    return isKnown(request, reply, key, answer.meta, [answer.meta.fromMs, answer.meta.toMs]) ? reply : answer
  })

  app.get('/v1/entities', async (request, reply) => {
    const { key, execute } = service.entities(queryOf(request))
    const answer = await execute()
    return isKnown(request, reply, key, answer.meta) ? reply : answer
  })

  app.post('/v1/query', async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-store')
    const batch = await gate.run(addressOf(request.ip), () => answerBatch(service, request.body))
    const points = batch.answers.reduce(
      (sum, one) => sum + ('answer' in one && 'timesMs' in one.answer ? sizeOf(one.answer) : 0),
      0,
    )
    return send(request, reply.type('application/json; charset=utf-8'), jsonPieces(batch), points)
  })

  app.get('/v1/events', async (request, reply) => {
    const { key, execute } = service.tail(queryOf(request))
    const answer = await execute()
    return isKnown(request, reply, key, answer.meta) ? reply : answer
  })

  app.get('/v1/rejects', async (request, reply) => {
    const { key, execute } = service.rejects(queryOf(request))
    const answer = await execute()
    return isKnown(request, reply, key, answer.meta) ? reply : answer
  })

  app.get('/v1/status', async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-store')
    return readStatus(service, version, told)
  })

  const storeView = new StoreView(service, told, listBackups)
  app.get('/v1/store', async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-store')
    return storeView.read()
  })

  app.get('/v1/catalog', async (request, reply) => {
    readNoQuery(queryOf(request))
    void reply.header('cache-control', 'no-cache')
    return catalogOf(await sources.all())
  })

  app.get('/v1/live', { exposeHeadRoute: false }, (request, reply) => {
    const asked = live.accept(queryOf(request), addressOf(request.ip))
    reply.hijack()
    request.raw.socket.setTimeout(0)
    request.raw.socket.setNoDelay(true)
    reply.raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...STREAM_HEADERS })
    reply.raw.write('retry: 1000\n\n')
    live.serve(reply.raw, asked)
  })

  app.get('/livez', async () => ({ status: 'ok' }))

  app.get('/readyz', async () => {
    await store.pipeline([['EXISTS', 'tm:{readyz}']]) // any key will do: an answer is what counts
    return { status: 'ok' }
  })
}

/** What a series answer holds, with what it is compared with. */
function sizeOf({ timesMs, series, others, previous }: SeriesAnswer): number {
  return pointsOf({
    series: series.length,
    windows: timesMs.length,
    ranges: previous === undefined ? 1 : 2,
    hasOthers: others !== undefined,
    isBounded: series.some(({ least }) => least !== undefined),
  })
}

/** The query string as it came: our own parser refuses what others silently mend. */
export function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

/** Sets the ETag; true where the reader has this very answer, and 304 is the reply. */
function isKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  question: string,
  meta: Provenance,
  more: readonly number[] = [],
): boolean {
  const etag = etagOf(question, meta, more)
  void reply.header('etag', etag).header('cache-control', 'no-cache')
  if (!matches(request.headers['if-none-match'], etag)) return false
  void reply.code(304).send()
  return true
}
