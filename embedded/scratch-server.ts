/** A server for a while, of nobody else's: it reads a copy of a store, or stands empty, on a free port with a password of its own, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { probeStore } from './store-probe.ts'

const LOOK_EVERY_MS = 20
const LAST_WORDS = 2000
const RDB = 'copy.rdb'

export interface ScratchServer {
  readonly port: number
  readonly password: string
  stop(): Promise<void>
}

/** A folder that only this user can read, for what is not encrypted yet. */
export async function scratchFolder(): Promise<{
  readonly path: string
  readonly rdb: string
  remove(): Promise<void>
}> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-scratch-'))
  return { path, rdb: join(path, RDB), remove: () => rm(path, { recursive: true, force: true }) }
}

/** Reads the RDB of that folder, where there is one. Rejects with its last words where it does not start. */
export async function startScratchServer(
  binary: string,
  folder: string,
  databases: number,
): Promise<ScratchServer> {
  const port = await freePort()
  const password = randomBytes(16).toString('hex')
  const settings = `port ${port}
bind 127.0.0.1
protected-mode yes
daemonize no
dir "${folder}"
dbfilename ${RDB}
appendonly no
save ""
maxmemory-policy noeviction
databases ${databases}
requirepass ${password}
`
  const child = spawn(binary, ['-'], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(settings)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-LAST_WORDS)))
  let isOver = false
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message
      isOver = true
      resolve()
    })
    child.once('close', () => {
      isOver = true
      resolve()
    })
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async (): Promise<void> => {
    process.off('exit', kill)
    kill() // it holds nothing that is wanted
    await ended
  }
  while ((await probeStore(port, password)).state !== 'ready') {
    if (isOver) {
      process.off('exit', kill)
      throw new Error(`${binary} could not read the copy: ${said.trim().split('\n').slice(-3).join(' / ')}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  return { port, password, stop }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', listening)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
