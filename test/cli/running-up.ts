// A whole system by `tidemark up`, as a test starts it, watches it count and sees that nobody is left of it.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { freePort } from '../harness/ports.ts'
import { locate } from '../harness/needs.ts'

const repository = join(import.meta.dirname, '../..')
export const LIMIT_MS = 60_000

/** A folder of one test file; what a test starts lies in folders of it. */
export let scratch: string
beforeAll(() => void (scratch = mkdtempSync(join(tmpdir(), 'tidemark-up-'))))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

export interface Up {
  process: ChildProcess
  url: string
  /** Names every child that has no data directory on its command line. */
  kafka: string
  said(): string
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

const running: Up[] = []
afterEach(() => {
  for (const up of running.splice(0)) up.process.kill('SIGKILL')
})

/** Two free ports and no more than a moment between finding and using them. */
export const start = (data: string, ...flags: string[]): Promise<Up> =>
  startOn(locate('store'), data, ...flags)

/** The same on this server program; nothing = the one that `up` finds. */
export async function startOn(
  binary: string | null | undefined,
  data: string,
  ...flags: string[]
): Promise<Up> {
  const ports = [await freePort(), await freePort(), await freePort()].map(String)
  const args = [
    join(repository, 'dist/cli/main.js'),
    'up',
    '--data',
    data,
    '--port',
    ports[0]!,
    '--kafka-port',
    ports[1]!,
    '--store-port',
    ports[2]!,
    ...flags,
  ]
  const child = spawn(process.execPath, args, {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(binary && { TIDEMARK_STORE_BIN: binary }) },
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (words += bytes))
  const up = {
    process: child,
    url: `http://127.0.0.1:${ports[0]}`,
    kafka: `127.0.0.1:${ports[1]}`,
    said: () => words,
    ended: new Promise<number | string>((done) =>
      child.once('close', (code, signal) => done(code ?? signal ?? 'gone')),
    ),
  }
  running.push(up)
  return up
}

export async function until<T>(what: string, ask: () => Promise<T | false> | T | false): Promise<T> {
  const began = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer !== false) return answer
    if (performance.now() - began > LIMIT_MS)
      throw new Error(
        `waited ${LIMIT_MS / 1000} s in vain: ${what}\n${running.map((up) => up.said()).join('\n')}`,
      )
    await sleep(100)
  }
}

export async function counted(up: Up): Promise<number> {
  const response = await fetch(`${up.url}/v1/status`).catch(() => undefined)
  if (!response?.ok) return 0
  const status = (await response.json()) as StatusAnswer
  return status.sources
    .flatMap((source) => source.partitions)
    .reduce((sum, partition) => sum + partition.events.counted, 0)
}

export const welcomed = (up: Up): Promise<boolean> =>
  until('the welcome', () => up.said().includes('up after') && true)
export const countsBeyond = (up: Up, least: number): Promise<number> =>
  until(`more than ${least} events`, async () => {
    const now = await counted(up)
    return now > least && now
  })

/** Processes whose command line names one of these: a data directory, a broker's address. */
export function left(...marks: string[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return marks.some((mark) => line.includes(mark)) ? [line.replaceAll('\0', ' ')] : []
      } catch {
        return []
      }
    })
}

export function isChild(pid: string, parent: number, command: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const itsParent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    // What Node itself is told stands before the script: node [--flag ...] script command
    const [, , itsCommand] = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((arg) => !arg.startsWith('--'))
    return itsParent === parent && itsCommand === command
  } catch {
    return false
  }
}
