/** A store that lets nobody in unasked: passwords, a user with no more rights than docs/store.md names, TLS by an authority made here; one server or a cluster. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { storeBinaries, tlsStore } from './store.ts'

const SLOTS = 16_384

/** As docs/store.md has it: a test there says so. */
export const RIGHTS =
  '~tm:* &tm:* -@all +@connection +@read +@write +@pubsub +time +fcall +function|load +function|list +info +config|get +cluster|slots +cluster|shards +cluster|info'

export interface SecuredStore {
  readonly ports: readonly number[]
  /** Of the user `app`, who has {@link RIGHTS}. */
  readonly password: string
  readonly ca: string
  /** Of another authority. */
  readonly stranger: string
  /** `127.0.0.1:PORT`, with commas. */
  readonly nodes: string
  /** One command to one server, as its administrator. */
  ask(server: number, command: string, ...args: (string | number)[]): Promise<unknown>
  kill9(server: number): Promise<void>
  restart(server: number): Promise<void>
  stop(): Promise<void>
}

const opensslIn =
  (folder: string) =>
  (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

export function makeAuthority(folder: string): { ca: string; stranger: string } {
  const openssl = opensslIn(folder)
  for (const name of ['ca', 'stranger'])
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    )
  renewCertificate(folder)
  return { ca: join(folder, 'ca.pem'), stranger: join(folder, 'stranger.pem') }
}

/** Another certificate and key of the same authority, in the place of those before. */
export function renewCertificate(folder: string): void {
  const openssl = opensslIn(folder)
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=store',
    '-keyout',
    'store.key',
    '-out',
    'store.csr',
  )
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'store.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san',
    '-out',
    'store.crt',
  )
}

/** `masters` 0 = one server that is no cluster; `replicas` behind each master, which come last among the ports. */
export async function startSecuredStore({
  masters = 0,
  replicas = 0,
  tls = false,
  password = 'S3cret/Pw@1',
  binary = null as string | null,
} = {}): Promise<SecuredStore> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-secured-store-'))
  const { ca, stranger } = tls ? makeAuthority(dir) : { ca: '', stranger: '' }
  const files = ['store.crt', 'store.key', 'ca.pem'].map((name) => join(dir, name))
  const ports: number[] = []
  const starts: (() => ChildProcess)[] = []
  const children: ChildProcess[] = []
  const clients: Redis[] = []
  const count = Math.max(masters, 1) * (1 + replicas)
  for (let n = 0; n < count; n++) {
    const [port, bus] = [await freePort(), await freePort()]
    const home = join(dir, String(n))
    mkdirSync(home)
    const acl = join(home, 'users.acl')
    writeFileSync(acl, `user default on >admin ~* &* +@all\nuser app on >${password} ${RIGHTS}\n`)
    const flags = [
      '--bind',
      '127.0.0.1',
      '--dir',
      home,
      '--appendonly',
      'yes',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
      '--aclfile',
      acl,
      ...(tls
        ? [
            '--port',
            0,
            '--tls-port',
            port,
            '--tls-cert-file',
            files[0]!,
            '--tls-key-file',
            files[1]!,
            '--tls-ca-cert-file',
            files[2]!,
            '--tls-auth-clients',
            'no',
          ]
        : ['--port', port]),
      ...(masters > 0
        ? [
            '--cluster-enabled',
            'yes',
            '--cluster-config-file',
            'nodes.conf',
            '--cluster-node-timeout',
            2000,
            '--cluster-port',
            bus,
            '--cluster-require-full-coverage',
            'no',
            ...(tls ? ['--tls-cluster', 'yes', '--tls-replication', 'yes'] : []),
            ...(replicas > 0 ? ['--masterauth', 'admin', '--repl-diskless-sync-delay', 0] : []),
          ]
        : []),
    ]
    starts.push(() =>
      spawn(binary ?? (tls ? tlsStore()! : storeBinaries()).server, flags.map(String), { stdio: 'ignore' }),
    )
    children.push(starts[n]!())
    ports.push(port)
    const client = new Redis(port, '127.0.0.1', {
      protocol: 2,
      password: 'admin',
      maxRetriesPerRequest: null,
      ...(tls && { tls: { ca: readFileSync(ca) } }),
    })
    client.on('error', () => undefined) // it is asked until it is up
    clients.push(client)
    await client.ping()
    if (masters === 0) continue
    if (n < masters)
      await client.call(
        'CLUSTER',
        'ADDSLOTSRANGE',
        Math.floor((n * SLOTS) / masters),
        Math.floor(((n + 1) * SLOTS) / masters) - 1,
      )
    if (n > 0) await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  if (masters > 0)
    for (const client of clients)
      while (
        !new RegExp(`cluster_state:ok[^]*cluster_known_nodes:${count}\\b`).test(
          String(await client.call('CLUSTER', 'INFO')),
        )
      )
        await sleep(50)
  const following = masters === 0 ? [] : clients.slice(masters)
  await Promise.all(
    following.map((one, n) => follow(one, clients[n % masters]!, clients, ports[masters + n]!)),
  )
  const end = async (n: number, signal: NodeJS.Signals): Promise<void> => {
    const child = children[n]!
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
  return {
    ports,
    password,
    ca,
    stranger,
    nodes: ports.map((port) => `127.0.0.1:${port}`).join(','),
    ask: (server, command, ...args) => clients[server]!.call(command, ...args),
    kill9: (server) => end(server, 'SIGKILL'),
    async restart(server) {
      children[server] = starts[server]!()
      await clients[server]!.ping()
    },
    async stop() {
      for (const client of clients) client.disconnect()
      await Promise.all(children.map((_, n) => end(n, 'SIGTERM')))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Until it keeps up, and everybody knows of it. */
async function follow(replica: Redis, master: Redis, all: readonly Redis[], port: number): Promise<void> {
  await replica.call('CLUSTER', 'REPLICATE', String(await master.call('CLUSTER', 'MYID')))
  while (!/master_link_status:up/.test(await replica.info('replication'))) await sleep(50)
  for (const client of all)
    while (!JSON.stringify(await client.call('CLUSTER', 'SLOTS')).includes(String(port))) await sleep(50)
}
