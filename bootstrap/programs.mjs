// Finding and running other programs, with a limit on everything.
import { spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
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
    return readdirSync(folder, { recursive: true }).reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  } catch {
    return 0
  }
}

/**
 * Runs a program to its end. Resolves to { code, said, idle }, never rejects; `said` is stdout and stderr, at most 1 MB of it.
 * `limitMs` ends it after that time; `watch: { folder, idleMs }` as soon as that folder has not grown for that long (idle: true).
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
    let size = -1
    let grewAt = Date.now()
    const watcher = watch && setInterval(() => {
      const now = sizeOf(watch.folder)
      if (now !== size) [size, grewAt] = [now, Date.now()]
      else if (Date.now() - grewAt > watch.idleMs) {
        idle = true
        end()
      }
    }, 250)
    const done = (code) => {
      clearTimeout(limit)
      clearInterval(watcher)
      resolve({ code, said: said.trim(), idle })
    }
    child.on('error', (error) => ((said += error.message), done(127)))
    child.on('close', (code) => done(code ?? 137))
  })
}

/** Writes an executable script in one step (nobody ever sees half of it) and answers its path. */
export function wrapper(file, body, shell = 'sh') {
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `#!/usr/bin/env ${shell}\n${body}\n`)
  chmodSync(fresh, 0o755)
  renameSync(fresh, file)
  return file
}
