import { EventEmitter, once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { PointBudget } from '../../query-api/engine/budget.ts'
import { csvPieces, rowsPieces } from '../../query-api/http/format.ts'
import { Gate, GATE_LIMITS } from '../../query-api/http/gate.ts'
import { addressOf, Outstanding } from '../../query-api/http/outstanding.ts'
import { Readers } from '../../query-api/live/readers.ts'
import { createServer } from '../../query-api/http/server.ts'
import { bodyOf, jsonPieces } from '../../query-api/http/slices.ts'
import type { LiveError, LiveReset, BatchAnswer, Problem, SeriesAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { runProgram } from '../harness/tidemark.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { TestEventSource } from './event-source.ts'
import { Filler, testSource } from './fill.ts'

let server: TestStore
let store: Store
let app: FastifyInstance
let base: string
const open: { close(): void }[] = []
const NAMES = 500
/** The widest question there is: 500 names, 5,000 windows of which nearly all are empty. */
const wide = 'metric=wide.events&by=country&interval=15m&from=now-1249h&limit=500'

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  app = await createServer({ store, version: '0', pageDirectory: null })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
  const filler = new Filler(store, testSource('wide', { '1s': '45m', '15m': '14d', '1h': '90d' }), 2)
  await filler.open()
  const now = Date.now()
  for (let n = 0; n < NAMES; n += 50)
    await filler.land(
      (n / 50) % 2,
      Array.from({ length: 50 }, (_, at) => ({ ts: now - 1000, country: `p${n + at}` })),
      now,
    )
  for (const partition of [0, 1]) await filler.land(partition, [], now)
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})
afterAll(async () => {
  await app?.close()
  await store?.close()
  await server?.stop()
})

const problem = (body: string): Problem => JSON.parse(body) as Problem
const listen = (query: string): TestEventSource => {
  const source = new TestEventSource(`${base}/v1/live?q=${encodeURIComponent(query)}`)
  open.push(source)
  return source
}

const spentMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** The most that this process computed between two turns of its loop while `work` ran, what it cost in all, and how much memory it took. CPU time: what else the machine does is no matter. */
async function held<T>(
  work: () => Promise<T>,
): Promise<{ result: T; heldMs: number; cpuMs: number; grownBytes: number }> {
  globalThis.gc?.()
  const rss = process.memoryUsage.rss()
  let most = rss
  let heldMs = 0
  let last = process.cpuUsage()
  const timer = setInterval(() => {
    heldMs = Math.max(heldMs, spentMs(last))
    last = process.cpuUsage()
    most = Math.max(most, process.memoryUsage.rss())
  }, 5)
  const before = process.cpuUsage()
  const result = await work()
  const cpuMs = spentMs(before)
  clearInterval(timer)
  return { result, heldMs: Math.max(heldMs, spentMs(last)), cpuMs, grownBytes: most - rss }
}

/** Bytes of an answer, fetched by a process of its own: what the reader does is not what is measured. */
async function bytesRead(url: string): Promise<number> {
  const code =
    'fetch(process.argv[1]).then(async (r) => { let n = 0; for await (const part of r.body) n += part.length; console.log(n) })'
  return Number(await runProgram(process.execPath, ['-e', code, url]))
}

