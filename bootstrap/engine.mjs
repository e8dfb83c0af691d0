// Finds a store server (Valkey >= 7.2 or Redis >= 7.0), or fetches one into .tidemark/engine without root, without a daemon,
// without a new package source. Nothing outside that folder is ever written.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fetchByApt } from './engine-apt.mjs'
import { wrapDocker } from './engine-docker.mjs'
import { fetchByPip } from './engine-wheel.mjs'
import { onPath, run } from './programs.mjs'
import { withLock } from './lock.mjs'

const families = ['valkey', 'redis']

/** What a program says of itself, when it is a store server that is new enough: `Valkey 8.0.1`, `Redis 7.0.15`. */
export async function serverVersion(bin) {
  const { code, said } = await run(bin, ['--version'], { limitMs: 30_000 })
  const found = code === 0 && /^(Redis|Valkey)\s+server\s+v=(\d+)\.(\d+)\.(\d+)/im.exec(said)
  if (!found) return undefined
  const [, family, major, minor, patch] = found
  const least = family.toLowerCase() === 'valkey' ? [7, 2] : [7, 0]
  const enough = Number(major) > least[0] || (Number(major) === least[0] && Number(minor) >= least[1])
  return enough ? `${family} ${major}.${minor}.${patch}` : undefined
}

async function onPathNow() {
  for (const family of families) {
    const bin = onPath(`${family}-server`)
    if (bin && (await serverVersion(bin))) return bin
  }
  return undefined
}

async function fetchedBefore(engine) {
  for (const family of families) {
    const bin = join(engine, 'bin', `${family}-server`)
    if (existsSync(bin) && (await serverVersion(bin))) return bin
  }
  return undefined
}

/** A fetched program is only an answer where it runs: one for a newer C library, or another system, does not. */
async function thatRuns(bin) {
  if (bin === undefined || (await serverVersion(bin))) return bin
  rmSync(bin, { force: true })
  return undefined
}

/** Debian's tools package already holds the server: check-rdb *is* that binary, called by another name. */
async function fromTools(engine) {
  for (const family of families) {
    const tool = onPath(`${family}-check-rdb`)
    if (!tool) continue
    const [bin] = ['server', 'check-aof'].map((name) => {
      const link = join(engine, 'bin', `${family}-${name}`)
      rmSync(link, { force: true })
      symlinkSync(tool, link)
      return link
    })
    if (await serverVersion(bin)) return bin
  }
  return undefined
}

/** The sentence and the commands for someone on whose machine nothing could be found or fetched. */
export function howToInstall() {
  const all = [
    ['apt-get', 'Debian, Ubuntu', 'sudo apt-get install -y redis-server'],
    ['dnf', 'Fedora, RHEL', 'sudo dnf install -y valkey'],
    ['brew', 'macOS', 'brew install valkey'],
  ]
  const here = all.filter(([program]) => onPath(program))
  const lines = (here.length > 0 ? here : all).map(
    ([, system, command]) => `  ${system.padEnd(15)} ${command}`,
  )
  return `no store server (Valkey 7.2 or Redis 7.0, or newer) was found, and none could be fetched. Install one, then start again:\n${lines.join('\n')}`
}

/**
 * The path of a store server that runs. `say` gets one line when something slow begins.
 * Throws an Error with code ENGINE_MISSING, whose message tells the exact command, when there is no way.
 */
export async function findStoreServer({ root, say = () => {} }) {
  const given = process.env.TIDEMARK_STORE_BIN
  if (given) {
    if (await serverVersion(given)) return given
    throw Object.assign(
      new Error(`TIDEMARK_STORE_BIN=${given} is not a Valkey 7.2 or Redis 7.0 server, or newer`),
      { code: 'ENGINE_MISSING' },
    )
  }
  const engine = join(root, '.tidemark', 'engine')
  const near = (await onPathNow()) ?? (await fetchedBefore(engine))
  if (near) return near
  mkdirSync(join(engine, 'bin'), { recursive: true })
  return withLock(`${engine}.lock`, async () => {
    const bin =
      (await fetchedBefore(engine)) ??
      (await thatRuns(await fetchByPip(engine, say))) ??
      (await fromTools(engine)) ??
      (await fetchByApt(engine, say)) ??
      (await wrapDocker(engine, say))
    if (bin && (await serverVersion(bin))) return bin
    throw Object.assign(new Error(howToInstall()), { code: 'ENGINE_MISSING' })
  })
}
