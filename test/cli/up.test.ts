import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { locate, needs } from '../harness/needs.ts'

const { describe, test } = needs('store')
const repository = join(import.meta.dirname, '../..')
const LIMIT_MS = 60_000

let scratch: string
beforeAll(() => void (scratch = mkdtempSync(join(tmpdir(), 'tidemark-up-'))))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Up {
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
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function start(data: string, ...flags: string[]): Promise<Up> {
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
    env: { ...process.env, TIDEMARK_STORE_BIN: locate('store') },
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

async function until<T>(what: string, ask: () => Promise<T | false> | T | false): Promise<T> {
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

async function counted(up: Up): Promise<number> {
  const response = await fetch(`${up.url}/v1/status`).catch(() => undefined)
  if (!response?.ok) return 0
  const status = (await response.json()) as StatusAnswer
  return status.sources
    .flatMap((source) => source.partitions)
    .reduce((sum, partition) => sum + partition.events.counted, 0)
}

const welcomed = (up: Up): Promise<boolean> =>
  until('the welcome', () => up.said().includes('up after') && true)
const countsBeyond = (up: Up, least: number): Promise<number> =>
  until(`more than ${least} events`, async () => {
    const now = await counted(up)
    return now > least && now
  })

/** Processes whose command line names one of these: a data directory, a broker's address. */
function left(...marks: string[]): string[] {
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

describe('tidemark up', { timeout: 3 * LIMIT_MS }, () => {
  test('counts, drains at Ctrl-C (which npm doubles), leaves nobody, and goes on at the next start', async () => {
    const data = join(scratch, 'on')
    const first = await start(data)
    await welcomed(first)
    const before = await countsBeyond(first, 0)
    first.process.kill('SIGINT')
    first.process.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(first.said()).toMatch(/stopping simulate, ingest, serve, store-server, broker/)
    expect(left(data, first.kafka)).toEqual([])
    const next = await start(data, '--no-demo')
    await welcomed(next)
    expect(await until('an answer', async () => (await counted(next)) || false)).toBeGreaterThanOrEqual(
      before,
    )
    next.process.kill('SIGTERM')
    expect(await next.ended).toBe(0)
  })

  test('starts a killed worker and a killed store again, and counts on', async () => {
    const data = join(scratch, 'killed')
    const up = await start(data)
    await welcomed(up)
    for (const [name, file] of [
      ['store-server', 'store'],
      ['ingest', '--session-timeout-ms'],
    ] as const) {
      const before = await countsBeyond(up, 0)
      const pid = readdirSync('/proc').find(
        (entry) => /^\d+$/.test(entry) && isChild(entry, up.process.pid!, name),
      )
      expect(pid, `the process of ${name} (${file})`).toBeDefined()
      process.kill(Number(pid), 'SIGKILL')
      await until(`${name} again`, () => up.said().includes(`${name} is running again`) && true)
      await countsBeyond(up, before)
    }
    up.process.kill('SIGINT')
    expect(await up.ended).toBe(0)
    expect(left(data, up.kafka)).toEqual([])
  })

  test('leaves nobody behind when it is itself killed', async () => {
    const data = join(scratch, 'murdered')
    const up = await start(data)
    await welcomed(up)
    up.process.kill('SIGKILL')
    await up.ended
    await until('everybody gone', () => left(data, up.kafka).length === 0 && true)
  })

  test('holds its data directory alone, closed to other users', async () => {
    const data = join(scratch, 'alone')
    const up = await start(data, '--no-demo')
    await welcomed(up)
    // Events of people lie in it, whatever the shell's umask is.
    for (const name of ['.', ...readdirSync(data, { recursive: true, encoding: 'utf8' })]) {
      const path = join(data, name)
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found !== undefined && !found.isSocket())
        expect(`${name} ${(found.mode & 0o777).toString(8)}`).toMatch(/ [1-7]00$/)
    }
    expect(up.said()).not.toContain('others on this machine')
    const second = await start(data, '--no-demo')
    expect(await second.ended).toBe(1)
    expect(second.said()).toMatch(
      /^tidemark: the data folder .* is in use by process \d+; stop that process or choose another folder\.\n$/,
    )
    up.process.kill('SIGINT')
    expect(await up.ended).toBe(0)
    chmodSync(data, 0o755)
    const again = await start(data, '--no-demo')
    await until('the sentence', () => again.said().includes('others on this machine can look into'))
  })

  test('starts nothing when the definition cannot work, and says why with lines', async () => {
    const data = join(scratch, 'wrong')
    const definition = join(scratch, 'wrong.json')
    writeFileSync(definition, '{ "sources": { "orders": {} } }')
    const up = await start(data, '--definition', definition)
    expect(await up.ended).toBe(78)
    expect(up.said()).toMatch(
      /^tidemark: .*wrong\.json: the definition has 6 faults:\n {2}line 1, column 1: keep: missing; it takes /,
    )
    expect(left(data, up.kafka)).toEqual([])
  })

  test('stops everything with one sentence when a part cannot work', async () => {
    const data = join(scratch, 'hopeless')
    process.env['TIDEMARK_READY_LAG_MS'] = 'soon'
    const up = await start(data).finally(() => delete process.env['TIDEMARK_READY_LAG_MS'])
    expect(await up.ended).toBeGreaterThan(0)
    expect(up.said()).toMatch(/^tidemark cannot run\. ingest: .*--ready-lag-ms/m)
    expect(left(data, up.kafka)).toEqual([])
  })
})

function isChild(pid: string, parent: number, command: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const itsParent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return itsParent === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[2] === command
  } catch {
    return false
  }
}
