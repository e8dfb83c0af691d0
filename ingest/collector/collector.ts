import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { LogProducer } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { compileAdmission, type Admitted } from './admit.ts'
import { MEDIA_PATTERN, mediaTypeOf, mediaTypes, MOST_BODY_BYTES, type Item, type MediaType } from './body.ts'
import { clockErrorMs } from './clock.ts'
import { CollectError, RETRY_AFTER_SECONDS } from './errors.ts'
import type { RequestParts } from './fill.ts'
import { encodingOf, ENCODINGS, inflated } from './inflate.ts'
import { Judge } from './judge.ts'
import { answerOf, type Verdict } from './verdicts.ts'
import { writeAll } from './write.ts'

/** The log has this long to answer a request's records. */
const ANSWER_WITHIN_MS = 10_000

export interface CollectorOptions {
  producer: LogProducer
  sources: readonly Source[]
  /** One line for the operator about each request that failed by our fault. */
  log: (line: string) => void
  /** Default 10,000. */
  answerWithinMs?: number
}

interface Way {
  source: Source
  admit: (item: Item, arrivalMs: number, clockErrorMs: number, request: RequestParts) => Admitted
}

/**
 * `POST /v1/events?source=NAME`: events over HTTP into the log. 202 all taken, 207 some, 400 none; see docs/collector.md.
 * The server it is registered on must bound slow requests: fastify's `requestTimeout`.
 */
export function collector({
  producer,
  sources,
  log,
  answerWithinMs: withinMs = ANSWER_WITHIN_MS,
}: CollectorOptions): FastifyPluginAsync {
  const ways = new Map(
    sources.map((source): [string, Way] => [source.name, { source, admit: compileAdmission(source) }]),
  )

  const judge = new Judge()

  return async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      MEDIA_PATTERN,
      { parseAs: 'buffer', bodyLimit: MOST_BODY_BYTES },
      async (_request: FastifyRequest, body: Buffer) => body,
    )
    app.setErrorHandler((error: FastifyError | CollectError, _request, reply) => {
      const known = toCollectError(error)
      if (known.kind === 'internal') log(`collector: ${error.stack ?? error.message}`)
      return sendProblem(reply, known)
    })
    app.post('/v1/events', {
      bodyLimit: MOST_BODY_BYTES,
      // Before the body is read: what is refused anyway need not be sent.
      onRequest: async (request) => {
        checkCharset(request)
        encodingOf(request.headers['content-encoding'])
        wayOf(request, ways)
      },
      handler: async (request, reply) => {
        const { source, admit } = wayOf(request, ways)
        const arrivalMs = Date.now()
        const errorMs = clockErrorMs((request.query as Record<string, string>)['sentAt'], arrivalMs)
        const sent = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
        const body = await inflated(sent, encodingOf(request.headers['content-encoding']))
        const header = (name: string): string | undefined => {
          const value = request.headers[name]
          return Array.isArray(value) ? value[0] : value
        }
        const judged = await judge.all(body, typeOf(request), (item, at, of) =>
          admit(item, arrivalMs, errorMs, { header, at, of }),
        )
        const good = judged.filter((one) => 'value' in one)
        const written = await writeAll(producer, source.topic, good, withinMs)
        let next = 0
        const verdicts = judged.map((one): Verdict => {
          if ('reason' in one) return { status: 'rejected', reason: one.reason, detail: one.detail }
          const outcome = written[next++]!
          if ('error' in outcome)
            return {
              status: 'rejected',
              reason: outcome.error.code.toLowerCase(),
              detail: outcome.error.says,
            }
          return { status: 'accepted', ...outcome }
        })
        const answer = answerOf(verdicts, sent.length)
        const failure = written.find((one) => 'error' in one && one.error.code !== 'RECORD_TOO_LARGE')
        if (failure !== undefined && 'error' in failure) {
          const { error } = failure
          log(
            `collector: ${good.length - answer.accepted} of ${good.length} events not written: ${error.message}`,
          )
          if (answer.accepted === 0)
            throw error.retry
              ? new CollectError('log_unreachable', `${error.says}; send the request again`, error)
              : new CollectError('log_refused', error.says, error)
        }
        return reply.code(answer.rejected === 0 ? 202 : answer.accepted > 0 ? 207 : 400).send(answer)
      },
    })
  }
}

/** The source that a request names. Throws CollectError: unknown, absent or doubled parameters, unknown source. */
function wayOf(request: FastifyRequest, ways: ReadonlyMap<string, Way>): Way {
  const query = request.query as Record<string, string | string[]>
  const known = [...ways.keys()].join(', ')
  const stray = Object.keys(query).find((name) => name !== 'source' && name !== 'sentAt')
  if (stray !== undefined)
    throw new CollectError(
      'bad_request',
      `unknown parameter "${stray.slice(0, 80)}"; there are source and sentAt`,
    )
  if (Array.isArray(query['sentAt'])) throw new CollectError('bad_request', 'sentAt is given more than once')
  const name = Object.hasOwn(query, 'source') ? query['source'] : undefined
  if (name === undefined)
    throw new CollectError('bad_request', `say which source: /v1/events?source=NAME, with one of ${known}`)
  if (typeof name !== 'string') throw new CollectError('bad_request', 'source is given more than once')
  const way = ways.get(name)
  if (way === undefined) throw new CollectError('not_found', `"${name.slice(0, 80)}" is none of ${known}`)
  return way
}

/** Throws CollectError for letters other than UTF-8. */
function checkCharset(request: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    throw new CollectError('unsupported_media_type', `charset ${charset.slice(0, 40)}: send UTF-8`)
}

/** A request without a body needs no content type. */
function typeOf(request: FastifyRequest): MediaType {
  const found = mediaTypeOf(request.headers['content-type'] ?? '')
  if (found === null)
    throw new CollectError(
      'bad_request',
      'the body is empty; send an object, an array of objects, or one object a line',
    )
  return found
}

/** What fastify itself refuses, in our words. */
function toCollectError(error: FastifyError | CollectError): CollectError {
  if (error instanceof CollectError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new CollectError(
      'request_too_large',
      `the body is larger than ${MOST_BODY_BYTES} bytes; send several requests`,
    )
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new CollectError(
      'unsupported_media_type',
      `content-type is one of ${mediaTypes.join(', ')}; curl says another one unless told: -H 'content-type: application/json'`,
    )
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new CollectError('bad_request', error.message)
  return new CollectError(
    'internal',
    'the fault is ours; the operator finds its cause in the log of the server',
    error,
  )
}

function sendProblem(reply: FastifyReply, error: CollectError): FastifyReply {
  if (error.retry) reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  if (error.kind === 'unsupported_media_type') reply.header('accept-encoding', ENCODINGS)
  return reply.code(error.status).type('application/problem+json').send(error.toProblem())
}
