/** For tests of names and origins: servers with names and origins as a test wants them. */
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { collector } from '../../../ingest/collector/collector.ts'
import type { LogProducer } from '../../../log/log.ts'
import { createServer, type ServerOptions } from '../../../query-api/http/server.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { testSource } from '../fill.ts'

/** HttpAccess are judged before any store is asked: this one would tell by failing. */
export const store = {
  call: refuse,
  pipeline: refuse,
  subscribe: refuse,
  info: refuse,
  scan: refuse,
  close: async () => {},
} as unknown as Store
export function refuse(): Promise<never> {
  return Promise.reject(new Error('the store was asked'))
}
export const sent: string[] = []
export const producer: LogProducer = {
  send: async (_, records) => {
    sent.push(...records.map(({ value }) => String(value)))
    return records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] }))
  },
  close: async () => {},
}
export const open: FastifyInstance[] = []
export async function serve(options: Partial<ServerOptions> = {}): Promise<FastifyInstance> {
  const app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    plugins: [collector({ producer, sources: [testSource('web')], log: () => {} })],
    ...options,
  })
  open.push(app)
  return app
}
export let app: FastifyInstance
beforeAll(async () => {
  app = await serve()
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => Promise.all(open.map((one) => one.close())))

export const kind = (response: { statusCode: number; body: string }): string =>
  `${response.statusCode} ${response.statusCode < 400 ? '' : (JSON.parse(response.body) as { type: string }).type.replace('urn:tidemark:problem:', '')}`.trim()
export const PATHS = [
  '/',
  '/livez',
  '/readyz',
  '/docs',
  '/v1/openapi.json',
  '/v1/status',
  '/v1/events?source=web',
  '/v1/live?q=events%3Fsource%3Dweb',
  '/v1/series?metric=web.events',
  '/nowhere',
  '/%E0%A4%A',
]

/** What a connection hears that sends exactly this. */
export const bare = (text: string, to = app): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(to.listeningOrigin).port), '127.0.0.1', () => socket.write(text))
    socket
      .setEncoding('utf8')
      .on('data', (more: string) => (answer += more))
      .on('close', () => resolve(answer))
    socket.on('error', () => undefined)
  })
