/** The part of the HTTP API of Prometheus that Grafana's data source and its alerts use. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { asProblem } from '../as-problem.ts'
import { textOf } from '../language/body.ts'
import { answerOne, observationsOf } from '../engine/rows/one-snapshot.ts'
import { PreparedRanges } from '../engine/series/range-series.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { QueryService } from '../service/query-service.ts'
import { provenanceOf } from '../sources/provenance.ts'
import { sourceStateOf } from '../sources/sources.ts'
import { instantData, rangeData, type Data } from './answers.ts'
import { Evaluation, type Engine, type Times } from './evaluate.ts'
import {
  labelsOf,
  metadataOf,
  namesFor,
  selectorsOf,
  seriesOf,
  sourcesFor,
  valuesOf,
  wantedOf,
} from './metadata.ts'
import { notesOn, type Notes } from './notes.ts'
import { limitParam, LOOK_BACK_MS, stepsParam, timeParam, type Params } from './params.ts'
import { parsePromQl } from './promql.ts'
import type { Value } from './vector.ts'

export interface PrometheusOptions {
  readonly service: QueryService
  readonly version: string
  /** Lets a computation wait for its turn. */
  readonly turn: <T>(request: FastifyRequest, work: () => Promise<T>) => Promise<T>
  /** Receives what failed and should not. */
  readonly report: (error: unknown) => void
}

const FORM = 'application/x-www-form-urlencoded'
const HOUR_MS = 3_600_000
const MOST_LISTED = 500
/** Prometheus whose API this is like: Grafana chooses by it how to ask for labels. */
const LIKE_VERSION = '2.55.0'

type Answer = Partial<Notes> & { readonly data: unknown }

export const prometheusApi =
  ({ service, version, turn, report }: PrometheusOptions): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers() // of JSON a query would silently not be read
    app.addContentTypeParser(FORM, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
      textOf(body, request.headers),
    )
    app.setErrorHandler((error, _, reply) => {
      const problem = problemOfForm(error)
      if (problem.status === 500) report(problem.cause ?? error)
      return refuse(reply, problem)
    })
    const answer = (
      paths: readonly string[],
      work: (params: Params, request: FastifyRequest) => Promise<Answer>,
    ) => {
      const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
        void reply.header('cache-control', 'no-store')
        return { status: 'success', ...(await work(paramsOf(request), request)) }
      }
      for (const path of paths)
        app.route({ method: ['GET', 'POST'], url: `/api/v1/${path}`, handler: handle })
    }
    const sources = async () => (await service.sources.all()).open.map(({ source }) => source)
    const compute = async (
      request: FastifyRequest,
      params: Params,
      times: Times,
      shown: (value: Value, stepsMs: readonly number[]) => Data,
    ): Promise<Answer> => {
      const expression = parsePromQl(params.get('query') ?? '')
      const evaluation = new Evaluation(engineOf(service), times)
      const value = await turn(request, () => evaluation.of(expression))
      return { data: shown(value, times.stepsMs), ...notesOn(evaluation.asked) }
    }

    answer(['query'], async (params, request) => {
      const stepsMs = [timeParam(params, 'time', service.now())]
      return compute(request, params, { stepsMs, stepMs: LOOK_BACK_MS }, instantData)
    })
    answer(['query_range'], async (params, request) =>
      compute(request, params, stepsParam(params), rangeData),
    )
    const chosen = async (params: Params) => {
      const known = await sources()
      const texts = params.getAll('match[]').filter((text) => text !== '')
      const selectors = texts.length === 0 ? null : selectorsOf(texts, known)
      return { selectors, asked: sourcesFor(known, selectors) }
    }
    answer(['labels'], async (params) => {
      const { asked } = await chosen(params)
      return { data: ['__name__', ...new Set(asked.flatMap(labelsOf).toSorted())] }
    })
    answer(['label/:name/values'], async (params, request) => {
      const { name } = request.params as { name: string }
      const { selectors, asked } = await chosen(params)
      const limit = limitParam(params, MOST_LISTED)
      if (name === '__name__') return { data: namesFor(asked, selectors).slice(0, limit) }
      const range = rangeOf(params, service.now())
      const lists = asked
        .filter((source) => labelsOf(source).includes(name))
        .flatMap((source) =>
          (selectors === null ? [[]] : wantedOf(source, selectors)).map((where) =>
            turn(request, () => valuesOf(service, source, name, range, limit, where)),
          ),
        )
      return { data: [...new Set((await Promise.all(lists)).flat())].toSorted().slice(0, limit) }
    })
    answer(['series'], async (params, request) => {
      const { selectors, asked } = await chosen(params)
      if (selectors === null) throw badParam('match[]', 'missing; a selector such as clicks:events')
      const range = rangeOf(params, service.now())
      const limit = limitParam(params, MOST_LISTED)
      return { data: await turn(request, () => seriesOf(service, asked, selectors, range, limit)) }
    })
    answer(['metadata'], async (params) => {
      const all = metadataOf(await sources())
      const only = params.get('metric') ?? ''
      const found = Object.entries(all).filter(([name]) => only === '' || name === only)
      return { data: Object.fromEntries(found.slice(0, limitParam(params, found.length))) }
    })
    answer(['status/buildinfo'], async () => ({
      data: {
        version: LIKE_VERSION,
        revision: version,
        branch: 'tidemark',
        goVersion: '',
        buildUser: '',
        buildDate: '',
      },
    }))
    answer(['rules'], async () => ({ data: { groups: [] } }))
    answer(['alerts'], async () => ({ data: { alerts: [] } }))
    answer(['query_exemplars'], async () => ({ data: [] }))
  }

function engineOf(service: QueryService): Engine {
  return {
    source: async (name) => (await service.sources.get(name)).source,
    asOfMs: async (name) => {
      const open = await service.sources.get(name)
      return provenanceOf(sourceStateOf(open, await observationsOf(open, service.now)), service.now()).asOfMs
    },
    ask: async (query) =>
      answerOne(await service.sources.get(query.source), new PreparedRanges(query), service.now),
  }
}

/** Grafana posts what may be long; what stands in the address counts too. */
function paramsOf(request: FastifyRequest): Params {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  const params = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  if (typeof request.body === 'string')
    for (const [name, value] of new URLSearchParams(request.body)) params.append(name, value)
  return params
}

function rangeOf(params: Params, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = timeParam(params, 'end', nowMs)
  return { fromMs: timeParam(params, 'start', toMs - HOUR_MS), toMs }
}

/** What the framework refuses before a handler is asked carries a status. */
function problemOfForm(error: unknown): ProblemError {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (status === 415)
    return new ProblemError('unsupported_media_type', `a POST is a form: content-type: ${FORM}`)
  if (status === 413) return new ProblemError('request_too_large', 'a form has at most 1 MB')
  return typeof status === 'number' && status >= 400 && status < 500 && !(error instanceof ProblemError)
    ? new ProblemError('bad_request', (error as Error).message)
    : asProblem(error)
}

/** Prometheus knows four kinds of failure. */
function refuse(reply: FastifyReply, problem: ProblemError): FastifyReply {
  const { status } = problem
  const kind =
    status === 503 ? 'unavailable' : status === 422 ? 'execution' : status >= 500 ? 'internal' : 'bad_data'
  if (problem.retry) void reply.header('retry-after', '1')
  return reply
    .code(status === 404 ? 400 : status)
    .type('application/json; charset=utf-8')
    .send({ status: 'error', errorType: kind, error: problem.message })
}