describe('an answer is bounded as a whole', () => {
  test.each(['columns', 'rows', 'csv'])(
    '500 names x 5,000 windows, compared, as %s: refused, with what would fit',
    async (format) => {
      const { result, cpuMs } = await held(() =>
        app.inject(`/v1/series?${wide}&compare=previous&format=${format}`),
      )
      expect(result.statusCode).toBe(422)
      expect(problem(result.body)).toMatchObject({
        type: 'urn:tidemark:problem:answer_too_large',
        detail: expect.stringMatching(
          /^500 series x 499\d points, and the 499\d before, are 49\d{5} values; at most 500000 are answered. Would fit: limit=50, a shorter range$/,
        ) as string,
        errors: [{ pointer: '/limit' }],
      })
      expect(cpuMs).toBeLessThan(1000)
    },
  )

  test('what it says would fit does fit', async () => {
    const fits = await app.inject(`/v1/series?${wide.replace('limit=500', 'limit=50')}&compare=previous`)
    expect(fits.statusCode).toBe(200)
    expect(fits.json<SeriesAnswer>().series).toHaveLength(50)
    const finer = await app.inject(
      '/v1/series?metric=wide.events&by=country&interval=1s&from=now-10m&compare=previous&limit=500',
    )
    expect(problem(finer.body).detail).toMatch(/Would fit: limit=41\d, interval=15m, a shorter range$/)
    expect(
      (
        await app.inject(
          '/v1/series?metric=wide.events&by=country&interval=15m&from=now-10m&compare=previous&limit=500',
        )
      ).statusCode,
    ).toBe(200)
  })

  test('auto goes on to an interval that fits', async () => {
    const { meta, series } = (
      await app.inject('/v1/series?metric=wide.events&by=country&from=now-14m&limit=500&compare=previous')
    ).json<SeriesAnswer>()
    expect([meta.interval, series.length]).toEqual(['15m', NAMES])
    expect(
      (
        await app.inject('/v1/series?metric=wide.events&by=country&from=now-14m&limit=50')
      ).json<SeriesAnswer>().meta.interval,
    ).toBe('1s')
  })

  test('the answers of one request together', async () => {
    const query = `series?${wide.replace('limit=500', 'limit=40')}`
    const response = await app.inject({
      method: 'POST',
      url: '/v1/query',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ queries: [query, query, query, 'series?metric=wide.events'] }),
    })
    const kinds = response
      .json<BatchAnswer>()
      .answers.map((one) =>
        'problem' in one ? one.problem.type.replace('urn:tidemark:problem:', '') : 'answer',
      )
    expect(kinds).toEqual(['answer', 'answer', 'answer_too_large', 'answer'])
  })

  test('long labels: rows and CSV are bounded in bytes, columns hold them once', async () => {
    const filler = new Filler(store, testSource('long', { '15m': '14d', '1h': '90d' }), 1)
    await filler.open()
    const now = Date.now()
    await filler.land(
      0,
      Array.from({ length: 60 }, (_, at) => ({
        ts: now - 1000,
        country: `${'"'.repeat(120)}${at}`,
        device: `${'"'.repeat(100)}${at}`,
      })),
      now,
    )
    await filler.land(0, [], now)
    const query = '/v1/series?metric=long.events&by=country,device&interval=15m&from=now-1249h&limit=60'
    for (const format of ['rows', 'csv'])
      expect(problem((await app.inject(`${query}&format=${format}`)).body)).toMatchObject({
        status: 422,
        type: 'urn:tidemark:problem:answer_too_large',
        detail: expect.stringMatching(/at most 32 MB are answered. Would fit: limit=\d+/) as string,
      })
    expect((await app.inject(query)).statusCode).toBe(200)
  })

  test('a live query is refused in its frame', async () => {
    const source = listen(`series?${wide}&compare=previous`)
    const { data } = await source.until(({ event }) => event === 'error')
    expect((data as LiveError).problem).toMatchObject({
      status: 422,
      type: 'urn:tidemark:problem:answer_too_large',
      detail: expect.stringContaining('at most 100000 are answered') as string,
    })
  })

  test.each(['columns', 'rows', 'csv'])(
    'three of the largest at once as %s: the loop turns, memory stays',
    { timeout: 60_000 },
    async (format) => {
      const url = `${base}/v1/series?${wide.replace('limit=500', 'limit=50')}&format=${format}`
      const read = (): Promise<number> => bytesRead(url)
      await read()
      const three = () => held(() => Promise.all([read(), read(), read()]))
      const first = await three()
      // Once more where it was too much: a collection of what came before falls into one of the two, not into both.
      const { result, heldMs, cpuMs, grownBytes } = first.heldMs < 100 ? first : await three()
      expect(result[0]).toBeGreaterThan(400_000)
      expect(new Set(result).size).toBe(1)
      expect(heldMs).toBeLessThan(100)
      expect(cpuMs).toBeLessThan(3000)
      expect(grownBytes).toBeLessThan(100 * 2 ** 20)
    },
  )
})

