/** What the collector refuses, and what it says when the log does not answer. */
import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import { LogError } from '../../log/errors.ts'
import { logged, broker, post, click, problem, sources } from './test-collector.ts'

describe('what is refused', () => {
  test('an unknown source, naming the known; unknown, absent and doubled parameters', async () => {
    expect(problem(await post(click(), { source: 'clocks' }), 404)).toContain('clicks, readings')
    for (const name of ['__proto__', 'constructor', '%00', ''])
      problem(await post(click(), { source: name }), 404)
    expect(problem(await post(click(), { query: '' }), 400)).toContain('source=NAME')
    expect(problem(await post(click(), { query: '?source=clicks&source=readings' }), 400)).toContain(
      'more than once',
    )
    expect(problem(await post(click(), { query: '?source=clicks&limit=1' }), 400)).toContain('"limit"')
  })

  test('other content types, unknown encodings, other letters', async () => {
    for (const type of [
      'application/xml',
      'multipart/form-data; boundary=x',
      'junk',
      'application/json-seq',
      '',
    ])
      expect(problem(await post(new Uint8Array([123, 125]), { type }), 415), type).toContain(
        'application/json',
      )
    for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'junk', '__proto__'])
      expect(
        problem(
          await post(gzipSync(JSON.stringify(click())), { headers: { 'content-encoding': encoding } }),
          415,
        ),
      ).toContain('gzip, deflate, br')
    expect(problem(await post(click(), { type: 'application/json; charset=latin1' }), 415)).toContain('UTF-8')
  })

  test('bodies that cannot be read', async () => {
    for (const body of ['', ' ', '{', 'null', '5', '"x"', '[]', 'not json', '{"a":1}{"b":2}'])
      problem(await post(body), 400)
    problem(await post(new Uint8Array([0x7b, 0xff, 0x7d])), 400)
    problem(await post('\n\n', { type: 'application/x-ndjson' }), 400)
    problem(await post('not json', { type: 'text/plain' }), 400)
  })

  test('too large, by bytes told or sent, and by items', async () => {
    expect(problem(await post(JSON.stringify([click({ path: 'x'.repeat(1_000_000) })])), 413)).toContain(
      '1000000 bytes',
    )
    let pieces = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        ++pieces > 4_000 ? controller.close() : controller.enqueue(new Uint8Array(65_536).fill(32)),
    })
    // The server hangs up on who goes on sending: either its answer is read in time, or the connection is gone.
    const answer = await post(endless).catch(() => null)
    if (answer !== null) problem(answer, 413)
    expect(pieces).toBeLessThan(4_000)
    expect(problem(await post(Array.from({ length: 5_001 }, () => ({}))), 413)).toContain('5001 events')
    expect(problem(await post('{}\n'.repeat(5_001), { type: 'text/plain' }), 413)).toContain('5001 events')
  })

  test('one event too large or too deep is a verdict of its own', async () => {
    const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
    const { body } = await post([
      click(),
      click({ path: 'x'.repeat(300_000) }),
      click({ a: deep(100) }),
      click({ a: deep(20) }),
    ])
    expect(body.items.map((item) => (item.status === 'accepted' ? 'accepted' : item.reason))).toEqual([
      'accepted',
      'record_too_large',
      'too_deep',
      'accepted',
    ])
    const abyss = await post(`{"type":"click","path":"/","x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`)
    expect(abyss.status).toBe(400)
  })
})

describe('when the log does not answer', () => {
  test('503 with Retry-After and an operator who is told; afterwards it goes on', async () => {
    const told = logged.length
    await broker.kill9()
    const answer = await post(click())
    problem(answer, 503)
    expect(answer.body.type).toBe('urn:tidemark:problem:log_unreachable')
    expect(answer.retryAfter).toBe('1')
    expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|ECONN|localhost/)
    expect(logged.length).toBeGreaterThan(told)
    // What is bad is told so without the log.
    expect((await post({})).status).toBe(400)
    await broker.restart()
    await expect.poll(async () => (await post(click())).status, { timeout: 15_000 }).toBe(202)
  })

  test.each([
    [new LogError('LOG_NOT_AUTHORIZED', 'user worker at 10.0.0.7'), 503, 'log_refused'],
    [new TypeError('10.0.0.7 is not iterable'), 500, 'internal'],
  ])('%s: a problem that says so, and no word of what lies behind', async (error, status, kind) => {
    const told: string[] = []
    const send = () => Promise.reject(error)
    const broken = Fastify()
    await broken.register(
      collector({ producer: { send, close: async () => {} }, sources, log: (line) => void told.push(line) }),
    )
    const answer = await broken.inject({ method: 'POST', url: '/v1/events?source=clicks', payload: click() })
    expect([answer.statusCode, answer.json<{ type: string }>().type]).toEqual([
      status,
      `urn:tidemark:problem:${kind}`,
    ])
    expect(answer.body).not.toContain('10.0.0.7')
    expect(told.join()).toContain('10.0.0.7')
    await broken.close()
  })
})
