/** The Model Context Protocol as its own client speaks it, over HTTP and over the pipes of the command. */
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterEach, describe, expect, test } from 'vitest'
import type { SeriesAnswer } from '../../../query-api/wire.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { app, clock, filled, store, T0 } from '../engine/filled-top.ts'
import type { Sent } from '../fill.ts'

const events: Sent[] = Array.from({ length: 60 }, (_, at) => ({
  ts: T0 - 60_000 + at * 1000,
  country: ['DE', 'FR', 'US'][at % 3]!,
}))

/** One for all: the list of sources is looked at every few seconds. */
let made: ReturnType<typeof filled> | null = null

const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})
async function connected(transport: Parameters<Client['connect']>[0]): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
  clients.push(client)
  return client
}
async function call(client: Client, name: string, input: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: input })
  const [first] = content as { type: string; text: string }[]
  return { isError: isError === true, answer: JSON.parse(first!.text) as never }
}
let url: Promise<string> | null = null
const address = (): Promise<string> => (url ??= app.listen({ host: '127.0.0.1', port: 0 }))

describe.each([
  ['over HTTP', async () => new StreamableHTTPClientTransport(new URL(`${await address()}/mcp`))],
  [
    'over pipes',
    async () =>
      new StdioClientTransport({
        command: process.execPath,
        args: [join(import.meta.dirname, '../../../dist/cli/main.js'), 'mcp', '--url', await address()],
        stderr: 'inherit',
      }),
  ],
] as const)('tools for a model, %s', (_, transport) => {
  test('are listed, ask the API, and give back its answer with all that it says of itself', {
    timeout: 60_000,
  }, async () => {
    clock.nowMs = T0
    const { source } = await (made ??= filled(events, T0))
    const client = await connected(await transport())
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'catalog',
      'series',
      'top',
      'sessions',
      'funnel',
      'retention',
      'journeys',
      'known_values',
      'entities',
      'events',
      'rejects',
      'status',
    ])
    const series = tools.find(({ name }) => name === 'series')!
    expect(series.inputSchema.required).toEqual(['metric'])
    expect(series.inputSchema.properties).toMatchObject({
      where: { type: 'array' },
      limit: { type: 'integer' },
    })
    expect(series.annotations?.readOnlyHint).toBe(true)
    expect(client.getInstructions()).toContain('null is not 0')

    const known = await call(client, 'catalog')
    expect(JSON.stringify(known.answer)).toContain(source.name)
    const asked = await call(client, 'series', {
      metric: `${source.name}.events`,
      by: 'country',
      where: ['country:is:DE,FR'],
      interval: '1m',
      from: T0 - 60_000,
      to: new Date(T0).toISOString(),
      limit: 1,
    })
    const { series: found, others, meta } = asked.answer as SeriesAnswer
    expect(found).toMatchObject([{ labels: { country: 'DE' }, values: [20] }])
    expect(others).toMatchObject({ count: 1, values: [20] })
    expect(meta).toMatchObject({ complete: 1, asOfMs: T0, from: 'cells', vector: { 0: 30, 1: 30 } })
  })

  test('give back what is wrong with a call, so that it can be asked better', async () => {
    const client = await connected(await transport())
    expect(await call(client, 'series', { metric: 'nowhere.events' })).toMatchObject({
      isError: true,
      answer: { type: 'urn:tidemark:problem:not_found' },
    })
    expect(await call(client, 'top', { metric: 'a.b', size: 4 })).toMatchObject({
      isError: true,
      answer: { type: 'urn:tidemark:problem:bad_request', detail: expect.stringContaining('size') },
    })
    await expect(client.callTool({ name: 'drop', arguments: {} })).rejects.toThrow(/drop/)
  })
})

describe('/mcp', () => {
  test('refuses what is no call, and a page of another origin', async () => {
    const post = async (payload: string, headers: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url: '/mcp',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        payload,
      })
    expect((await post('{"hello": 1}')).statusCode).toBe(400)
    expect((await post('{')).statusCode).toBe(400)
    expect((await app.inject({ url: '/mcp' })).statusCode).toBe(405)
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    expect((await post(ping)).statusCode).toBe(200)
    expect((await post(ping, { origin: 'https://elsewhere.example' })).statusCode).toBe(403)
  })
})

test('what a caller did wrong is one line of the log', async () => {
  const lines: string[] = []
  const own = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    log: (line) => lines.push(line),
  })
  for (const payload of ['[]', '{"hello": 1}', '5'])
    await own.inject({
      method: 'POST',
      url: '/mcp',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      payload,
    })
  await own.close()
  expect(lines).toHaveLength(3)
  for (const line of lines) expect(line).toMatch(/^api: mcp: Rejected inbound request .*$/)
})