describe('points that answers share', () => {
  const size = (points: number) => ({
    series: 1,
    windows: points,
    ranges: 1,
    interval: { name: '1s', ms: 1000, keepMs: null },
    intervals: [],
  })
  test('each takes its own anew; what it lets go of is there for others', () => {
    const budget = new PointBudget(100)
    const [a, b] = [{}, {}]
    budget.take(a, size(60))
    budget.take(a, size(80))
    expect(() => budget.take(b, size(30))).toThrow(
      /at most 100 are answered; the answers before it in this request have 80/,
    )
    budget.take(b, size(20))
    budget.release(a)
    budget.take(b, size(100))
    expect(() => budget.take(a, size(1))).toThrow(/at most 100/)
  })
  test('live: half is for small ones', () => {
    const budget = new PointBudget(100_000, 40_000)
    budget.take({}, size(40_000))
    expect(() => budget.take({}, size(40_000))).toThrow(/live queries hold 40000 points/)
    for (let n = 0; n < 3; n++) budget.take({}, size(20_000))
    expect(() => budget.take({}, size(20_000))).toThrow(/live queries hold 100000 points/)
  })
})

describe('the same text in pieces', () => {
  const answer = (
    labels: Record<string, string | null>[],
    values: (number | null)[],
    compare: boolean,
  ): SeriesAnswer => ({
    timesMs: values.map((_, at) => at * 1000),
    series: labels.map((one) => ({ labels: one, values })),
    ...(compare && { previous: { shiftMs: 1000, values: labels.map(() => values) } }),
    meta: { metric: 'a.events', by: 'timeMs+x' } as SeriesAnswer['meta'],
  })
  const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))
  const labels = fc.uniqueArray(
    fc.record({ timeMs: fc.option(fc.string()), x: fc.option(fc.string({ unit: 'binary' })) }),
    { maxLength: 5, selector: (one) => JSON.stringify(one) },
  )

  test('JSON is what JSON.stringify says', async () => {
    const plain = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any')),
        fc.dictionary(fc.string(), fc.oneof(tie('any'), fc.constant(undefined))),
      ),
    })).any
    fc.assert(
      fc.property(plain, (one) => {
        expect([...jsonPieces(one)].join('')).toBe(JSON.stringify(one))
      }),
    )
    const long = {
      n: Array.from({ length: 5003 }, (_, at) => (at % 3 === 0 ? null : at)),
      of: [[1, 2], { x: [] }, {}],
      text: 'é'.repeat(100_000),
    }
    expect([...jsonPieces(long)].join('')).toBe(JSON.stringify(long))
    const parts: Buffer[] = []
    for await (const part of bodyOf(jsonPieces(long))) parts.push(part as Buffer)
    expect(Buffer.concat(parts).toString()).toBe(JSON.stringify(long))
    expect(parts.length).toBeGreaterThan(1)
  })
  test('rows are the labels, the time, the value and the one before', () => {
    fc.assert(
      fc.property(labels, fc.array(value, { maxLength: 500 }), fc.boolean(), (labels, values, compare) => {
        const whole = answer(labels, values, compare)
        const rows = labels.flatMap((one) =>
          values.map((of, at) => ({
            ...one,
            timeMs: at * 1000,
            'a.events': of,
            ...(compare && { previous: of }),
          })),
        )
        expect(JSON.parse([...rowsPieces(whole)].join(''))).toEqual(
          JSON.parse(JSON.stringify({ rows, meta: whole.meta })),
        )
      }),
    )
  })
  test('no cell of a CSV is run by a spreadsheet; numbers stay numbers; raw gives them as they came', () => {
    const begins = fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      '\t',
      '\r',
      '\n',
      '＝',
      '＋',
      '－',
      '＠',
      '',
      ' ',
      "'",
      '"',
    )
    const label = fc
      .tuple(begins, fc.string({ unit: fc.constantFrom(...'abc=+-@,"\r\n\t\' 1') }))
      .map(([first, rest]) => first + rest)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), value, (texts, of) => {
        const whole = answer(
          texts.map((x) => ({ timeMs: null, x })),
          [of],
          false,
        )
        const cells = (text: string): string[] =>
          parseCsv(text)
            .slice(1)
            .map((row) => row[2]!)
        const [safe, raw] = [[...csvPieces(whole)].join(''), [...csvPieces(whole, true)].join('')]
        expect(cells(raw)).toEqual(texts)
        for (const [at, cell] of cells(safe).entries())
          expect(cell).toBe(/^[=+\-@\t\r\n＝＋－＠]/.test(texts[at]!) ? `'${texts[at]}` : texts[at])
        for (const row of parseCsv(safe).slice(1)) expect(row[3]).toBe(of === null ? '' : String(of))
      }),
    )
  })
  /** RFC 4180, by hand. */
  function parseCsv(text: string): string[][] {
    const rows: string[][] = [['']]
    let inQuotes = false
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!
      const row = rows.at(-1)!
      if (inQuotes && char === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at]!
      else if (char === '"') inQuotes = !inQuotes
      else if (!inQuotes && char === ',') row.push('')
      else if (!inQuotes && char === '\r' && text[at + 1] === '\n') {
        rows.push([''])
        at++
      } else row[row.length - 1] += char
    }
    return rows.slice(0, -1)
  }
})

