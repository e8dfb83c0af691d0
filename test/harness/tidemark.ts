/** Commands of `tidemark` as processes of their own, from dist/. Whoever starts one stops it. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const main = join(root, 'dist/cli/main.js')

export interface RunningCommand {
  readonly pid: number
  /** All it wrote so far, both streams. */
  readonly said: () => string
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Resolves when it wrote this; rejects where it ends before. */
  until(text: string): Promise<void>
  /** Tells it to stop, and waits. */
  stop(): Promise<number | null>
}

export function startTidemark(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
  if (!existsSync(main)) throw new Error('there is no dist/: run node build.mjs, or npm test')
  return startProgram(process.execPath, [main, ...args], env)
}

/** The recount (docs/audit.md); answers its exit code and what it printed. */
export async function recount(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const running = startProgram('python3', ['-B', join(root, 'audit/recount.py'), ...args])
  return { code: await running.ended, said: running.said() }
}

/** Any program to its end. Rejects where it fails. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<string> {
  const running = startProgram(program, args, {}, input)
  const code = await running.ended
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${running.said().slice(-2_000)}`)
  return running.said()
}

export function startProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): RunningCommand {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const parts: string[] = []
  const heard = new Set<() => void>()
  const hear = (bytes: Buffer): void => {
    parts.push(bytes.toString())
    for (const listener of heard) listener()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const said = (): string => parts.join('')
  const ended = new Promise<number | null>((done, failed) => {
    child.once('error', failed)
    child.once('close', done)
  })
  return {
    pid: child.pid ?? -1,
    said,
    ended,
    until: (text) =>
      new Promise((done, failed) => {
        const listen = (): void => {
          if (!said().includes(text)) return
          heard.delete(listen)
          done()
        }
        heard.add(listen)
        listen()
        ended.then(
          (code) => failed(new Error(`ended with ${code} before it said "${text}": ${said().slice(-2_000)}`)),
          failed,
        )
      }),
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}
