/** What waits to be read is bounded, by address and in all. */
import { EventEmitter, once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { Gate, GATE_LIMITS } from '../../../query-api/http/gate.ts'
import { addressOf, Outstanding } from '../../../query-api/http/outstanding.ts'
import { Readers } from '../../../query-api/live/readers.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { LiveReset } from '../../../query-api/wire.ts'
import { store, base, WIDE, listen, held } from '../http/wide-answers.ts'

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
  expect(addressOf(undefined)).toBe('') // of a reader who has left
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
    fill(readers, 'a', 1100, () => key(0))
    expect(readers.count).toBe(750)
    expect([...readers.all()][0]).toBe('a350')
    fill(readers, 'b', 10, () => key(0))
    expect(readers.count).toBe(760)
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
    for (const address of ['a', 'b']) fill(readers, address, 750, () => key(0))
    fill(readers, 'c', 3, () => key(0))
    expect(readers.count).toBe(1500)
    expect([...readers.all()].filter((one) => one.startsWith('c'))).toHaveLength(3)
    const even = new Readers<string>()
    for (let n = 0; n < 1500; n++) even.add(`s${n}`, `address ${n}`, key(0))
    expect(() => even.makeRoom('another', key(0))).toThrow(/1500 live streams/)
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

  test('200 distinct live queries, or 800 streams, of one address: it has its page all the same', {
    timeout: 60_000,
  }, async () => {
    for (const query of [
      (n: number) => `series?metric=wide.events&from=now-${n + 1}m`,
      () => 'series?metric=wide.events&from=now-1m',
    ]) {
      for (let n = 0; n < (query(0) === query(1) ? 800 : 200); n++)
        expect(await stall(`/v1/live?q=${encodeURIComponent(query(n))}`)).toBe('HTTP/1.1 200')
      const page = listen('series?metric=wide.events&from=now-17m')
      await page.until(({ event }) => event === 'reset')
      for (const socket of sockets.splice(0)) socket.destroy()
      page.close()
    }
  })

  test('their bytes are one copy for all of a live query', { timeout: 60_000 }, async () => {
    const query = `series?${WIDE.replace('limit=500', 'limit=19')}`
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
    const path = `/v1/series?${WIDE.replace('limit=500', 'limit=50')}`
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
