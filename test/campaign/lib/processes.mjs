// Processes of a campaign: each started from dist/, each stopped by its own pid, whatever happens.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const main = join(root, 'dist/cli/main.js')
const alive = new Set()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export { freePort } from './ports.mjs'

/** A child whose output is kept; `ended` resolves to its exit code (null when killed). */
export function start(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  alive.add(child)
  const out = { text: '', error: '' }
  child.stdout.on('data', (bytes) => (out.text += bytes))
  child.stderr.on('data', (bytes) => (out.error += bytes))
  const ended = new Promise((resolve) =>
    child.on('close', (code) => {
      alive.delete(child)
      resolve(code)
    }),
  )
  return {
    out,
    ended,
    pid: child.pid,
    get running() {
      return alive.has(child)
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await ended
    },
    signal: (name) => child.kill(name),
    /** Waits for a line; throws with all output when the child ends or `limitMs` pass before. */
    async says(text, limitMs = 30_000) {
      for (const until = Date.now() + limitMs; !out.text.includes(text); await sleep(20))
        if (!alive.has(child) || Date.now() > until)
          throw new Error(`${command} ${args.join(' ')}: no "${text}"\n${out.text}\n${out.error}`)
    },
  }
}

export const tidemark = (...args) => start(process.execPath, [main, ...args.map(String)])

/** Made-up events as they happen, so many a second, until it is killed. */
export const liveLoad = (kafka, rate, ...more) =>
  tidemark('simulate', '--kafka', kafka, '--live', '--backfill', '0', '--rate', rate, ...more)

/** Runs to its end; throws unless the exit code is 0. */
export async function finish(child, what) {
  const code = await child.ended
  if (code !== 0)
    throw new Error(
      `${what} ended with ${code}\n${child.out.text.slice(-3000)}\n${child.out.error.slice(-3000)}`,
    )
  return child.out.text
}
