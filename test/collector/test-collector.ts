/** For tests of the collector: one over the embedded broker, from import to the end of the test file. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import type { CollectAnswer } from '../../ingest/collector/verdicts.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import type { LogProducer } from '../../log/log.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'

export const sources = readDefinition(shipped)
export const decode = compileDecoder(sources.find(({ name }) => name === 'clicks')!)
export const PARTITIONS = 3
export const logged: string[] = []
export let broker: TestBroker
export let producer: LogProducer
export let app: FastifyInstance
export let url: string

beforeAll(async () => {
  broker = await startTestBroker()
  const config = { brokers: [broker.address], clientId: 'tidemark-test' }
  const admin = await openAdmin(config)
  for (const { topic } of sources) await admin.createTopic(topic, PARTITIONS)
  await admin.close()
  producer = await openProducer(config)
  app = Fastify()
  await app.register(
    collector({ producer, sources, log: (line) => void logged.push(line), answerWithinMs: 3_000 }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/events`
})
afterAll(async () => {
  await app.close()
  await producer.close()
  await broker.stop()
})

export interface Answer {
  status: number
  type: string | null
  retryAfter: string | null
  body: CollectAnswer & { type: string; title: string; status: number; detail: string }
}

export interface Sending {
  source?: string
  type?: string
  query?: string
  headers?: Record<string, string>
}

export async function post(
  body: string | Uint8Array | ReadableStream | unknown[] | Record<string, unknown>,
  { source = 'clicks', type = 'application/json', query = `?source=${source}`, headers = {} }: Sending = {},
): Promise<Answer> {
  const raw =
    typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
      ? body
      : JSON.stringify(body)
  const response = await fetch(url + query, {
    method: 'POST',
    body: raw,
    headers: { ...(type === '' ? {} : { 'content-type': type }), ...headers },
    ...(raw instanceof ReadableStream && { duplex: 'half' }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  }
}

export const click = (more: Record<string, unknown> = {}) => ({
  ts: new Date().toISOString(),
  type: 'page_view',
  path: '/',
  visitor: 'v1',
  ...more,
})
export const problem = (answer: Answer, status: number) => {
  expect(answer).toMatchObject({
    status,
    type: expect.stringContaining('application/problem+json') as string,
    body: { status, type: expect.stringMatching(/^urn:tidemark:problem:/) as string },
  })
  return answer.body.detail
}
