/** What an endpoint stands before, other than one plain primary: a primary that sentinels name, a node of a cluster, an engine behind TLS. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { Cluster } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { startTestEndpoint } from '../harness/endpoint.ts'
import { locate, needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { startReplicatedStore } from '../harness/replicated.ts'
import { makeAuthority, startSecuredStore } from '../harness/secured-store.ts'
import { plainClient } from './plain-client.ts'

const { test } = needs('valkey')
const { test: testTls } = needs('valkey', 'openssl')
const PATIENCE_MS = 60_000

/** One sentinel that decides alone. */
async function startSentinel(primaryPort: number): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-sentinel-'))
  const port = await freePort()
  const file = join(dir, 'sentinel.conf')
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor main 127.0.0.1 ${primaryPort} 1`,
      'sentinel down-after-milliseconds main 1000',
      'sentinel failover-timeout main 3000',
      '',
    ].join('\n'),
  )
  const child: ChildProcess = spawn(locate('valkey')!, [file, '--sentinel'], { stdio: 'ignore' })
  onTestFinished(async () => {
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    rmSync(dir, { recursive: true, force: true })
  })
  return port
}

test('a primary that sentinels name: a failover lets clients go, and the next one is led to the new primary', async () => {
  const store = await startReplicatedStore({ replicas: 2 })
  onTestFinished(() => store.stop())
  const sentinel = await startSentinel(store.ports[0]!)
  const asked = async (): Promise<string> => {
    const one = await plainClient(sentinel)
    one.send(['SENTINEL', 'MASTER', 'main'])
    const [text] = await one.next(1)
    one.close()
    return text!
  }
  // Before it knows the replicas it has nobody to promote.
  await expect.poll(asked, { timeout: PATIENCE_MS }).toMatch(/num-slaves\r\n\$1\r\n2/)
  const endpoint = await startTestEndpoint(`redis+sentinel://127.0.0.1:${sentinel}/main`, { replicas: 1 })
  onTestFinished(() => endpoint.close(0))
  const before = await plainClient(endpoint.port)
  before.send(['SET', 'kept', '1'])
  expect(await before.next(1)).toEqual(['+OK\r\n'])

  store.signal(0, 'SIGKILL')
  await before.closed
  const write = async (): Promise<string> => {
    const one = await plainClient(endpoint.port)
    one.send(['SET', 'after', '1'])
    const answer = await Promise.race([one.next(1).then(([text]) => text!), one.closed.then(() => 'let go')])
    one.close()
    return answer
  }
  await expect.poll(write, { timeout: PATIENCE_MS, interval: 200 }).toBe('+OK\r\n')
  const after = await plainClient(endpoint.port)
  after.send(['GET', 'kept'], ['ROLE'])
  const [kept, role] = await after.next(2)
  after.close()
  expect(kept).toBe('$1\r\n1\r\n')
  expect(role).toMatch(/^\*3\r\n\$6\r\nmaster/)
}, 180_000)

test('a node of a cluster: MOVED passes as it is, and a client that maps addresses writes through an endpoint each', async () => {
  const store = await startSecuredStore({ masters: 2, binary: locate('valkey')! })
  onTestFinished(() => store.stop())
  const endpoints = await Promise.all(
    store.ports.map((port) =>
      startTestEndpoint(`redis://127.0.0.1:${port}`, { access: { password: () => 'admin' } }),
    ),
  )
  onTestFinished(async () => void (await Promise.all(endpoints.map((one) => one.close(0)))))
  const one = await plainClient(endpoints[0]!.port)
  one.send(
    ['AUTH', 'admin'],
    ['CLUSTER', 'KEYSLOT', 'foo'],
    ['SET', 'foo', '1'],
    ['SET', 'bar', '1'],
    ['GET', 'bar'],
  )
  // foo is in slot 12182, of the second node; bar in 5061, of the first.
  expect(await one.next(5)).toEqual([
    '+OK\r\n',
    ':12182\r\n',
    `-MOVED 12182 127.0.0.1:${store.ports[1]}\r\n`,
    '+OK\r\n',
    '$1\r\n1\r\n',
  ])
  one.close()

  const natMap = Object.fromEntries(
    store.ports.map((port, at) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: endpoints[at]!.port }]),
  )
  const client = new Cluster([{ host: '127.0.0.1', port: endpoints[0]!.port }], {
    natMap,
    redisOptions: { password: 'admin', protocol: 2 },
  })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  const keys = Array.from({ length: 50 }, (_, n) => `key:${n}`)
  for (const key of keys) expect(await client.set(key, key)).toBe('OK')
  for (const key of keys) expect(await client.get(key)).toBe(key)
  for (const { counts } of endpoints) expect(counts.clients).toBeGreaterThan(0)
}, 120_000)

testTls(
  'an engine behind TLS: rediss:// with its authority, and refused without',
  async () => {
    const store = await startReplicatedStore()
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-upstream-tls-'))
    const { ca, stranger } = makeAuthority(dir)
    const sockets = new Set<Socket>()
    // The pinned engine speaks no TLS: what stands before it does, as at a managed store.
    const front = createTlsServer(
      { cert: readFileSync(join(dir, 'store.crt')), key: readFileSync(join(dir, 'store.key')) },
      (client) => {
        const engine = connectTcp(store.ports[0]!, '127.0.0.1')
        for (const socket of [client, engine]) {
          sockets.add(socket)
          socket.on('error', () => socket.destroy())
        }
        client.pipe(engine).pipe(client)
      },
    )
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy()
      front.close()
      await store.stop()
      rmSync(dir, { recursive: true, force: true })
    })
    const url = `rediss://127.0.0.1:${(front.address() as AddressInfo).port}`
    const endpoint = await startTestEndpoint(url, { access: { ca: readFileSync(ca, 'utf8') } })
    onTestFinished(() => endpoint.close(0))
    expect(endpoint.replicas).toBe(1)
    const one = await plainClient(endpoint.port)
    one.send(['SET', 'a', 'x'.repeat(100_000)], ['STRLEN', 'a'])
    expect(await one.next(2)).toEqual(['+OK\r\n', ':100000\r\n'])
    one.close()
    expect(await store.ask(1, 'STRLEN', 'a')).toBe(100_000)
    await expect(
      startTestEndpoint(url, { access: { ca: readFileSync(stranger, 'utf8') } }),
    ).rejects.toMatchObject({ code: 'STORE_TLS' })
  },
  60_000,
)
