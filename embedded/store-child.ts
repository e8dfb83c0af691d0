import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { realpath, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnusableDataFolder } from './data-folder.ts'
import { identityOf, isAlive, type ProcessIdentity } from './data-dir-lock.ts'
import { probeStore } from './store-probe.ts'
import { tlsSettings, type LocalTls } from './store-tls.ts'
import { durabilitySettings, type Durability } from '../store/durability.ts'

const PID_FILE = 'server.pid.json'
const PROBE_EVERY_MS = 50
/** What a server says of files that it cannot load. */
const OF_NEWER = /can't handle RDB format version/i
const NO_TLS = /connection type tls|TLS support|'?"?(?:--)?tls-port/i
const DAMAGED = /bad file format|short read|rdb file|append only file|checksum/i
/** From SIGTERM to SIGKILL: the time a server has to bring its file to the disk. */
const PATIENCE_MS = 10_000

export interface ChildOptions {
  readonly binary: string
  readonly port: number
  readonly dataDir: string
  readonly maxmemoryBytes: number
  /** What clients must say; null = nothing. Letters and digits. */
  readonly password?: string | null
  /** Absent: it speaks none. */
  readonly tls?: LocalTls | undefined
  /** What a crash may cost (`durable` without it). */
  readonly durability?: Durability
  /** More settings of the server, name and value: those of a cluster. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log: (line: string) => void
}

/** A server process from start to end. */
export interface StoreChild {
  readonly pid: number
  /** Resolves when the process is gone, to a few words about how. */
  readonly ended: Promise<string>
  /** SIGTERM, and SIGKILL if that takes more than ten seconds. */
  end(): Promise<void>
}

const flagsOf = ({
  port,
  dataDir,
  maxmemoryBytes,
  password,
  durability = 'durable',
  settings = {},
  tls,
}: ChildOptions): readonly string[] => [
  ...(password ? ['-'] : []), // then it reads more settings from its input: what stands here, everyone on the machine can read
  '--port',
  String(port),
  '--bind',
  '127.0.0.1',
  '--protected-mode',
  'yes',
  '--daemonize',
  'no',
  '--dir',
  dataDir,
  // Everything in the append-only file, nothing in snapshots; and never forget a key to make room: a full store must say so.
  '--appendonly',
  durabilitySettings[durability].appendonly,
  '--appendfsync',
  durabilitySettings[durability].appendfsync,
  '--save',
  '',
  '--maxmemory-policy',
  'noeviction',
  '--maxmemory',
  String(maxmemoryBytes),
  ...Object.entries({ ...settings, ...(tls && tlsSettings(tls, port)) }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]),
]

/** Starts a server and resolves when it serves. Rejects, with its last words, when it ends before that or is told to stop. */
export async function startChild(options: ChildOptions, stop: AbortSignal): Promise<StoreChild> {
  const server = spawn(options.binary, flagsOf(options), { stdio: ['pipe', 'pipe', 'pipe'] })
  server.stdin.on('error', () => {}) // it ended before it read them
  server.stdin.end(
    options.password ? `requirepass ${options.password}\nmasterauth ${options.password}\n` : '',
  )
  const lastWords: string[] = []
  for (const stream of [server.stdout, server.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return
      options.log(line)
      lastWords.push(line)
      if (lastWords.length > 3) lastWords.shift()
    })
  }
  const ended = endOf(server)
  const child = { pid: server.pid ?? -1, ended, end: () => endProcess(server, ended) }
  const endNow = (): void => void child.end()
  stop.addEventListener('abort', endNow)
  try {
    if (server.pid === undefined) throw new Error(`${options.binary} could not be started: ${await ended}`)
    await writeFile(
      join(options.dataDir, PID_FILE),
      JSON.stringify({ ...(await identityOf(server.pid)), port: options.port }),
    )
    if (await untilServing(options, ended)) return child
    const words = lastWords.join(' / ')
    const advice = whatToDo(words, options)
    throw new (advice === '' ? Error : UnusableDataFolder)(
      `${options.binary} ended before it served (${await ended}): ${words}${advice}`,
    )
  } catch (error) {
    await child.end()
    throw error
  } finally {
    stop.removeEventListener('abort', endNow)
  }
}

function whatToDo(words: string, { dataDir, tls }: ChildOptions): string {
  if (tls && NO_TLS.test(words))
    return '; this program was built without TLS (the Valkey that is fetched by itself is): name one that has it by --binary FILE; the packages of Debian, Ubuntu and Homebrew do'
  if (OF_NEWER.test(words))
    return `; ${dataDir} was written by a newer engine, or another family: start that one, an engine does not go back`
  return DAMAGED.test(words)
    ? `; ${dataDir} is damaged and the server cannot mend it: remove the folder and the log will fill a new one`
    : ''
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

/** Loading may take minutes: it is waited for as long as the process lives. False = it died. */
async function untilServing(
  { port, dataDir, password, tls }: ChildOptions,
  ended: Promise<string>,
): Promise<boolean> {
  const mine = await realpath(dataDir)
  const ca = tls ? readFileSync(tls.ca, 'utf8') : null
  const over = new AbortController()
  void ended.then(() => over.abort())
  while (!over.signal.aborted) {
    const probe = await probeStore(port, password, ca)
    if (probe.state === 'ready' && (await realpath(probe.dir).catch(() => '')) === mine) return true
    await sleep(PROBE_EVERY_MS)
  }
  return false
}

async function endProcess(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(force)
}

/** A supervisor that was killed leaves its server behind. It is ended before another takes the folder. */
export async function endOrphan(dataDir: string, log: (line: string) => void): Promise<void> {
  const path = join(dataDir, PID_FILE)
  const text = await readFile(path, 'utf8').catch(() => null)
  const orphan = text === null ? null : parse(text)
  if (orphan !== null && (await isAlive(orphan))) {
    if (orphan.startedAt === null)
      throw new Error(`process ${orphan.pid} may still serve ${dataDir}; stop it, or remove ${path}`)
    log(`the server of an earlier run still serves ${dataDir} (process ${orphan.pid}): ending it`)
    process.kill(orphan.pid, 'SIGTERM')
    const deadline = performance.now() + PATIENCE_MS
    while (await isAlive(orphan)) {
      if (performance.now() > deadline) process.kill(orphan.pid, 'SIGKILL')
      await sleep(PROBE_EVERY_MS)
    }
  }
  await rm(path, { force: true })
}

/** Of the process that the supervisor of a folder started last, whether it still runs or not; null = there is none. */
export async function lastStartOf(dataDir: string): Promise<number | null> {
  const text = await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => null)
  return (text === null ? null : parse(text))?.pid ?? null
}

/** The process that the supervisor of a folder started last, and its port where it was written down; null where it is gone. */
export async function serverOf(
  dataDir: string,
): Promise<{ readonly pid: number; readonly port: number | null } | null> {
  const text = await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => null)
  const found = text === null ? null : parse(text)
  if (found === null || !(await isAlive(found))) return null
  const { port } = JSON.parse(text!) as { port?: unknown }
  return { pid: found.pid, port: typeof port === 'number' ? port : null }
}

function parse(text: string): ProcessIdentity | null {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity>
    return typeof value.pid === 'number' ? { pid: value.pid, startedAt: value.startedAt ?? null } : null
  } catch {
    return null
  }
}
