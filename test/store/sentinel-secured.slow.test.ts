/** A primary, its replica and a sentinel that all speak TLS and let in users with passwords only: the address finds the primary, and the other one after a failover. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readStoreSettings } from '../../cli/args/store-access.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { linkTo } from '../../store/topology/node-link.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { makeAuthority, RIGHTS } from '../harness/secured-store.ts'
import { tlsStore } from '../harness/store.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })
const patience = { timeout: 60_000, interval: 100 }
const PASSWORD = 'S3cret/Pw@1'
const SENTINEL_PASSWORD = 'S3ntinel:Pw'
const dir = mkdtempSync(join(tmpdir(), 'tidemark-sentinel-secured-'))
const children: ChildProcess[] = []
const ports: number[] = []
const { describe: group } = needs('openssl', 'store-tls')

const tls = (): string[] => [
  'port 0',
  'tls-replication yes',
  'tls-auth-clients no',
  `tls-cert-file ${join(dir, 'store.crt')}`,
  `tls-key-file ${join(dir, 'store.key')}`,
  `tls-ca-cert-file ${join(dir, 'ca.pem')}`,
]

async function start(name: string, lines: (port: number) => string[], ...flags: string[]): Promise<void> {
  const port = await freePort()
  const folder = join(dir, name)
  mkdirSync(folder)
  const file = join(folder, 'settings.conf')
  const all = [...tls(), `tls-port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines(port), '']
  writeFileSync(file, all.join('\n'))
  children.push(spawn(tlsStore()!.server, [file, ...flags], { stdio: 'ignore' }))
  ports.push(port)
}

const server = (name: string, primary: number | null): Promise<void> =>
  start(name, () => [
    'user default on >admin ~* &* +@all',
    `user app on >${PASSWORD} ${RIGHTS}`,
    'masterauth admin',
    'appendonly yes',
    'maxmemory-policy noeviction',
    'repl-diskless-sync-delay 0',
    ...(primary === null ? [] : [`replicaof 127.0.0.1 ${primary}`]),
  ])

/** As the command line has it; `password` of the sentinels. */
function open(password: string, said: string[] = []): Promise<Store> {
  const [ofStore, ofSentinels] = [join(dir, 'store.password'), join(dir, `${password.length}.password`)]
  writeFileSync(ofStore, `${PASSWORD}\n`)
  writeFileSync(ofSentinels, `${password}\n`)
  const settings = readStoreSettings(
    {
      store: `rediss+sentinel://app@127.0.0.1:${ports[2]}/main`,
      'store-password-file': ofStore,
      'store-ca': join(dir, 'ca.pem'),
      'store-login-every': '1s',
      'sentinel-user': 'watcher',
      'sentinel-password-file': ofSentinels,
    },
    {},
  )
  return openStore({ ...settings, log: (line) => said.push(line) })
}

group('all by TLS, users and passwords', () => {
  beforeAll(async () => {
    makeAuthority(dir)
    await server('one', null)
    await server('two', ports[0]!)
    await start(
      'sentinel',
      () => [
        'user default off',
        `user watcher on >${SENTINEL_PASSWORD} &* +@all`,
        `sentinel monitor main 127.0.0.1 ${ports[0]} 1`,
        'sentinel auth-pass main admin',
        'sentinel down-after-milliseconds main 1000',
        'sentinel failover-timeout main 4000',
      ],
      '--sentinel',
    )
  })
  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
    }
    rmSync(dir, { recursive: true, force: true })
  })

  test('the primary is found; where it is killed, the other one, with what it held', async () => {
    const store = await open(SENTINEL_PASSWORD)
    const ask = (...command: [string, ...string[]]): Promise<unknown> =>
      store.pipeline([command]).then(
        ([reply]) => String(reply),
        (error: { code: string }) => error.code,
      )
    await expect.poll(() => ask('SET', 'tm:{x}', 'kept'), patience).toBe('OK')
    expect((await store.info()).map(({ node }) => node)).toEqual([`127.0.0.1:${ports[0]}`])
    // Its replica has it, and the sentinel knows of the replica.
    await expect
      .poll(async () => /state=online,offset=[1-9]/.test((await store.info())[0]!.text), patience)
      .toBe(true)
    await expect
      .poll(() => readFileSync(join(dir, 'sentinel', 'settings.conf'), 'utf8'), patience)
      .toContain(`known-replica main 127.0.0.1 ${ports[1]}`)
    // A token of before is good for nobody any more, here and there.
    const ca = readFileSync(join(dir, 'ca.pem'), 'utf8')
    const links = ports
      .slice(0, 2)
      .map((port) => linkTo({ host: '127.0.0.1', port }, { password: () => 'admin', ca }, true))
    const everywhere = (...command: [string, ...string[]]): Promise<unknown[]> =>
      Promise.all(links.map((link) => link.ask(...command)))
    const logins = async (): Promise<number> =>
      Number(/cmdstat_auth:calls=(\d+)/.exec(String(await links[0]!.ask('INFO', 'commandstats')))?.[1] ?? 0)
    await everywhere('ACL', 'SETUSER', 'app', '>N3xt:Pw')
    writeFileSync(join(dir, 'store.password'), 'N3xt:Pw\n')
    const before = await logins()
    await expect.poll(logins, patience).toBeGreaterThan(before + 1)
    await everywhere('ACL', 'SETUSER', 'app', `<${PASSWORD}`)
    expect(await ask('GET', 'tm:{x}')).toBe('kept')
    children[0]!.kill('SIGKILL')
    await expect.poll(() => ask('SET', 'tm:{y}', 'new'), patience).toBe('OK')
    expect(String(await links[1]!.ask('ACL', 'LOG'))).not.toContain('auth')
    await links[1]!.ask('ACL', 'SETUSER', 'app', `>${PASSWORD}`)
    for (const link of links) link.close()
    expect(await ask('GET', 'tm:{x}')).toBe('kept')
    expect((await store.info()).map(({ node }) => node)).toEqual([`127.0.0.1:${ports[1]}`])
    await store.close()
  })

  test('a wrong password of the sentinels is said, without it', async () => {
    const said: string[] = []
    const store = await open('Wr0ng', said)
    await expect
      .poll(
        () => store.pipeline([['GET', 'tm:{x}']]).catch((error: { code: string }) => error.code),
        patience,
      )
      .toMatch(/^STORE_(ACCESS|UNREACHABLE)$/)
    await expect.poll(() => said.length, patience).toBeGreaterThan(0)
    expect(said.join('\n')).not.toMatch(/Wr0ng|S3/)
    await store.close()
  })
})