test('what waits to be read is bounded by address and in all; the oldest that nobody fetches gives way', () => {
  let nowMs = 0
  const outstanding = new Outstanding(() => nowMs)
  const cut: number[] = []
  const MB = 2 ** 20
  const response = (n: number) =>
    Object.assign(new EventEmitter(), { destroy: () => void cut.push(n) }) as unknown as ServerResponse
  const first = response(1)
  expect(outstanding.add('a', 20 * MB, first)).toBe(true)
  expect(outstanding.add('a', 20 * MB, response(2))).toBe(false) // too soon to say that it is not fetched
  expect(outstanding.add('b', 20 * MB, response(3))).toBe(true)
  expect(outstanding.add('c', 20 * MB, response(4))).toBe(true)
  expect(outstanding.add('d', 20 * MB, response(5))).toBe(false)
  nowMs = 3000
  expect(outstanding.add('b', 20 * MB, response(6))).toBe(true)
  expect(cut).toEqual([3]) // its own, though another is older
  expect(outstanding.add('d', 20 * MB, response(7))).toBe(true)
  expect(cut).toEqual([3, 1])
  expect(outstanding.add('e', 1000, response(8))).toBe(true)
  expect(outstanding.bytes).toBe(60 * MB)
})

test('an address is a host: IPv6 by its network, IPv4 however it is spelled', () => {
  expect(addressOf('::ffff:10.0.0.1')).toBe(addressOf('10.0.0.1'))
  expect(addressOf('2001:db8:1:2:3:4:5:6')).toBe(addressOf('2001:db8:1:2::9'))
  expect(addressOf('2001:db8:1:2::9')).not.toBe(addressOf('2001:db8:1:3::9'))
  expect(addressOf('2001:db8::1')).toBe(addressOf('2001:0db8:0:0:ffff::2'))
  expect(addressOf('::1')).toBe('0:0:0:0')
  expect(addressOf('fe80::1%eth0')).toBe(addressOf('fe80::2'))
})

