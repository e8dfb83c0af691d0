import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newsText } from '../../cli/up/up-output.ts'
import { restartDelayMs, supervise, type Supervised, type Supervisor } from '../../cli/up/supervise.ts'

let folder: string
let child: Supervised | undefined
const seen: string[] = []
const supervisor: Supervisor = {
  onFall: (name, why, delayMs) => void seen.push(`${name} fell (${why}), ${delayMs} ms`),
  onReadyAgain: (name) => void seen.push(`${name} again`),
  onNews: (name, line) => void seen.push(`${name} says ${line}`),
  onHopeless: (name, why, code) => void seen.push(`${name} hopeless ${code}: ${why}`),
}

function start(script: string): Supervised {
  writeFileSync(join(folder, 'child.mjs'), script)
  child = supervise(
    { name: 'child', args: [join(folder, 'child.mjs'), folder], logFile: join(folder, 'child.log') },
    supervisor,
  )
  return child
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20)
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-supervise-'))
  seen.length = 0
})
afterEach(async () => {
  await child?.stop(100)
  child = undefined
  rmSync(folder, { recursive: true, force: true })
})

const FOREVER = 'setInterval(() => {}, 1000)'

describe('a supervised child', () => {
  test('waits 1 s after the first fall, twice as long after each, 30 s at most', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ])
  })

  test('is ready when it says so on a line of its own, and stops by SIGTERM', async () => {
    const running = start(
      `process.on('SIGTERM', () => { console.log('drained'); process.exit(0) }); console.log('not yet'); console.log('child ready on nothing'); ${FOREVER}`,
    )
    await running.ready
    expect(await running.stop(5000)).toBe(true)
    expect(readFileSync(join(folder, 'child.log'), 'utf8')).toContain('drained')
    expect(seen).toEqual([])
  })

  test('that falls is started again, and its last words are told', async () => {
    const running = start(`
      import { existsSync, writeFileSync } from 'node:fs'
      const mark = process.argv[2] + '/second'
      if (!existsSync(mark)) { writeFileSync(mark, ''); console.error('out of luck'); process.exit(1) }
      console.log('child ready'); ${FOREVER}`)
    await running.ready
    await until(() => seen.length === 2)
    expect(seen).toEqual(['child fell (exit 1: out of luck), 1000 ms', 'child again'])
  })

  test.each([2, 3, 78])('that ends with %i is not started again', async (code) => {
    start(`console.error('sources.clicks.topic is missing'); process.exit(${code})`)
    await until(() => seen.length > 0)
    await sleep(1300)
    expect(seen).toEqual([`child hopeless ${code}: sources.clicks.topic is missing`])
  })

  test('that was ready once had settings that work: what stops it later may pass, so it is started again, seldom', async () => {
    const running = start(
      `console.log('child ready'); console.error('tidemark: the store cannot be used'); setTimeout(() => process.exit(78), 50)`,
    )
    await running.ready
    await until(() => seen.length > 0)
    expect(seen).toEqual(['child fell (exit 78: the store cannot be used), 30000 ms'])
  })

  test('has its halts heard', async () => {
    start(
      `console.error('2026-01-01T00:00:00Z clicks/1: HALTED, UNREADABLE: a batch'); console.error('clicks/1: 5 behind'); console.error('clicks: WAITS: another'); ${FOREVER}`,
    )
    await until(() => seen.length === 2)
    expect(seen).toEqual([
      'child says 2026-01-01T00:00:00Z clicks/1: HALTED, UNREADABLE: a batch',
      'child says clicks: WAITS: another',
    ])
    const line = 'x/0: HALTED, UNREADABLE: to go past it: tidemark partition skip --source x'
    const reach = '--kafka 127.0.0.1:1 --store redis://127.0.0.1:2 --store-password-file d/store/password'
    expect(newsText(`2026-01-01T00:00:00.000Z ${line}`, { reach })).toBe(
      `x/0: HALTED, UNREADABLE: to go past it: tidemark partition skip ${reach} --source x`,
    )
  })

  test('that closes with a message of several lines is quoted whole', async () => {
    start(
      `console.error('once\\ntidemark: orders.json: two faults\\n  topic: missing\\n  key: missing'); process.exit(78)`,
    )
    await until(() => seen.length > 0)
    expect(seen).toEqual(['child hopeless 78: orders.json: two faults\n  topic: missing\n  key: missing'])
  })

  test('that will not stop is killed, and what it started goes with it', async () => {
    const running = start(`
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      process.on('SIGTERM', () => {})
      const inner = spawn(process.execPath, ['-e', '${FOREVER}'], { stdio: 'ignore' })
      writeFileSync(process.argv[2] + '/inner', String(inner.pid)); console.log('child ready'); ${FOREVER}`)
    await running.ready
    const inner = Number(readFileSync(join(folder, 'inner'), 'utf8'))
    expect(await running.stop(200)).toBe(false)
    await until(() => !lives(inner))
    expect(seen).toEqual([])
  })

  test('takes what it started with it when it falls by itself', async () => {
    const running = start(`
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      const inner = spawn(process.execPath, ['-e', '${FOREVER}'], { stdio: 'ignore' })
      writeFileSync(process.argv[2] + '/inner', String(inner.pid)); console.log('child ready'); setTimeout(() => process.exit(1), 50)`)
    await running.ready
    const inner = Number(readFileSync(join(folder, 'inner'), 'utf8'))
    await until(() => seen.length > 0)
    await until(() => !lives(inner))
    expect(existsSync(join(folder, 'child.log'))).toBe(true)
  })
})
