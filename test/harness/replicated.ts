/** A primary and its replicas, of an engine that says what is on its disk; each on a free port, stopped by its pid. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { locate } from './needs.ts'
import { freePort } from './ports.ts'

export interface ReplicatedStore {
  /** Of all servers; the first begins as primary. */
  readonly ports: readonly number[]
  /** Of the first one. */
  readonly url: string
  /** One command to one server. */
  ask(server: number, command: string, ...args: (string | number)[]): Promise<unknown>
  /** Stops a server in its tracks, or lets it go on. */
  signal(server: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** Once the first one has so many replicas in sync. */
  synced(replicas: number): Promise<void>
  stop(): Promise<void>
}

export async function startReplicatedStore({
  replicas = 1,
  appendfsync = 'always',
  appendonly = 'yes',
  settings = [] as readonly string[],
} = {}): Promise<ReplicatedStore> {
  const binary = locate('valkey')!
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-replicated-'))
  const ports: number[] = []
  const children: ChildProcess[] = []
  const clients: Redis[] = []
  for (let n = 0; n <= replicas; n++) {
    const port = await freePort()
    const home = join(dir, String(n))
    mkdirSync(home)
    const flags = [
      '--port',
      port,
      '--bind',
      '127.0.0.1',
      '--dir',
      home,
      '--save',
      '',
      '--appendonly',
      appendonly,
    ]
    flags.push(
      '--appendfsync',
      appendfsync,
      '--repl-diskless-sync-delay',
      0,
      '--maxmemory-policy',
      'noeviction',
    )
    if (n > 0) flags.push('--replicaof', '127.0.0.1', ports[0]!)
    children.push(spawn(binary, [...flags.map(String), ...settings], { stdio: 'ignore' }))
    ports.push(port)
    const client = new Redis(port, '127.0.0.1', {
      protocol: 2,
      maxRetriesPerRequest: null,
      retryStrategy: () => 20,
    })
    client.on('error', () => undefined) // it is asked until it is up
    clients.push(client)
  }
  const synced = async (wanted: number): Promise<void> => {
    for (;;) {
      const role = (await clients[0]!.call('ROLE')) as [string, number, [string, string, string][]]
      if (role[2].filter(([, , offset]) => Number(offset) > 0).length === wanted) return
      await sleep(10)
    }
  }
  const store: ReplicatedStore = {
    ports,
    url: `redis://127.0.0.1:${ports[0]}`,
    ask: (server, command, ...args) => clients[server]!.call(command, ...args),
    signal: (server, signal) => void children[server]!.kill(signal),
    synced,
    async stop() {
      for (const client of clients) client.disconnect()
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const closed = once(child, 'close')
          child.kill('SIGKILL')
          await closed
        }),
      )
      rmSync(dir, { recursive: true, force: true })
    },
  }
  await synced(replicas)
  return store
}
