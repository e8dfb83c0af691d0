/** Answers of facts that are long: in pieces for their readers, cut for models, and never more text than is allowed. */
import { Readable } from 'node:stream'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { askItself } from '../../../query-api/http/ask-itself.ts'
import { tablePieces } from '../../../query-api/http/format.ts'
import { Outstanding } from '../../../query-api/http/outstanding.ts'
import { Sender, valuesIn } from '../../../query-api/http/send-answer.ts'
import { tableOf } from '../../../query-api/http/table.ts'
import type { AnyAnswer, AnyQuery } from '../../../query-api/endpoints/endpoint.ts'
import type { RetentionAnswer, SessionsAnswer } from '../../../query-api/wire.ts'

const cohorts = (count: number): RetentionAnswer =>
  ({
    rows: Array.from({ length: count }, () => ({
      labels: { country: 'DE' },
      cohort: '2026-01-01',
      size: 5,
      back: [1, 2],
      share: [0.2, 0.4],
    })),
    meta: { by: 'country', retention: 'all', unit: 'day', periods: 2, source: 'web' },
  }) as unknown as RetentionAnswer

test.each(['json', 'ndjson', 'csv'])('many cohorts as %s are a stream, few a text', async (format) => {
  const app = fastify()
  onTestFinished(() => app.close())
  const sent: unknown[] = []
  app.addHook('onSend', async (_request, _reply, payload) => void sent.push(payload))
  const sender = new Sender(new Outstanding())
  const query = { source: 'web', limit: 10, format } as AnyQuery
  app.get('/:count', (request, reply) =>
    sender.answer(request, reply, query, cohorts(Number((request.params as { count: string }).count))),
  )
  const [few, many] = [await app.inject('/3'), await app.inject('/3000')]
  expect(sent.map((one) => typeof one)).toEqual(['string', 'object'])
  if (format === 'json') {
    expect(few.json()).toEqual(cohorts(3))
    expect(many.json()).toEqual(cohorts(3000))
  } else expect(many.body.split('\n')).toHaveLength(3002)
})

test('the values of an answer are about as many as it has', () => {
  expect(valuesIn(cohorts(1000) as unknown as AnyAnswer)).toBeGreaterThan(7000)
  expect(valuesIn(cohorts(1000) as unknown as AnyAnswer)).toBeLessThan(8000)
})

test('windows as csv, which repeat the name in each row, are refused before they are made', () => {
  const figures = { sessions: [], bounceRate: [], pagesASession: [], averageMs: [] }
  const answer = {
    windows: {
      timesMs: Array.from({ length: 2000 }, (_, at) => at),
      names: Array.from({ length: 100 }, () => ({ labels: { country: 'x'.repeat(200) }, ...figures })),
    },
    rows: [],
    meta: { by: 'country', source: 'web' },
  } as unknown as SessionsAnswer
  expect(() => tablePieces(tableOf(answer))).toThrow(/may take \d+ MB of text; at most 32 MB/)
  answer.windows!.names.length = 10
  expect([...tablePieces(tableOf(answer))]).toHaveLength(20_001)
})

test('of an answer without end a model gets the beginning, one question at a time; who is gone gets none', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  let [open, most] = [0, 0]
  app.get('/endless', (_, reply) => {
    most = Math.max(most, ++open)
    const body = new Readable({
      read: () => void body.push('x'.repeat(10_000)),
      destroy: (_error, done) => (open--, done(null)),
    }) // prettier-ignore
    return reply.send(body)
  })
  const raw = { closed: false }
  const ask = askItself(app, { ip: '::1' } as FastifyRequest, { raw } as FastifyReply, 1000)
  const told = await Promise.all([ask('/endless'), ask('/endless'), ask('/endless')])
  expect(told).toEqual(told.map(() => ({ status: 200, body: 'x'.repeat(1001) })))
  await expect.poll(() => open).toBe(0)
  expect(most).toBeLessThan(3) // the one before is being closed
  raw.closed = true
  await expect(ask('/endless')).rejects.toThrow('nobody waits')
})
