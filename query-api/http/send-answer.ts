/** An answer as it was asked to be written down; a long one in pieces, as its reader takes them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pointsOf } from '../engine/plan/budget.ts'
import type { AnyAnswer, AnyQuery } from '../endpoints/endpoint.ts'
import { ProblemError } from '../problem.ts'
import type { SeriesAnswer } from '../wire.ts'
import { bytesOf, KEPT_TEXT_POINTS } from './answer-text.ts'
import { csvPieces, linesPieces, rowLines, rowsPieces, tablePieces } from './format.ts'
import { tableName, tableOf, type RankedAnswer } from './table.ts'
import { addressOf, TOO_MUCH_UNREAD, type Outstanding } from './outstanding.ts'
import { bodyOf, jsonPieces } from './slices.ts'

/** Answers of more values are sent in pieces, as their reader takes them. */
const STREAMED_FROM_POINTS = 5000
/** What a value takes while it waits to become text. */
const BYTES_A_POINT = 16

const JSON_TEXT = 'application/json; charset=utf-8'
const LINES_TEXT = 'application/x-ndjson; charset=utf-8'

/** A file to be saved. */
const csv = (reply: FastifyReply, name: string): FastifyReply =>
  reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}.csv"`)

export class Sender {
  readonly #outstanding: Outstanding

  constructor(outstanding: Outstanding) {
    this.#outstanding = outstanding
  }

  /** In the format of its query. Throws too_busy, answer_too_large. */
  answer(request: FastifyRequest, reply: FastifyReply, query: AnyQuery, answer: AnyAnswer): FastifyReply {
    if ('timesMs' in answer) return this.#series(request, reply, query, answer as SeriesAnswer)
    const rows = 'rows' in answer ? (answer as AnyAnswer & { rows: readonly unknown[] }) : null
    const values = valuesIn(answer)
    if (query.format === 'csv') {
      const { raw } = query as AnyQuery & { raw?: boolean }
      const pieces = tablePieces(tableOf(answer as RankedAnswer), raw)
      return this.pieces(request, csv(reply, tableName(answer as RankedAnswer)), pieces, values)
    }
    if (query.format === 'ndjson' && rows !== null)
      return this.pieces(request, reply.type(LINES_TEXT), rowLines(rows), values)
    return this.pieces(request, reply.type(JSON_TEXT), jsonPieces(answer), values)
  }

  #series(
    request: FastifyRequest,
    reply: FastifyReply,
    query: AnyQuery & { raw?: boolean },
    answer: SeriesAnswer,
  ): FastifyReply {
    const points = sizeOf(answer)
    if (query.format === 'csv') {
      csv(reply, answer.meta.metric)
      return this.pieces(request, reply, csvPieces(answer, query.raw), points)
    }
    if (query.format === 'ndjson')
      return this.pieces(request, reply.type(LINES_TEXT), linesPieces(answer), points)
    void reply.type(JSON_TEXT)
    if (query.format === 'rows') return this.pieces(request, reply, rowsPieces(answer), points)
    const bytes = points <= KEPT_TEXT_POINTS ? bytesOf(answer) : null
    if (bytes === null) return this.pieces(request, reply, jsonPieces(answer), points)
    this.#hold(request, reply, bytes.length)
    return reply.send(bytes)
  }

  json(request: FastifyRequest, reply: FastifyReply, value: unknown, points: number): FastifyReply {
    return this.pieces(request, reply.type(JSON_TEXT), jsonPieces(value), points)
  }

  pieces(
    request: FastifyRequest,
    reply: FastifyReply,
    pieces: Iterable<string>,
    points: number,
  ): FastifyReply {
    if (points <= STREAMED_FROM_POINTS) return reply.send([...pieces].join(''))
    this.#hold(request, reply, points * BYTES_A_POINT)
    return reply.send(bodyOf(pieces))
  }

  #hold(request: FastifyRequest, reply: FastifyReply, bytes: number): void {
    if (!this.#outstanding.add(addressOf(request.ip), bytes, reply.raw))
      throw new ProblemError('too_busy', TOO_MUCH_UNREAD)
  }
}

/** How many numbers and texts an answer holds, about: those of a list are taken to be as its first. */
export function valuesIn(answer: AnyAnswer): number {
  return 'timesMs' in answer ? sizeOf(answer as SeriesAnswer) : valuesOf(answer)
}

function valuesOf(one: unknown): number {
  if (typeof one !== 'object' || one === null) return 1
  if (Array.isArray(one)) return one.length === 0 ? 0 : one.length * valuesOf(one[0])
  return Object.values(one).reduce((sum: number, part) => sum + valuesOf(part), 0)
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
