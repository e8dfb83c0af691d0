/** A cluster under our supervisor whose nodes speak TLS, to clients and to each other: made, changed, failed over, and nobody gets in without. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { serverOf } from '../../embedded/store-child.ts'
import { addressOf, readTopology, type LocalTopology } from '../../embedded/topology-file.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { readStatus } from '../../store/topology/status.ts'
import { locate, needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { makeAuthority, renewCertificate } from '../harness/secured-store.ts'
import { tlsStore } from '../harness/store.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
const patience = { timeout: 40_000, interval: 100 }
const dir = mkdtempSync(join(tmpdir(), 'tidemark-tls-cluster-'))
const data = join(dir, 'store')
const topology = (): LocalTopology => readTopology(data)!
let supervisor: RunningCommand
let authority: { ca: string; stranger: string }

const { describe: group } = needs('openssl', 'store-tls')

async function act(...args: string[]): Promise<{ code: number | null; said: string }> {
  const running = startTidemark(['store', ...args])
  return { code: await running.ended, said: running.said() }
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const password = readFileSync(join(data, 'password'), 'utf8').trim()
  const store = await openStore({
    url: addressOf(topology()),
    access: { password: () => password, ca: readFileSync(authority.ca, 'utf8') },
  })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Keys on many slots; `first` writes them, later calls find them again. */
const keep = (isFirst: boolean): Promise<void> =>
  withStore(async (store) => {
    for (let n = 0; n < 40; n++) {
      const key = `app:{${n}}`
      if (isFirst) await store.pipeline([['SET', key, `v${n}`]])
      expect(String(await store.pipeline([['GET', key]]))).toBe(`v${n}`)
    }
  })

/** What a peer hears that says hello: bytes, or that the connection was closed. */
const heard = (port: number, tls: ConnectionOptions | null): Promise<string> =>
  new Promise((resolve) => {
    const place = { host: '127.0.0.1', port }
    const socket = tls === null ? connectPlain(place) : connectTls({ ...place, ...tls })
    const done = (what: string): void => {
      socket.destroy()
      resolve(what)
    }
    socket.setTimeout(3000, () => done('nothing'))
    socket.on('data', (bytes: Buffer) => done(bytes.toString()))
    socket.on('close', () => done('closed'))
    socket.on('error', () => done('closed'))
    socket.once(tls === null ? 'connect' : 'secureConnect', () => socket.write('PING\r\n'))
  })

const wish = (name: string): string[] => [
  '--data',
  data,
  '--tls-cert',
  join(dir, `${name}.crt`),
  '--tls-key',
  join(dir, 'store.key'),
  '--tls-ca',
  authority.ca,
]

