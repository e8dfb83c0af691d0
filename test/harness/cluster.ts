/** A cluster of three masters without replicas, of the test's own: slots dealt out evenly, each server on a free port and stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { storeBinaries } from './store.ts'

const MASTERS = 3
const SLOTS = 16_384

export interface TestCluster {
  readonly ports: readonly number[]
  /** `redis+cluster://...` */
  readonly url: string
  /** One command to one master. */
  ask(master: number, command: string, ...args: (string | number)[]): Promise<unknown>
  stop(): Promise<void>
}

export async function startTestCluster(): Promise<TestCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-cluster-'))
  const ports: number[] = []
  const children: ChildProcess[] = []
  const clients: Redis[] = []
  for (let n = 0; n < MASTERS; n++) {
    const [port, bus] = [await freePort(), await freePort()]
    const home = join(dir, String(n))
    mkdirSync(home)
    const flags = [
      '--port',
      port,
      '--bind',
      '127.0.0.1',
      '--dir',
      home,
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-node-timeout',
      2000,
      '--cluster-port',
      bus,
      '--appendonly',
      'yes',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ]
    children.push(spawn(storeBinaries().server, flags.map(String), { stdio: 'ignore' }))
    ports.push(port)
    const client = new Redis(port, '127.0.0.1', { protocol: 2 })
    client.on('error', () => undefined) // it is asked until it is up
    clients.push(client)
    await client.ping()
    const next = Math.floor(((n + 1) * SLOTS) / MASTERS) - 1
    await client.call('CLUSTER', 'ADDSLOTSRANGE', Math.floor((n * SLOTS) / MASTERS), next)
    if (n > 0) await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const client of clients)
    while (!/cluster_state:ok[^]*cluster_known_nodes:3/.test(String(await client.call('CLUSTER', 'INFO'))))
      await sleep(50)
  return {
    ports,
    url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    ask: (master, command, ...args) => clients[master]!.call(command, ...args),
    async stop() {
      for (const client of clients) client.disconnect()
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const closed = once(child, 'close')
          child.kill('SIGTERM')
          await closed
        }),
      )
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