test('a few questions at work at a time, the others in order; one address does not take every place in the line', async () => {
  const gate = new Gate()
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (address: string, name: string): Promise<string> =>
    gate.run(
      address,
      () =>
        new Promise((done) => {
          begun.push(name)
          ends.push(() => done(name))
        }),
    )
  const asked = Array.from({ length: GATE_LIMITS.running + GATE_LIMITS.waitingAnAddress }, (_, n) =>
    ask('a', `a${n}`),
  )
  await expect(ask('a', 'one too many')).rejects.toMatchObject({ kind: 'too_busy' })
  const other = ask('b', 'b')
  expect(begun).toHaveLength(GATE_LIMITS.running)
  for (let n = 0; n < asked.length + 1; n++) {
    await expect.poll(() => ends.length).toBeGreaterThan(n)
    ends[n]!()
  }
  expect(await Promise.all([...asked, other])).toEqual(begun)
  // What fails gives its place back.
  for (let n = 0; n < 20; n++)
    await expect(gate.run('a', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await gate.run('a', async () => 'well')).toBe('well')
})

describe('readers by address', () => {
  const key = (n: number): ReadonlySet<string> => new Set([`q${n}`])
  const fill = (
    readers: Readers<string>,
    address: string,
    count: number,
    keys: (n: number) => ReadonlySet<string>,
  ): void => {
    for (let n = 0; n < count; n++) {
      for (const ended of readers.makeRoom(address, keys(n))) readers.remove(ended)
      readers.add(`${address}${n}`, address, keys(n))
    }
  }
  test('one address keeps half; its own oldest gives way', () => {
    const readers = new Readers<string>()
    fill(readers, 'a', 600, () => key(0))
    expect(readers.count).toBe(250)
    expect([...readers.all()][0]).toBe('a350')
    fill(readers, 'b', 10, () => key(0))
    expect(readers.count).toBe(260)
  })
  test('one address looks at a hundred different queries', () => {
    const readers = new Readers<string>()
    fill(readers, 'a', 200, key)
    expect(readers.count).toBe(100)
    fill(readers, 'b', 50, (n) => key(1000 + n))
    expect(readers.count).toBe(150)
  })
  test('where all is taken, the address that holds most gives way; equals do not', () => {
    const readers = new Readers<string>()
    for (const address of ['a', 'b']) fill(readers, address, 250, () => key(0))
    fill(readers, 'c', 3, () => key(0))
    expect(readers.count).toBe(500)
    expect([...readers.all()].filter((one) => one.startsWith('c'))).toHaveLength(3)
    const even = new Readers<string>()
    for (let n = 0; n < 500; n++) even.add(`s${n}`, `address ${n}`, key(0))
    expect(() => even.makeRoom('another', key(0))).toThrow(/500 live streams/)
  })
})

test('behind a proxy that is named, an address is what the proxy says; from anybody else it is a header like any other', {
  timeout: 60_000,
}, async () => {
  const stop = new AbortController()
  const streams = async (
    to: FastifyInstance,
    from: string,
    first: number,
  ): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const queries = Array.from(
      { length: 32 },
      (_, n) => `q=${encodeURIComponent(`series?metric=wide.events&from=now-${first + n + 1}m`)}`,
    ).join('&')
    const response = await fetch(`${to.listeningOrigin}/v1/live?${queries}`, {
      headers: { 'x-forwarded-for': from },
      signal: stop.signal,
    })
    expect(response.status).toBe(200)
    return response.body!.getReader()
  }
  /** Whether a stream ends within a moment; what it says is read and thrown away. */
  const ends = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> => {
    const deadline = sleep(1500, 'goes on' as const)
    for (;;) {
      const next = await Promise.race([reader.read(), deadline])
      if (next === 'goes on') return false
      if (next.done) return true
    }
  }
  for (const trustedProxies of [['127.0.0.0/8'], []]) {
    const proxied = await createServer({ store, version: '0', pageDirectory: null, trustedProxies })
    await proxied.listen({ host: '127.0.0.1', port: 0 })
    const mine = await streams(proxied, '203.0.113.1', 0)
    for (let n = 1; n < 4; n++) await streams(proxied, '203.0.113.2', n * 32)
    // Four times 32 queries are more than one address may look at.
    expect(await ends(mine)).toBe(trustedProxies.length === 0)
    await proxied.close()
  }
  stop.abort()
})

