/** Who gets in, how much one client may take, how it starts and how it stops. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { run } from '../../cli/commands/store/endpoint.ts'
import { endpointMetrics } from '../../cli/telemetry/endpoint-metrics.ts'
import { openMetrics } from '../../cli/telemetry/registry.ts'
import { startTestEndpoint, type TestEndpoint } from '../harness/endpoint.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'
import { makeAuthority } from '../harness/secured-store.ts'
import { startTestStore, storeBeforeWaitaof } from '../harness/store.ts'
import { startTidemark } from '../harness/tidemark.ts'
import { plainClient } from './plain-client.ts'

const { describe, test } = needs('valkey')
const [PRIMARY, REPLICA] = [0, 1]

describe('the endpoint', () => {
  let store: ReplicatedStore
  let endpoint: TestEndpoint
  beforeAll(async () => {
    store = await startReplicatedStore()
    endpoint = await startTestEndpoint(store.url, {
      clientsMax: 2,
      bulkBytesMax: 2 ** 20,
      heldBytesMax: 2 ** 20,
    })
  })
  afterAll(async () => {
    await endpoint?.close(0)
    await store?.stop()
  })

  test('one client too many is told so; a place that is left is free again', async () => {
    const two = [await plainClient(endpoint.port), await plainClient(endpoint.port)]
    const third = await plainClient(endpoint.port)
    expect(await third.next(1)).toEqual(['-ERR max number of clients reached\r\n'])
    await third.closed
    for (const one of two) one.close()
    while (endpoint.counts.clients > 0) await sleep(5)
    const again = await plainClient(endpoint.port)
    again.send(['PING'])
    expect(await again.next(1)).toEqual(['+PONG\r\n'])
    again.close()
  })

  test('a value over the limit, and bytes that are no command, end the connection with a word', async () => {
    for (const bytes of [
      `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${2 ** 20 + 1}\r\n`,
      '*2\r\n$3\r\nGET\r\n:1\r\n',
      '*1\r\n+PING\r\n',
    ]) {
      const one = await plainClient(endpoint.port)
      one.raw(bytes)
      expect((await one.next(1))[0]).toMatch(/^-ERR Protocol error/)
      await one.closed
    }
  })

  test('answers that wait may not grow without limit: the writes among them are unknown', async () => {
    const one = await plainClient(endpoint.port)
    one.send(['SET', 'big', 'x'.repeat(700_000)])
    await one.next(1)
    one.send(['SET', 'small', '1'], ['GET', 'big'], ['GET', 'big'])
    const [set] = await one.next(1)
    expect(set).toMatch(/^-UNKNOWN .*larger than the endpoint may keep.*unknown, not lost/)
    await one.closed
  })

  test('who does not read is not read for: the engine keeps what it has to say', async () => {
    const one = await plainClient(endpoint.port)
    one.send(['SET', 'big', 'x'.repeat(1_000_000)])
    await one.next(1)
    one.socket.pause()
    const before = process.memoryUsage().rss
    for (let n = 0; n < 200; n++) one.send(['GET', 'big'])
    await sleep(500)
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 2 ** 20)
    one.socket.resume()
    expect(await one.next(200)).toHaveLength(200)
    one.close()
  })

  test('with TLS, and a certificate of the client where one is asked for', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-endpoint-tls-'))
    const { ca } = makeAuthority(dir)
    const [cert, key, authority] = ['store.crt', 'store.key', 'ca.pem'].map((name) =>
      readFileSync(join(dir, name), 'utf8'),
    )
    let pair = { cert: cert!, key: key! }
    const both = { ...pair, ca: authority! }
    const plain = await startTestEndpoint(store.url, { tls: () => pair })
    const mutual = await startTestEndpoint(store.url, { tls: () => both })
    try {
      for (const [port, own] of [
        [plain.port, {}],
        [mutual.port, { cert, key }],
      ] as const) {
        const socket = connectTls({ host: '127.0.0.1', port, ca: readFileSync(ca), ...own })
        const one = await plainClient(port, socket)
        one.send(['SET', 'tls', '1'], ['GET', 'tls'])
        expect(await one.next(2)).toEqual(['+OK\r\n', '$1\r\n1\r\n'])
        one.close()
      }
      const stranger = await plainClient(
        mutual.port,
        connectTls({ host: '127.0.0.1', port: mutual.port, ca: readFileSync(ca) }),
      )
      stranger.send(['PING'])
      await stranger.closed
      expect(stranger.pending).toBe(0)

      // Another certificate, of another authority: for whoever comes from now on.
      const to = (authorityFile: string) =>
        plainClient(
          plain.port,
          connectTls({ host: '127.0.0.1', port: plain.port, ca: readFileSync(authorityFile) }),
        )
      const before = await to(ca)
      before.send(['PING'])
      expect(await before.next(1)).toEqual(['+PONG\r\n'])
      const other = mkdtempSync(join(dir, 'other-'))
      const { ca: otherCa } = makeAuthority(other)
      pair = {
        cert: readFileSync(join(other, 'store.crt'), 'utf8'),
        key: readFileSync(join(other, 'store.key'), 'utf8'),
      }
      const after = await to(otherCa)
      for (const one of [before, after]) {
        one.send(['GET', 'tls'])
        expect(await one.next(1)).toEqual(['$1\r\n1\r\n'])
        one.close()
      }
    } finally {
      await plain.close(0)
      await mutual.close(0)
      rmSync(dir, { recursive: true, force: true })
    }
  })

  test('a drain finishes what is on its way, and lets go of who only waits', async () => {
    const own = await startTestEndpoint(store.url)
    const [writer, waiter, idle] = [
      await plainClient(own.port),
      await plainClient(own.port),
      await plainClient(own.port),
    ]
    waiter.send(['BLPOP', 'never', '0'])
    idle.send(['PING'])
    await idle.next(1)
    store.signal(REPLICA, 'SIGSTOP')
    writer.send(['SET', 'drained', '1'])
    while ((await store.ask(PRIMARY, 'GET', 'drained')) !== '1') await sleep(5)
    const closed = own.close(10_000)
    await Promise.all([waiter.closed, idle.closed])
    store.signal(REPLICA, 'SIGCONT')
    expect(await writer.next(1)).toEqual(['+OK\r\n'])
    await Promise.all([writer.closed, closed])
    await expect(plainClient(own.port)).rejects.toThrow(/ECONNREFUSED/)
  })

  test('an engine that is no primary any more: clients are let go', async () => {
    const own = await startTestEndpoint(store.url)
    const one = await plainClient(own.port)
    await store.ask(PRIMARY, 'REPLICAOF', '127.0.0.1', '1')
    await one.closed
    expect(own.said.join()).toMatch(/no primary any more/)
    await store.ask(PRIMARY, 'REPLICAOF', 'NO', 'ONE')
    await own.close(0)
  })

  test('the engine dies while a write waits, or speaks nonsense: unknown, and the connection ends', async () => {
    // An engine for one client: it takes the write, and what it says to the question is up to the test.
    for (const say of [null, '-ERR no such thing\r\n', '+OK\r\n', '*2\r\n:0\r\n:9\r\n', '@']) {
      const sockets: Socket[] = []
      const relay = createServer((socket) => {
        sockets.push(socket)
        const upstream = connectTo(store.ports[PRIMARY]!)
        sockets.push(upstream)
        socket
          .on('error', () => undefined)
          .on('data', (bytes: Buffer) => {
            if (bytes.includes('WAITAOF') && sockets.length > 4)
              return say === null ? socket.destroy() : void socket.write(say)
            upstream.write(bytes)
          })
        upstream.on('data', (bytes) => socket.write(bytes))
      })
      await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done))
      const own = await startTestEndpoint(`redis://127.0.0.1:${(relay.address() as AddressInfo).port}`, {
        waitMs: 200,
      })
      const one = await plainClient(own.port)
      one.send(['SET', 'a', '1'])
      expect((await one.next(1))[0]).toMatch(/^-UNKNOWN .*unknown, not lost/)
      one.close()
      await own.close(0)
      for (const socket of sockets) socket.destroy()
      relay.close()
    }
  })
})

describe('the command', () => {
  const code = (url: string, ...more: string[]): Promise<string | null> =>
    run(['--port', '0', '--store', url, ...more]).then(
      () => null,
      (error: { exitCode: number; message: string }) => `${error.exitCode} ${error.message}`,
    )

  needs('store-before-waitaof').test('refuses an engine from before WAITAOF', async () => {
    const old = await startTestStore({ binaries: storeBeforeWaitaof()! })
    try {
      expect(await code(old.url)).toMatch(/^78 .*WAITAOF.*Valkey 7\.2/)
    } finally {
      await old.stop()
    }
  })

  test('refuses an engine that cannot vouch for a write, in one sentence and with 78', {
    timeout: 120_000,
  }, async () => {
    const forgetful = await startReplicatedStore({ replicas: 0, appendonly: 'no' })
    const pair = await startReplicatedStore()
    try {
      expect(await code(forgetful.url)).toMatch(/^78 .*appendonly is off/)
      expect(await code(`redis://127.0.0.1:${pair.ports[REPLICA]}`)).toMatch(/^78 .*is a replica/)
      expect(await code('redis+cluster://127.0.0.1:1')).toMatch(/^78 .*one endpoint for each/)
      expect(await code('redis://127.0.0.1:1')).toMatch(/^1 .*did not answer/)
      expect(await code(pair.url, '--wait', '0')).toMatch(/^2 /)
      expect(await code(pair.url, '--tls-cert', '/nowhere')).toMatch(/^78 .*--tls-cert \/nowhere/)
      await pair.ask(PRIMARY, 'ACL', 'SETUSER', 'watch', 'on', '>pw', '+command', '+ping', '+info')
      expect(await code(`redis://watch:pw@127.0.0.1:${pair.ports[PRIMARY]}`)).toMatch(
        /^78 .*may not ask ROLE: give it \+command \+role/,
      )
    } finally {
      await forgetful.stop()
      await pair.stop()
    }
  })

  test('serves, tells its metrics and drains at SIGTERM', async () => {
    const pair = await startReplicatedStore()
    const running = startTidemark(['store', 'endpoint', '--port', '0', '--store', pair.url])
    try {
      await running.until('1 replica have it on disk')
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(running.said())![1])
      const one = await plainClient(port)
      one.send(['SET', 'a', '1'])
      expect(await one.next(1)).toEqual(['+OK\r\n'])
      expect(await running.stop()).toBe(0)
      await one.closed
    } finally {
      await running.stop()
      await pair.stop()
    }
  })

  test('metrics count what the endpoint counted', async () => {
    const pair = await startReplicatedStore()
    const own = await startTestEndpoint(pair.url)
    const metrics = openMetrics('test')
    endpointMetrics(metrics, own.counts, () => own.replicas)(0.001)
    const one = await plainClient(own.port)
    one.send(['SET', 'a', '1'], ['GET', 'a'], ['CLIENT', 'REPLY', 'OFF'])
    await one.next(3)
    await metrics.text()
    const text = await metrics.text()
    for (const row of [
      'clients 1',
      'replicas 1',
      'commands_total{kind="write"} 1',
      'commands_total{kind="refused"} 1',
      'writes_total{verdict="durable"} 1',
      'hold_seconds_count 1',
    ])
      expect(text).toContain(`tidemark_endpoint_${row}`)
    one.close()
    await own.close(0)
    await pair.stop()
  })
})
