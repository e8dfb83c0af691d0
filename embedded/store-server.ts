import { resolve } from 'node:path'
import { mendAof } from './aof-check.ts'
import { inDataFolder } from './data-folder.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { readEngine } from './engine-file.ts'
import { keepPassword, passwordFileOf } from './store-secret.ts'
import type { Durability } from '../store/durability.ts'
import { freePort } from './free-port.ts'
import { keepUsersFile, usersFileOf } from './users-file.ts'
import { endOrphan, startChild, type StoreChild } from './store-child.ts'
import type { LocalTls } from './store-tls.ts'

export { companionOf, findStoreBinaries, type StoreBinaries } from './store-binaries.ts'
export { passwordFileOf } from './store-secret.ts'

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 10_000
/** Up for this long, a server has proved itself: its next fall starts at the first delay again. */
const PROVEN_MS = 60_000

export interface StoreServerOptions {
  readonly binary: string
  /** The tool that mends a torn append-only file before each start; null = none, and the log says so. */
  readonly checkAofBinary: string | null
  /** 0 = a free one, kept over restarts. */
  readonly port: number
  readonly dataDir: string
  readonly maxmemoryBytes: number
  /** Clients must say a password that lies in the data folder. */
  readonly asksPassword: boolean
  /** One that others have too, in place of one of its own in the data folder. */
  readonly password?: string
  readonly durability?: Durability
  /** Absent: it speaks none. */
  readonly tls?: LocalTls | undefined
  readonly settings?: Readonly<Record<string, string>>
  readonly log: (line: string) => void
}

export interface StoreServer {
  readonly port: number
  /** Null = it asks for none. */
  readonly passwordFile: string | null
  /** The process that serves now; -1 while there is none. */
  pid(): number
  /** How often it fell and came back, or tried to. */
  restarts(): number
  /** Ends the server and gives its folder free. */
  stop(): Promise<void>
}

/**
 * Runs one Valkey or Redis server over one folder and keeps it running: an append-only file checked before each start, a new
 * start (after 0.1 s, doubling to 10 s) when the process dies. Resolves when it serves. Rejects when the folder is in use,
 * or when the first start fails: that is a fault of the set-up, and repeating it would only hide it.
 */
export async function startStoreServer(options: StoreServerOptions): Promise<StoreServer> {
  const { log } = options
  const dataDir = resolve(options.dataDir)
  const lock = await lockDataDir(dataDir)
  try {
    await endOrphan(dataDir, log)
    if (options.checkAofBinary === null)
      log('no check-aof program: a torn append-only file is left to the server')
    const password =
      options.password ??
      (options.asksPassword ? await inDataFolder(dataDir, () => keepPassword(dataDir)) : null)
    const settled = {
      ...options,
      dataDir,
      password,
      port: options.port === 0 ? await freePort() : options.port,
    }
    const stopping = new AbortController()
    const server = new Supervised(settled, await startOnce(settled, stopping.signal), stopping)
    return {
      port: settled.port,
      passwordFile: options.asksPassword && options.password === undefined ? passwordFileOf(dataDir) : null,
      pid: () => server.pid,
      restarts: () => server.restarts,
      stop: async () => {
        await server.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

type Settled = Omit<StoreServerOptions, 'password'> & { readonly password: string | null }

async function startOnce(options: Settled, stop: AbortSignal): Promise<StoreChild> {
  const engine = readEngine(options.dataDir)
  const checkAof = engine === null ? options.checkAofBinary : engine.checkAof
  if (checkAof !== null) for (const cut of await mendAof(checkAof, options.dataDir)) options.log(cut)
  await keepUsersFile(options.dataDir, options.password)
  const settings = { ...options.settings, aclfile: usersFileOf(options.dataDir) }
  return startChild({ ...options, settings, binary: engine?.server ?? options.binary }, stop)
}

/** The life of the server after its first start. */
class Supervised {
  readonly #options: Settled
  readonly #stopping: AbortController
  readonly #over: Promise<void>
  #child: StoreChild | null
  #restarts = 0

  constructor(options: Settled, child: StoreChild, stopping: AbortController) {
    this.#options = options
    this.#stopping = stopping
    this.#child = child
    this.#over = this.#keepRunning(child)
  }

  get pid(): number {
    return this.#child?.pid ?? -1
  }

  get restarts(): number {
    return this.#restarts
  }

  async #keepRunning(first: StoreChild): Promise<void> {
    let delayMs = FIRST_DELAY_MS
    let child: StoreChild | null = first
    for (;;) {
      if (child !== null) {
        const startedAt = performance.now()
        const how = await child.ended
        this.#child = null
        if (this.#stopping.signal.aborted) return
        this.#options.log(`the server (process ${child.pid}) ended: ${how}`)
        if (performance.now() - startedAt > PROVEN_MS) delayMs = FIRST_DELAY_MS
      }
      await this.#pause(delayMs)
      if (this.#stopping.signal.aborted) return
      delayMs = Math.min(LONGEST_DELAY_MS, delayMs * 2)
      this.#restarts++
      child = await this.#startAgain()
      if (this.#stopping.signal.aborted) return child?.end()
    }
  }

  async #startAgain(): Promise<StoreChild | null> {
    try {
      this.#child = await startOnce(this.#options, this.#stopping.signal)
      this.#options.log(`the server is back (process ${this.#child.pid})`)
      return this.#child
    } catch (error) {
      this.#options.log(`the server could not be started again: ${String(error)}`)
      return null
    }
  }

  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#stopping
    if (signal.aborted) return Promise.resolve()
    return new Promise((over) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        over()
      }
      const timer = setTimeout(done, delayMs)
      signal.addEventListener('abort', done)
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#child?.end()
    await this.#over
  }
}