test('values that a spreadsheet would run, over HTTP', async () => {
  const filler = new Filler(store, testSource('sheet', { '1m': '2d' }), 1)
  await filler.open()
  const now = Date.now()
  const values = [
    '=HYPERLINK("http://evil.example","open")',
    "+cmd|' /C calc'!A0",
    '@SUM(1+1)',
    '-2+3',
    '\t=1+1',
    'DE',
  ]
  await filler.land(
    0,
    values.map((country) => ({ ts: now - 1000, country, load: -2.5 })),
    now,
  )
  await filler.land(0, [], now)
  const safe = (
    await app.inject('/v1/series?metric=sheet.load&by=country&from=now-1h&interval=1m&format=csv')
  ).body
  for (const line of safe.split('\r\n').slice(1, -1)) expect(line.split('Z,')[1]).toMatch(/^"?('[=+@\t-]|DE)/)
  expect(safe).toContain(',DE,-2.5')
  const raw = (
    await app.inject('/v1/series?metric=sheet.load&by=country&from=now-1h&interval=1m&format=csv&raw=true')
  ).body
  expect(raw).toMatch(/,-2\+3,-2\.5\r\n/)
  expect((await app.inject('/v1/series?metric=sheet.load&raw=true')).statusCode).toBe(400)
})

describe('readers that do not read', () => {
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })
  /** Asks, reads the status, and nothing more. */
  async function stall(path: string): Promise<string> {
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    await once(socket, 'readable')
    return String(socket.read(12))
  }

  test('200 distinct live queries, or 500 streams, of one address: it has its page all the same', {
    timeout: 60_000,
  }, async () => {
    for (const query of [
      (n: number) => `series?metric=wide.events&from=now-${n + 1}m`,
      () => 'series?metric=wide.events&from=now-1m',
    ]) {
      for (let n = 0; n < (query(0) === query(1) ? 500 : 200); n++)
        expect(await stall(`/v1/live?q=${encodeURIComponent(query(n))}`)).toBe('HTTP/1.1 200')
      const page = listen('series?metric=wide.events&from=now-17m')
      await page.until(({ event }) => event === 'reset')
      for (const socket of sockets.splice(0)) socket.destroy()
      page.close()
    }
  })

  test('their bytes are one copy for all of a live query', { timeout: 60_000 }, async () => {
    const query = `series?${wide.replace('limit=500', 'limit=20')}`
    const first = listen(query)
    const { data } = await first.until(({ event }) => event === 'reset')
    expect((data as LiveReset).q).toBe(0)
    const bytes = JSON.stringify(data).length
    expect(bytes).toBeGreaterThan(400_000)
    const { grownBytes } = await held(async () => {
      for (let n = 0; n < 100; n++) await stall(`/v1/live?q=${encodeURIComponent(query)}`)
      await sleep(500)
    })
    // A copy for each would be 100 times as much, beside what their sockets hold.
    expect(grownBytes).toBeLessThan(100 * bytes * 0.6)
  })

  test('large answers that nobody fetches make room for one that is', { timeout: 60_000 }, async () => {
    const path = `/v1/series?${wide.replace('limit=500', 'limit=50')}`
    const waiting: IncomingMessage[] = []
    for (let n = 0; n < 24; n++) {
      const [response] = (await once(request(`${base}${path}`).end(), 'response')) as [IncomingMessage]
      response.on('error', () => undefined)
      expect([200, 503]).toContain(response.statusCode)
      waiting.push(response)
    }
    await expect
      .poll(async () => (await fetch(`${base}${path}`)).status, { timeout: 20_000, interval: 500 })
      .toBe(200)
    for (const one of waiting) one.destroy()
  })
})
