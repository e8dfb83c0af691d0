import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledBroker } from './compiled.ts'

export interface TestBroker {
  readonly port: number
  /** `127.0.0.1:port`. */
  readonly address: string
  readonly dataDir: string
  /** -1 while it is down. */
  readonly pid: number
  /** What it said on stderr, over all its lives. */
  readonly lines: readonly string[]
  /** Ends the broker in the middle of whatever it does. It stays down. */
  kill9(): Promise<void>
  /** Starts it again over the same folder and port; after a `kill9`, or after an orderly end. */
  restart(): Promise<void>
  /** Ends the broker in good order; the folder stays (for an audit, or a restart). */
  end(): Promise<void>
  /** Ends the broker and removes its folder. */
  stop(): Promise<void>
}

/** A broker in a process of its own, over a fresh folder; `flags` as of `tidemark broker`. Topics are not made by asking for them. */
export async function startTestBroker(flags: readonly string[] = ['--no-auto-create']): Promise<TestBroker> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-broker-'))
  const lines: string[] = []
  let port = 0
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const running = spawn(
      process.execPath,
      [compiledBroker(), '--port', String(port), '--data', dataDir, ...flags],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    child = running
    createInterface({ input: running.stderr }).on('line', (line) => lines.push(line))
    port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: running.stdout }).on('line', (line) => {
        const ready = /^broker ready on \S+:(\d+)$/.exec(line)
        if (ready !== null) resolve(Number(ready[1]))
      })
      running.once('error', reject)
      running.once('close', (code) =>
        reject(new Error(`the broker ended with ${code}: ${lines.slice(-3).join(' / ')}`)),
      )
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const closed = new Promise((resolve) => running.once('close', resolve))
    running.kill(signal)
    await closed
  }
  await start()
  return {
    get port() {
      return port
    },
    get address() {
      return `127.0.0.1:${port}`
    },
    dataDir,
    get pid() {
      return child?.pid ?? -1
    },
    lines,
    kill9: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM')
      await start()
    },
    end: () => end('SIGTERM'),
    async stop() {
      await end('SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
