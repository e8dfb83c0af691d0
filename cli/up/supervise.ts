import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { exitCodes } from '../args/exit.ts'
import { openChildLog } from './child-log.ts'

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 30_000
/** Up for this long, a child has proved itself: its next fall starts at the first delay again. */
const PROVEN_MS = 60_000

/**
 * Ends that another start cannot mend: the same flags and the same file would be read again. That holds for a child that never was ready; one that was had
 * settings that work, and what changed around it may change back.
 */
const hopeless: ReadonlySet<number | null> = new Set([exitCodes.usage, exitCodes.missing, exitCodes.config])

/** How long to wait before start number `fallsInRow` + 1, in ms: 1 s doubling to 30 s. */
export function restartDelayMs(fallsInRow: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, fallsInRow - 1))
}

export interface ChildSpec {
  name: string
  /** Words after `node`: the script, the command, its flags. */
  args: string[]
  /** Its whole environment; without it ours. What others must not read stands here and not in `args`. */
  env?: NodeJS.ProcessEnv
  logFile: string
}

export interface Supervisor {
  /** Called when a child fell and will be started again. */
  onFall(name: string, why: string, delayMs: number): void
  onReadyAgain(name: string): void
  /** A child says what a person must hear: a partition that halts or goes on, a source that waits. */
  onNews(name: string, line: string): void
  /** Called once, when a child ended in a way that no restart mends. */
  onHopeless(name: string, why: string, exitCode: number): void
}

export interface Supervised {
  readonly name: string
  /** Resolves when the child has said that it is ready, for the first time. */
  readonly ready: Promise<void>
  /** SIGTERM, then SIGKILL after `limitMs`; resolves when it is gone. True = it went by itself. */
  stop(limitMs: number): Promise<boolean>
  /** At once, with everything the child itself has started. */
  kill(): void
}

const sayReady = /^[A-Za-z][\w -]* ready\b/
/** As ingest/rest.ts, source.ts and share.ts say it. */
const sayNews = /: (?:HALTED, |GOES ON\b|WAITS: )/

/**
 * Keeps one child process running until told to stop. The child gets a process group of its own, so that a Ctrl-C in the terminal
 * reaches `up` alone and children stop in order; and a channel, by whose end it knows that its supervisor is gone.
 */
export function supervise(spec: ChildSpec, supervisor: Supervisor): Supervised {
  const log = openChildLog(spec.logFile)
  let child: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()
  let stopping = false
  let fallsInRow = 0
  let timer: NodeJS.Timeout | undefined
  let wasReady = false
  let markReady: () => void
  const ready = new Promise<void>((resolve) => (markReady = resolve))

  function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // already gone
    }
  }

  function start(): void {
    const startedAt = performance.now()
    log.forget()
    const running = spawn(process.execPath, spec.args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
      ...(spec.env && { env: spec.env }),
    })
    child = running
    running.stdout?.on('data', log.write)
    running.stderr?.on('data', log.write)
    if (running.stdout)
      createInterface({ input: running.stdout }).on('line', (line) => {
        if (!sayReady.test(line)) return
        wasReady = true
        markReady()
        if (fallsInRow > 0) supervisor.onReadyAgain(spec.name)
      })
    if (running.stderr)
      createInterface({ input: running.stderr }).on('line', (line) => {
        if (sayNews.test(line)) supervisor.onNews(spec.name, line)
      })
    gone = new Promise((resolve) => {
      running.once('error', (error) => log.write(Buffer.from(`${error.message}\n`)))
      running.once('close', (code, signal) => {
        child = undefined
        resolve()
        fell(running.pid, code, signal, performance.now() - startedAt)
      })
    })
  }

  function fell(
    pid: number | undefined,
    code: number | null,
    signal: NodeJS.Signals | null,
    upMs: number,
  ): void {
    // What it had started must not live on beside its successor.
    signalGroup(pid, 'SIGKILL')
    if (stopping) return
    const words = log.lastWords()
    // A process that was killed had no last words: what it said last was about something else.
    const why = signal ?? `exit ${code}${words === '' ? '' : `: ${words.split('\n')[0]}`}`
    if (hopeless.has(code) && !wasReady) {
      stopping = true
      supervisor.onHopeless(spec.name, words === '' ? why : words, code ?? exitCodes.failed)
      return
    }
    fallsInRow = upMs > PROVEN_MS ? 1 : fallsInRow + 1
    const delayMs = hopeless.has(code) ? LONGEST_DELAY_MS : restartDelayMs(fallsInRow)
    supervisor.onFall(spec.name, why, delayMs)
    timer = setTimeout(start, delayMs)
  }

  async function stop(limitMs: number): Promise<boolean> {
    stopping = true
    clearTimeout(timer)
    const running = child
    if (running === undefined) return true
    let forced = false
    running.kill('SIGTERM')
    const force = setTimeout(() => {
      forced = true
      signalGroup(running.pid, 'SIGKILL')
    }, limitMs)
    await gone
    clearTimeout(force)
    return !forced
  }

  function kill(): void {
    stopping = true
    clearTimeout(timer)
    signalGroup(child?.pid, 'SIGKILL')
  }

  start()
  return { name: spec.name, ready, stop, kill }
}
