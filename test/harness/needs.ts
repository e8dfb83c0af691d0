import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { describe, test } from 'vitest'
import { storeBeforeWaitaof, tlsStore } from './store.ts'

/** What a test may need beyond Node and the packages, and how each is looked for. Each answers what it found, or undefined. */
const lookups = {
  python3: () => (runs('python3', ['--version']) ? 'python3' : undefined),
  java: () => (runs('java', ['-version']) ? 'java' : undefined),
  kcat: () => onPath('kcat'),
  'docker-compose': () => onPath('docker-compose'),
  chromium: () =>
    process.env['TIDEMARK_CHROMIUM'] ??
    onPath('chromium') ??
    onPath('chromium-browser') ??
    onPath('google-chrome'),
  /** The library that is loaded before a program and shows it another time. */
  faketime: () =>
    ['x86_64', 'aarch64']
      .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
      .find(existsSync),
  'kafka-jars': () =>
    folder(process.env['TIDEMARK_KAFKA_JARS'] ?? '.cache/kafka/lib', (name) => name.startsWith('kafka_')),
  data: () => (process.env['TIDEMARK_DATA'] ? folder(process.env['TIDEMARK_DATA'], () => true) : undefined),
  store: () => process.env['TIDEMARK_STORE_BIN'] ?? onPath('valkey-server') ?? onPath('redis-server'),
  /** A server that says what is on its disk (WAITAOF): .ci/fetch-valkey. */
  valkey: () =>
    process.env['TIDEMARK_VALKEY_BIN'] ??
    folder('.cache/valkey/bin', (name) => name === 'valkey-server')?.concat('/valkey-server'),
  openssl: () => onPath('openssl'),
  'store-tls': () => tlsStore()?.server,
  'store-before-waitaof': () => storeBeforeWaitaof()?.server,
} satisfies Record<string, () => string | undefined>

export type Need = keyof typeof lookups

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => join(place, program))
    .find(existsSync)
}

/** A version manager leaves launchers that find nothing to launch: only a program that runs counts. */
function runs(program: string, args: string[]): boolean {
  return (
    onPath(program) !== undefined &&
    spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
  )
}

function folder(place: string, holds: (name: string) => boolean): string | undefined {
  const absolute = resolve(import.meta.dirname, '../..', place)
  return existsSync(absolute) && readdirSync(absolute).some(holds) ? absolute : undefined
}

const found = new Map<Need, string | undefined>()

/** Where a needed thing is (a program's path, a folder), or undefined. */
export function locate(need: Need): string | undefined {
  if (!found.has(need)) found.set(need, lookups[need]())
  return found.get(need)
}

/**
 * `describe` and `test` for work that needs something which may be absent. Present: they run. Absent: they are skipped, and
 * `npm test` names what lacked. Absent under TIDEMARK_REQUIRE=all: they fail, for a run that must have seen everything.
 *
 *     const { test } = needs('chromium')
 *     test('the page paints', async () => { ... })
 */
export function needs(...wanted: Need[]): {
  describe: typeof describe | typeof describe.skip
  test: typeof test | typeof test.skip
} {
  const lacking = wanted.filter((need) => locate(need) === undefined)
  if (lacking.length === 0) return { describe, test }
  const record = process.env['TIDEMARK_NEEDS_FILE']
  if (record !== undefined) appendFileSync(record, lacking.map((need) => `${need}\n`).join(''))
  if (process.env['TIDEMARK_REQUIRE'] === 'all')
    test(`needs ${wanted.join(', ')}`, () => {
      throw new Error(`TIDEMARK_REQUIRE=all, and this machine lacks ${lacking.join(', ')}`)
    })
  return { describe: describe.skip, test: test.skip }
}
