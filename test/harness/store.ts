import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { mendAof } from '../../embedded/aof-check.ts'
import { startChild } from '../../embedded/store-child.ts'
import { companionOf, findStoreBinaries, type StoreBinaries } from '../../embedded/store-server.ts'
import { freePort } from './ports.ts'

let found: StoreBinaries | undefined
let distributed: StoreBinaries | null | undefined

/** A store server and its check tool: the one named by the environment, or the one of this machine. Throws when there is none. */
export function storeBinaries(): StoreBinaries {
  found ??= named() ?? systemStore() ?? undefined
  if (found === undefined)
    throw new Error('no valkey-server, redis-server, valkey-check-rdb or redis-check-rdb on this machine')
  return found
}

const searched = (): string[] => [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']

function named(): StoreBinaries | undefined {
  const server = process.env['TIDEMARK_STORE_BIN']
  return server === undefined ? undefined : { server, checkAof: companionOf(server, searched()) }
}

/** The server that the distribution has, on PATH or made from its tools package: it has TLS, and may be older than the one that is fetched. */
export function systemStore(): StoreBinaries | null {
  return (distributed ??= findStoreBinaries([], searched()) ?? fromTools())
}

function fromTools(): StoreBinaries | null {
  for (const family of ['valkey', 'redis']) {
    const tool = searched()
      .map((dir) => join(dir, `${family}-check-rdb`))
      .find((file) => spawnSync(file, ['--version']).error === undefined)
    if (tool === undefined) continue
    // The tools package already holds the server: it is one program, which does what its name says.
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-store-bin-'))
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
    for (const name of ['server', 'check-aof']) symlinkSync(tool, join(dir, `${family}-${name}`))
    return findStoreBinaries([dir])
  }
  return null
}

/** One that has TLS; null where none has. One with it asks for a certificate first. */
export function tlsStore(): StoreBinaries | null {
  const hasTls = ({ server }: StoreBinaries): boolean =>
    /tls-cert-file/.test(
      String(spawnSync(server, ['--port', '0', '--tls-port', '1'], { timeout: 5000 }).stdout ?? ''),
    )
  return [named(), systemStore()].find((one) => one != null && hasTls(one)) ?? null
}

/** One from before WAITAOF, which came with 7.2; null where there is none. */
export function storeBeforeWaitaof(): StoreBinaries | null {
  const isOld = ({ server }: StoreBinaries): boolean => {
    const [, major, minor] = /v=(\d+)\.(\d+)/.exec(String(spawnSync(server, ['--version']).stdout)) ?? []
    return Number(major) < 7 || (Number(major) === 7 && Number(minor) < 2)
  }
  return [named(), systemStore()].find((one) => one != null && isOld(one)) ?? null
}

export interface TestStore {
  readonly port: number
  readonly url: string
  readonly dataDir: string
  /** -1 while it is down. */
  readonly pid: number
  /** Ends the server as a power cut of the process would. It stays down. */
  kill9(): Promise<void>
  /** Starts it again over the same folder and port; after a `kill9`, or after an orderly end. Its file is checked first. */
  restart(): Promise<void>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/** A server of the test's own, unsupervised, so that the test decides when it is up. */
export async function startTestStore(
  options: { readonly maxmemoryBytes?: number; readonly binaries?: StoreBinaries } = {},
): Promise<TestStore> {
  const { server: binary, checkAof } = options.binaries ?? storeBinaries()
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-store-'))
  const port = await freePort()
  const settings = {
    binary,
    port,
    dataDir,
    maxmemoryBytes: options.maxmemoryBytes ?? 512 * 2 ** 20,
    log: () => {},
  }
  const start = async () => {
    if (checkAof !== null) await mendAof(checkAof, dataDir)
    return startChild(settings, new AbortController().signal)
  }
  let child: Awaited<ReturnType<typeof start>> | null = await start()
  const end = async (): Promise<void> => {
    await child?.end()
    child = null
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dataDir,
    get pid() {
      return child?.pid ?? -1
    },
    async kill9() {
      if (child === null) return
      process.kill(child.pid, 'SIGKILL')
      await child.ended
      child = null
    },
    async restart() {
      await end()
      child = await start()
    },
    async stop() {
      await end()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
