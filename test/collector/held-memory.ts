/** For tests of large and odd bodies: a collector over a producer that keeps what it is given, and the memory a request holds. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import { type CollectAnswer } from '../../ingest/collector/verdicts.ts'
import type { LogProducer } from '../../log/log.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'

export const written: (Buffer | string)[] = []
export const sent = (at = 0): Record<string, unknown> =>
  JSON.parse(String(written[at])) as Record<string, unknown>
export const producer: LogProducer = {
  send: async (_, records) => {
    written.push(...records.map(({ value }) => value!))
    return records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] }))
  },
  close: async () => {},
}
export let app: FastifyInstance
export let url: string
beforeAll(async () => {
  app = Fastify()
  await app.register(collector({ producer, sources: readDefinition(shipped), log: () => {} }))
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events?source=clicks`
})
beforeEach(() => void written.splice(0))
afterAll(() => app.close())

export interface Answer extends CollectAnswer {
  status: number
  bytes: number
  detail: string
}
export async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
  more = '',
): Promise<Answer> {
  const asked = request(url + more, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  })
  asked.on('error', () => undefined)
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  const text = Buffer.concat(parts)
  return { ...(JSON.parse(String(text)) as Answer), status: response.statusCode!, bytes: text.length }
}
export const click = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({ type: 'page_view', path: '/', visitor: 'v', ...more })

/** The same once more where it was too much: a collection of what came before falls into one of the two, not into both. */
export async function heldMs(work: () => Promise<unknown>): Promise<number> {
  const first = await heldOnceMs(work)
  return first < 100 ? first : heldOnceMs(work)
}

/** The most CPU time between two turns of the loop while `work` ran: what else the machine does is no matter. */
export async function heldOnceMs(work: () => Promise<unknown>): Promise<number> {
  let most = 0
  let last = process.cpuUsage()
  const look = (): void => {
    const { user, system } = process.cpuUsage(last)
    most = Math.max(most, (user + system) / 1000)
    last = process.cpuUsage()
  }
  const timer = setInterval(look, 5)
  await work()
  clearInterval(timer)
  look()
  return most
}

/** Within 1,000,000 bytes and 5,000 events each; the last three fill the other content types. */
export const largest: [name: string, body: string, type: string, status: number][] = [
  [
    'nested',
    Array<string>(5000)
      .fill(`{"type":"t","path":"/p","visitor":"v","z":${'['.repeat(60)}${']'.repeat(60)}}`)
      .join('\n'),
    'application/x-ndjson',
    202,
  ],
  [
    'plain',
    Array.from({ length: 5000 }, (_, at) =>
      click({ path: `/p${at}`, visitor: `v${at}`, country: 'DE', device: 'd' }),
    ).join('\n'),
    'application/x-ndjson',
    202,
  ],
  [
    'objects',
    `{"type":"a","path":"/","visitor":"v","z":[${'{},'.repeat(320_000)}{}]}`,
    'application/x-ndjson',
    400,
  ],
  [
    'unparsable',
    Array<string>(5000)
      .fill(`{"a":${'x'.repeat(150)}`)
      .join('\n'),
    'application/x-ndjson',
    400,
  ],
  ['lists', `[${'[],'.repeat(330_000)}[]]`, 'application/json', 413],
  [
    'one object',
    `{"type":"a","path":"/","visitor":"v","z":[${'{},'.repeat(320_000)}{}]}`,
    'application/json',
    400,
  ],
  [
    'array',
    `[${Array<string>(5000)
      .fill(click({ z: '\\"]}'.repeat(20) }))
      .join(',')}]`,
    'text/plain',
    202,
  ],
  ['escapes', `{"a":"${'\\\\'.repeat(490_000)}"}`, 'application/json', 400],
  ['line breaks', '\n'.repeat(1_000_000), 'text/plain', 400],
  ['almost an array', `[${Array<string>(4999).fill(click()).join(',')},{]`, 'text/plain', 400],
]