group('with certificates of our own authority', () => {
  beforeAll(async () => {
    authority = makeAuthority(dir)
    supervisor = startTidemark([
      'store',
      'create',
      ...wish('store'),
      '--port',
      String(await freePort()),
      '--shards',
      '2',
      '--zones',
      'a,b',
      '--max-memory-mb',
      '32',
      '--node-timeout-ms',
      '1000',
      '--replace-after',
      '0s',
      '--binary',
      tlsStore()!.server,
    ])
    await supervisor.until('store ready')
  })
  afterAll(async () => {
    await supervisor?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test('is one for clients with the authority and the password, and for nobody else', async () => {
    expect(supervisor.said()).toMatch(/store ready on rediss\+cluster:.*authority in .*ca\.pem/)
    await keep(true)
    const [{ port, busPort }] = topology().nodes as [LocalTopology['nodes'][number]]
    const ca = readFileSync(authority.ca)
    expect(await heard(port, null)).toBe('closed')
    expect(await heard(port, { ca: readFileSync(authority.stranger) })).toBe('closed')
    expect(await heard(port, { ca })).toMatch(/^-NOAUTH/)
    // The bus knows no password: there a peer must have a certificate of the same authority.
    expect(await heard(busPort, { ca })).toBe('closed')
    expect(await withStore(readStatus)).toMatchObject([
      { replicas: [{ isOnline: true }] },
      { replicas: [{ isOnline: true }] },
    ])
  })

  test('a shard more by a command that is killed midway and given again, a primary killed, a node replaced: every key is there', async () => {
    const cutOff = startTidemark(['store', 'scale', '--data', data, '--shards', '3'])
    await cutOff.until(' slots moved')
    process.kill(cutOff.pid, 'SIGKILL')
    expect(await cutOff.ended).toBe(null)
    await keep(false)
    const again = await act('scale', '--data', data, '--shards', '3')
    expect(again.said).not.toContain('is added')
    expect(again).toMatchObject({
      code: 0,
      said: expect.stringContaining('3 shards of 1 replicas') as string,
    })
    await keep(false)
    const victim = topology().nodes.find(({ isReplica }) => !isReplica)!
    const { pid } = (await serverOf(join(data, victim.name)))!
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => keep(false).then(() => 'all', String), patience).toBe('all')
    await expect
      .poll(
        async () =>
          (await withStore(readStatus)).every(({ replicas }) => replicas.every(({ isOnline }) => isOnline)),
        patience,
      )
      .toBe(true)
    expect(await act('replace', 'node-2', '--data', data)).toMatchObject({
      code: 0,
      said: expect.any(String) as string,
    })
    await keep(false)
  })

  test('users and their passwords: rotated on every node under an open connection, kept over a restart, given to a new node', async () => {
    const store = ['--store', addressOf(topology()), '--store-ca', authority.ca]
    const admin = ['--store-password-file', join(data, 'password'), '--passwords', join(dir, 'users')]
    const users = (...args: string[]) => act('users', '--role', 'app', '--apply', ...store, ...admin, ...args)
    const made = await users()
    expect(made).toMatchObject({ code: 0 })
    expect(made.said.match(/kept in its file of users/g)).toHaveLength(topology().nodes.length)
    const password = (): string => readFileSync(join(dir, 'users', 'app.password'), 'utf8').trim()
    const open = (): Promise<Store> =>
      openStore({
        url: addressOf(topology()),
        access: { user: 'app', password, ca: readFileSync(authority.ca, 'utf8'), renewMs: 300 },
      })
    const app = await open()
    const refused: string[] = []
    const over = new AbortController()
    const working = (async () => {
      for (let n = 0; n < 100_000 && !over.signal.aborted; n++) {
        await app
          .pipeline([['INCR', `app:{n${n % 50}}`]])
          .catch((error: Error) => refused.push(error.message))
        await sleep(5)
      }
    })()
    const first = password()
    expect(await users('--rotate')).toMatchObject({ code: 0 })
    expect(password()).not.toBe(first)
    await sleep(1000) // each connection logs in again within that
    expect(await users('--retire')).toMatchObject({ code: 0 })
    await sleep(500)
    over.abort()
    await working
    await app.close()
    expect(refused).toEqual([])

    expect(await act('replace', 'node-1', '--data', data)).toMatchObject({ code: 0 })
    for (const { name } of topology().nodes) {
      const { pid } = (await serverOf(join(data, name)))!
      process.kill(pid, 'SIGKILL')
      await expect.poll(async () => (await serverOf(join(data, name)))?.pid ?? pid, patience).not.toBe(pid)
    }
    const again = await open()
    const all = async (): Promise<string> => {
      for (let n = 0; n < 50; n++) await again.pipeline([['INCR', `app:{n${n}}`]])
      return 'all'
    }
    await expect.poll(() => all().catch(String), patience).toBe('all')
    await again.close()
  })

  test('a renewed certificate is taken up by every node that runs, and who is connected stays', async () => {
    const ca = readFileSync(authority.ca)
    const served = (port: number): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({ host: '127.0.0.1', port, ca }, () => {
          resolve(socket.getPeerCertificate().fingerprint256)
          socket.destroy()
        })
        socket.on('error', (error) => resolve(error.message))
      })
    const all = () => Promise.all(topology().nodes.map(({ port }) => served(port)))
    const before = await all()
    expect(new Set(before).size).toBe(1)
    await withStore(async (store) => {
      await store.pipeline([['SET', 'app:{0}', 'v0']])
      renewCertificate(dir)
      await expect.poll(async () => new Set([...(await all()), before[0]]).size, patience).toBe(2)
      await expect.poll(async () => (await all()).includes(before[0]!), patience).toBe(false)
      expect(String(await store.pipeline([['GET', 'app:{0}']]))).toBe('v0')
    })
    await keep(false)
  })

  test('files that do not belong together are said before anything begins', async () => {
    const strange = join(dir, 'other')
    const said = async (...args: string[]): Promise<string> => {
      const { code, said: text } = await act('create', '--data', strange, ...args)
      return `${code} ${text}`
    }
    const file = (name: string): string => join(dir, name)
    expect(await said('--tls-cert', file('store.crt'))).toMatch(/^2 .*--tls-key and --tls-ca is missing/s)
    expect(
      await said('--tls-cert', file('store.crt'), '--tls-key', file('ca.key'), '--tls-ca', authority.ca),
    ).toMatch(/^78 .*ca\.key is not the key of .*store\.crt/s)
    expect(
      await said(
        '--tls-cert',
        file('store.crt'),
        '--tls-key',
        file('store.key'),
        '--tls-ca',
        authority.stranger,
      ),
    ).toMatch(/^78 .*was not signed by the authority/s)
    expect(
      await said('--tls-cert', file('ca.pem'), '--tls-key', file('ca.key'), '--tls-ca', authority.ca),
    ).toMatch(/^78 .*is not for 127\.0\.0\.1/s)
  })
})

const { test: withValkey } = needs('openssl', 'valkey')
withValkey('the Valkey that is fetched by itself has no TLS, and that is said with what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-no-tls-'))
  try {
    const { ca } = makeAuthority(folder)
    const running = startTidemark([
      'store',
      'create',
      '--data',
      join(folder, 'store'),
      '--port',
      String(await freePort()),
      '--max-memory-mb',
      '32',
      '--tls-cert',
      join(folder, 'store.crt'),
      '--tls-key',
      join(folder, 'store.key'),
      '--tls-ca',
      ca,
      '--binary',
      locate('valkey')!,
    ])
    expect(await running.ended).toBe(1)
    expect(running.said()).toMatch(/was built without TLS .*--binary FILE/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
