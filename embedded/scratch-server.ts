/** A server for a while, of nobody else's: it reads a copy of a store, or stands empty, on a free port with a password of its own, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { probeStore } from './store-probe.ts'

const LOOK_EVERY_MS = 20
const LAST_WORDS = 2000
const RDB = 'copy.rdb'
const FOLDER = 'tidemark-scratch-'
const DAY_MS = 86_400_000
/**
 * The server ends with whoever holds its input: by a word, or because that process is gone, and then what was not encrypted goes too, also where a terminal ends all of
 * them at once. It takes the processor that others leave: a rehearsal has time. $0 server, $1 settings, $2 folder.
 */
const KEPT_BY_ITS_INPUT = `
exec 3<&0
low=
command -v nice >/dev/null && low='nice -n 10'
$low "$0" "$1" 3<&- &
server=$!
( trap '' HUP INT TERM; read -r word <&3 || gone=1; kill -9 $server; [ -z "$gone" ] || rm -rf "$2" ) >/dev/null 2>&1 &
wait $server
`

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
  await removeLeft()
  const path = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`))
  return { path, rdb: join(path, RDB), remove: () => rm(path, { recursive: true, force: true }) }
}

/** Folders of processes that were killed. */
async function removeLeft(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${FOLDER}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(tmpdir(), name)
    // A process of another machine or container, whose number says nothing here, may still use it.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }))
    if (Date.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true }).catch(() => {}) // somebody else's
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
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
  const file = join(folder, 'settings.conf')
  await writeFile(file, settings, { mode: 0o600 })
  const child = spawn('/bin/sh', ['-c', KEPT_BY_ITS_INPUT, binary, file, folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
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
  const stop = async (): Promise<void> => {
    child.stdin.end('stop\n') // at once: it holds nothing that is wanted
    await ended
  }
  while ((await probeStore(port, password)).state !== 'ready') {
    if (isOver) {
      throw new Error(`${binary} could not read the copy: ${said.trim().split('\n').slice(-3).join(' / ')}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
  await rm(join(folder, RDB), { force: true }) // it is read, and not encrypted
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
