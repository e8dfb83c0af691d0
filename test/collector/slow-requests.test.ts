import Fastify, { type FastifyInstance } from 'fastify'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import type { LogProducer, ProducerRecord } from '../../log/log.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'

/** Takes everything; the log is not what is tested here. */
const taken: ProducerRecord[] = []
const producer: LogProducer = {
  send: async (_topic, records) =>
    records.map((record, place) => ({ partition: 0, baseOffset: taken.push(record) - 1, places: [place] })),
  close: async () => {},
}
let app: FastifyInstance
let port: number
beforeAll(async () => {
  // Node takes the larger of requestTimeout and headersTimeout (60 s by default) for the whole request: both must be set.
  app = Fastify({ requestTimeout: 1_000, http: { headersTimeout: 1_000, connectionsCheckingInterval: 200 } })
  await app.register(collector({ producer, sources: readDefinition(shipped), log: () => {} }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = (app.server.address() as AddressInfo).port
})
afterAll(() => app.close())

const body = JSON.stringify({ type: 'click', path: '/', visitor: 'v' })
const head = (lengthOrChunked: string, type = 'application/json') =>
  `POST /v1/events?source=clicks HTTP/1.1\r\nHost: t\r\nContent-Type: ${type}\r\n${lengthOrChunked}\r\n`

/** Says this over a bare connection, piece by piece, and answers all that came back until the other side hung up. */
async function say(pieces: readonly string[], { everyMs = 0, hangUp = false } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  if (hangUp) socket.destroy()
  await closed
  return answer
}
const works = async () =>
  expect(
    (
      await fetch(`http://127.0.0.1:${port}/v1/events?source=clicks`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(202)

test('one byte at a time is cut off by the timeout, and takes nothing with it', async () => {
  const before = taken.length
  const answer = await say([head(`Content-Length: ${body.length}\r\n`), ...body], { everyMs: 100 })
  expect(answer).toMatch(/^HTTP\/1\.1 408 |^$/)
  expect(taken.length).toBe(before)
  await works()
})

test('a body longer or shorter than its Content-Length', async () => {
  const before = taken.length
  expect(await say([head(`Content-Length: ${body.length + 100}\r\n`), body])).toMatch(/^HTTP\/1\.1 408 |^$/)
  expect(
    await say([head(`Content-Length: ${body.length + 100}\r\n`), body], { hangUp: true, everyMs: 50 }),
  ).toBe('')
  expect(taken.length).toBe(before)
  // Cut short by its length, the text is no JSON; what follows is no request.
  expect(await say([head(`Content-Length: ${body.length - 5}\r\n`) + body])).toMatch(/^HTTP\/1\.1 400 /)
  expect(taken.length).toBe(before)
  await works()
})

test('lengths that are none, two at once, and chunks that never end or are none', async () => {
  for (const bad of [
    'Content-Length: -1\r\n',
    'Content-Length: 1e3\r\n',
    'Content-Length: 5\r\nContent-Length: 6\r\n',
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
  ])
    expect(await say([head(bad), body]), bad).toMatch(/^HTTP\/1\.1 400 /)
  expect(await say([head('Transfer-Encoding: chunked\r\n'), 'zz\r\n'])).toMatch(/^HTTP\/1\.1 400 /)
  const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
  expect(
    await say([head('Transfer-Encoding: chunked\r\n'), ...Array.from({ length: 60 }, () => chunk)], {
      everyMs: 1,
    }),
  ).toMatch(/^HTTP\/1\.1 413 |^$/)
  expect(await say([head('Content-Length: 99999999999\r\n')])).toMatch(/^HTTP\/1\.1 413 /)
  await works()
})

test('junk for a content type, a header without end', async () => {
  for (const type of [
    '\u0001',
    ';;;',
    `application/json${';a=b'.repeat(500)}`,
    'application/json, text/plain',
  ]) {
    const answer = await say([
      `${head(`Content-Length: ${body.length}\r\nConnection: close\r\n`, type)}${body}`,
    ])
    expect(answer, type.slice(0, 40)).toMatch(/^HTTP\/1\.1 (202|400|415) /)
  }
  expect(await say([`${head(`X-Long: ${'x'.repeat(20_000)}\r\nContent-Length: 2\r\n`)}{}`])).toMatch(
    /^HTTP\/1\.1 431 /,
  )
  await works()
})
