/** A server without the commands that a managed store refuses. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../store/connection/connection.ts'
import { freePort } from './ports.ts'
import { storeBinaries } from './store.ts'

/** What MemoryDB and ElastiCache refuse (of all the commands of an engine those that anybody here could come to ask for). */
const REFUSED =
  'CONFIG DEBUG BGREWRITEAOF BGSAVE SAVE SHUTDOWN REPLICAOF SLAVEOF SYNC PSYNC MIGRATE ACL MODULE'

export interface ManagedStore {
  readonly url: string
  stop(): Promise<void>
}

export async function startManagedStore(): Promise<ManagedStore> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-managed-'))
  const port = await freePort()
  const renamed = REFUSED.split(' ').flatMap((name) => ['--rename-command', name, ''])
  const server = spawn(
    storeBinaries().server,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...renamed],
    { stdio: 'ignore' },
  )
  const url = `redis://127.0.0.1:${port}`
  const store = await openStore({ url })
  while (
    !(await store.check().then(
      () => true,
      () => false,
    ))
  )
    await sleep(50)
  await store.close()
  return {
    url,
    async stop() {
      const closed = once(server, 'close')
      server.kill('SIGTERM')
      await closed
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
