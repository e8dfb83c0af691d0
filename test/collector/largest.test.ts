import { once } from 'node:events'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { request, type IncomingMessage } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linesOf, readItem, splitBody, type MediaType } from '../../ingest/collector/body.ts'
import { collector } from '../../ingest/collector/collector.ts'
import { CollectError } from '../../ingest/collector/errors.ts'
import { depthOf, splitList } from '../../ingest/collector/split.ts'
import { answerOf, type CollectAnswer, type Verdict } from '../../ingest/collector/verdicts.ts'
import type { LogProducer } from '../../log/log.ts'
import { readDefinition } from '../../model/definition-file.ts'
import { shipped } from '../../model/shipped.ts'

const written: (Buffer | string)[] = []
const sent = (at = 0): Record<string, unknown> => JSON.parse(String(written[at])) as Record<string, unknown>
const producer: LogProducer = {
  send: async (_, records) => {
    written.push(...records.map(({ value }) => value!))
    return records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] }))
  },
  close: async () => {},
}
let app: FastifyInstance
let url: string
beforeAll(async () => {
  app = Fastify()
  await app.register(collector({ producer, sources: readDefinition(shipped), log: () => {} }))
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events?source=clicks`
})
beforeEach(() => void written.splice(0))
afterAll(() => app.close())

interface Answer extends CollectAnswer {
  status: number
  bytes: number
  detail: string
}
async function post(body: string | Buffer, headers: Record<string, string> = {}, more = ''): Promise<Answer> {
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
const click = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({ type: 'page_view', path: '/', visitor: 'v', ...more })

/** The same once more where it was too much: a collection of what came before falls into one of the two, not into both. */
async function heldMs(work: () => Promise<unknown>): Promise<number> {
  const first = await heldOnceMs(work)
  return first < 100 ? first : heldOnceMs(work)
}

/** The most CPU time between two turns of the loop while `work` ran: what else the machine does is no matter. */
async function heldOnceMs(work: () => Promise<unknown>): Promise<number> {
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
const largest: [name: string, body: string, type: string, status: number][] = [
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

describe('the largest request', () => {
  test.each(largest)(
    '%s: its verdict, in turns of the loop; a refusal no longer than what was sent',
    { timeout: 60_000 },
    async (_, body, type, status) => {
      await post(body, { 'content-type': type })
      let answer: Answer | null = null
      const held = await heldMs(async () => (answer = await post(body, { 'content-type': type })))
      expect(answer!.status).toBe(status)
      if (status >= 400) expect(answer!.bytes).toBeLessThanOrEqual(Math.min(body.length, 50_000))
      expect(held).toBeLessThan(100)
    },
  )

  test('eight at once hold it no longer than one', { timeout: 60_000 }, async () => {
    const held = await heldMs(() =>
      Promise.all(Array.from({ length: 8 }, (_, n) => post(largest[n % 4]![1]))),
    )
    expect(held).toBeLessThan(100)
  })

  test('refusals are counted, and told as far as they fit', async () => {
    const { status, rejected, items, reasons, itemsLeftOut } = await post(
      Array<string>(5000).fill('{"type":1}').join('\n'),
    )
    expect({ status, rejected, reasons }).toEqual({
      status: 400,
      rejected: 5000,
      reasons: { wrong_type: 5000 },
    })
    expect(items.length + itemsLeftOut!).toBe(5000)
    expect(items.length).toBe(100)
    // Where something was taken, each event has its verdict, in order.
    const some = await post([click(), ...Array<string>(500).fill('{}')].join('\n'))
    expect(some).toMatchObject({ status: 207, accepted: 1, rejected: 500, reasons: { missing_field: 500 } })
    expect(some.items).toHaveLength(501)
    expect(some.items.at(-1)).toEqual({ status: 'rejected', reason: 'missing_field' })
    // Few are told whole, as ever.
    expect(await post('{}\n{}')).toMatchObject({
      items: [{ detail: expect.any(String) as string }, { detail: expect.any(String) as string }],
    })
  })

  test('an answer of refusals is never longer than the request, but for a short one', () => {
    const verdict = fc.record({
      status: fc.constant('rejected' as const),
      reason: fc.constantFrom('not_json', 'missing_field'),
      detail: fc.string({ maxLength: 300, unit: 'binary' }),
    })
    fc.assert(
      fc.property(
        fc.array(verdict, { minLength: 1, maxLength: 400 }),
        fc.nat(50_000),
        (verdicts: Verdict[], bytes) => {
          const answer = answerOf(verdicts, bytes)
          expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(Math.max(bytes, 4000))
          expect(answer.rejected).toBe(verdicts.length)
          expect(answer.items.length + (answer.itemsLeftOut ?? 0)).toBe(verdicts.length)
        },
      ),
    )
  })
})

describe('splitting is parsing', () => {
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  }
  /** What a body holds, or that it is refused. */
  function read(text: string, type: MediaType): unknown[] | 'refused' {
    try {
      const body = splitBody(text, type)
      let items = body.pieces.map(readItem)
      if (items.some((item) => 'unreadable' in item)) {
        if (body.unreadable === 'refuse') return 'refused'
        if (body.unreadable === 'lines') items = linesOf(text).pieces.map(readItem)
      }
      return items.map((item) => ('value' in item ? item.value : 'unreadable'))
    } catch (error) {
      if (error instanceof CollectError) return 'refused'
      throw error
    }
  }
  const json = fc.jsonValue({ maxDepth: 4 })
  const spaced = fc
    .tuple(json, fc.constantFrom(undefined, 1, '\t'))
    .map(([value, space]) => JSON.stringify(value, null, space))

  test('any list or object, whatever stands in its strings', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          spaced,
          fc.array(json).map((list) => ` ${JSON.stringify(list)}\n`),
        ),
        (text) => {
          const value = parse(text)
          const expected = Array.isArray(value)
            ? value.length === 0
              ? 'refused'
              : value
            : typeof value === 'object' && value !== null
              ? [value]
              : 'refused'
          expect(read(text, 'application/json')).toEqual(expected)
        },
      ),
    )
  })
  test('what is broken anywhere is refused, and what is not is not', () => {
    const broken = fc
      .tuple(
        fc.array(json, { minLength: 1 }),
        fc.nat(),
        fc.constantFrom('', '"', '[', ']', '{', '}', ',', '\\', ' ', 'x'),
      )
      .map(([list, at, put]) => {
        const text = JSON.stringify(list)
        const place = at % text.length
        return text.slice(0, place) + put + text.slice(place + 1)
      })
    fc.assert(
      fc.property(broken, (text) => {
        const value = parse(text)
        const isTaken =
          typeof value === 'object' && value !== null && (!Array.isArray(value) || value.length > 0)
        expect(read(text, 'application/json') !== 'refused', text).toBe(isTaken)
      }),
      { numRuns: 2000 },
    )
  })
  test('plain text: one document, else a line each', () => {
    expect(read('[{"a":1},\n{"a":2}]', 'text/plain')).toEqual([{ a: 1 }, { a: 2 }])
    expect(read('{"a":1}\n{"a":2}', 'text/plain')).toEqual([{ a: 1 }, { a: 2 }])
    expect(read('[1]\n{"a":2}\n\n{', 'text/plain')).toEqual([[1], { a: 2 }, 'unreadable'])
    expect(read('[{]', 'text/plain')).toBe('refused')
    expect(read('[{]\n[1', 'text/plain')).toEqual(['unreadable', 'unreadable'])
  })
  test('depth is that of the brackets, not of the letters', () => {
    expect(depthOf('{"a":"[[[[\\"[[","b":[{}]}')).toBe(3)
    expect(splitList('[{"a":[[]]},"[[[",{}]', 9)?.pieces.map(({ depth }) => depth)).toEqual([3, 0, 1])
    expect(depthOf('{}}')).toBeNull()
    expect(splitList('[1,2', 9)).toBeNull()
  })
})

describe('compressed bodies', () => {
  const quickBrotli = (bytes: Buffer): Buffer =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['x-gzip', gzipSync],
  ] as const)('%s is inflated', async (encoding, compress) => {
    const answer = await post(compress(Buffer.from(`${click({ path: '/packed' })}\n${click()}`)), {
      'content-encoding': encoding,
    })
    expect(answer).toMatchObject({ status: 202, accepted: 2 })
    expect(sent()).toMatchObject({ path: '/packed' })
  })
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', quickBrotli],
  ] as const)('a %s bomb ends at the limit', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(100_000_000))
    const before = process.cpuUsage()
    const answer = await post(bomb, { 'content-encoding': encoding })
    const { user, system } = process.cpuUsage(before)
    expect(answer.status).toBe(413)
    expect((user + system) / 1000).toBeLessThan(200) // inflating all of it takes several times as much
    expect(written).toEqual([])
  })
  test('exactly the limit is taken, one byte more is not; half of it, or junk, is no body', async () => {
    const filled = (bytes: number): Buffer =>
      gzipSync(Buffer.concat([Buffer.from(click()), Buffer.alloc(bytes - Buffer.byteLength(click()), '\n')]))
    expect((await post(filled(1_000_000), { 'content-encoding': 'gzip' })).status).toBe(202)
    expect((await post(filled(1_000_001), { 'content-encoding': 'gzip' })).status).toBe(413)
    expect((await post(gzipSync(click()).subarray(0, 20), { 'content-encoding': 'gzip' })).status).toBe(400)
    expect((await post('junk', { 'content-encoding': 'br' })).status).toBe(400)
  })
})

describe('a clock that is wrong', () => {
  const fast = 120_000
  test('two minutes fast: with sentAt it is counted, at the time that it was', async () => {
    const nowMs = Date.now()
    const body = `${click({ ts: nowMs + fast - 3000 })}\n${click({ ts: new Date(nowMs + fast - 50_000).toISOString() })}\n${click()}\n${click({ ts: 'soon' })}`
    expect(await post(body)).toMatchObject({
      status: 207,
      accepted: 1,
      items: [{ reason: 'future' }, { reason: 'future' }, { status: 'accepted' }, { reason: 'bad_time' }],
    })
    written.splice(0)
    expect(await post(body, {}, `&sentAt=${nowMs + fast}`)).toMatchObject({
      status: 207,
      accepted: 3,
      items: [{ status: 'accepted' }, { status: 'accepted' }, { status: 'accepted' }, { reason: 'bad_time' }],
    })
    const off = written.map(
      (_, at) => Date.parse(sent(at)['ts'] as string) - (nowMs - [3000, 50_000, 0][at]!),
    )
    for (const ms of off) expect(ms).toBeGreaterThanOrEqual(0)
    for (const ms of off) expect(ms).toBeLessThan(60_000)
    expect(off[0]).toBe(off[1])
  })
  test('hours slow, and years', async () => {
    for (const wrongMs of [-7_200_000, -86_400_000 * 400]) {
      written.splice(0)
      const nowMs = Date.now()
      expect(
        (await post(click({ ts: nowMs + wrongMs }), {}, `&sentAt=${new Date(nowMs + wrongMs).toISOString()}`))
          .status,
      ).toBe(202)
      expect(Math.abs(Date.parse(sent()['ts'] as string) - nowMs)).toBeLessThan(60_000)
    }
  })
  test('travel is no wrong clock; what is no time, or told twice, is refused', async () => {
    const ts = new Date(Date.now() - 1000).toISOString()
    expect((await post(click({ ts }), {}, `&sentAt=${Date.now() - 800}`)).status).toBe(202)
    expect(sent()).toMatchObject({ ts })
    for (const more of ['&sentAt=now', '&sentAt=', '&sentAt=1&sentAt=2', '&sentat=1'])
      expect((await post(click(), {}, more)).status).toBe(400)
  })
})
