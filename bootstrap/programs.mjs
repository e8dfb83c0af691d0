// Finding and running other programs, with a limit on everything.
import { spawn } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The path of a program on PATH, or undefined. */
export function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, program)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // not in this folder
    }
  }
  return undefined
}

/** Bytes below a folder; 0 where there is none. */
function sizeOf(folder) {
  try {
    return readdirSync(folder, { recursive: true }).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
  } catch {
    return 0
  }
}

/** Clock ticks of CPU that a process and its children have used, where /proc tells; a busy machine makes slow, not idle. */
function ticksOf(pid) {
  let ticks = 0
  for (const entry of existsSync('/proc/self/stat')
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    : []) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(entry) === pid || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // gone in between
    }
  }
  return ticks
}

/** Calls `onIdle` once the folder has not grown, nor the process computed, for `idleMs`. Answers how to stop watching. */
function watchWork(pid, { folder, idleMs }, onIdle) {
  const noiseTicks = 2
  let [size, ticks, movedAt] = [-1, 0, Date.now()]
  const timer = setInterval(() => {
    const [sizeNow, ticksNow] = [sizeOf(folder), ticksOf(pid)]
    if (sizeNow !== size || ticksNow - ticks > noiseTicks)
      [size, ticks, movedAt] = [sizeNow, ticksNow, Date.now()]
    else if (Date.now() - movedAt > idleMs) onIdle()
  }, 250)
  return () => clearInterval(timer)
}

/**
 * Runs a program to its end. Resolves to { code, said, idle }, never rejects; `said` is stdout and stderr, at most 1 MB of it.
 * `limitMs` ends it after that time; `watch: { folder, idleMs }` as soon as nothing has moved for that long (idle: true).
 */
export function run(program, args, { cwd, env = process.env, limitMs, watch } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let idle = false
    const hear = (bytes) => (said = (said + bytes).slice(-1_000_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const end = () => child.kill('SIGKILL')
    const limit = limitMs && setTimeout(end, limitMs)
    const stopWatching = watch && watchWork(child.pid, watch, () => ((idle = true), end()))
    const done = (code) => {
      clearTimeout(limit)
      stopWatching?.()
      resolve({ code, said: said.trim(), idle })
    }
    child.on('error', (error) => ((said += error.message), done(127)))
    child.on('close', (code) => done(code ?? 137))
  })
}

/** A path as one word of a shell: folders may have an apostrophe in their name. */
export const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Writes an executable script in one step (nobody ever sees half of it) and answers its path. */
export function wrapper(file, body, shell = 'sh') {
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `#!/usr/bin/env ${shell}\n${body}\n`)
  chmodSync(fresh, 0o755)
  renameSync(fresh, file)
  return file
}
