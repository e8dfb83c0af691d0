// The packages named by package-lock.json, installed when they are absent or when that file changed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { withLock } from './lock.mjs'

/** One word for the wanted packages on this machine: the lock file, and what native binaries depend on. */
const wanted = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')

function isCurrent(root, stamp) {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === wanted(root)
  // Someone ran npm themselves: its own record is younger than the lock file.
  const record = statSync(join(root, 'node_modules/.package-lock.json'), { throwIfNoEntry: false })
  return record !== undefined && record.mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

/** npm's cache wants a home; a user without one (HOME empty, absent or not ours) gets a cache of our own. */
function environment(root) {
  const env = { ...process.env, NODE_ENV: 'development' }
  try {
    if (!process.env.HOME && process.env.HOME !== undefined) throw new Error('empty')
    accessSync(homedir(), constants.W_OK)
  } catch {
    const home = join(root, '.tidemark', 'home')
    mkdirSync(home, { recursive: true })
    Object.assign(env, { HOME: home, npm_config_cache: join(home, '.npm') })
  }
  return env
}

function npmCi(root) {
  // The npm that started us, so that its settings hold; otherwise the one on PATH.
  const own = process.env.npm_execpath
  const [program, ...first] = own && basename(own).startsWith('npm') ? [process.execPath, own] : ['npm']
  const child = spawn(
    program,
    [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'],
    { cwd: root, env: environment(root), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => (said = (said + bytes).slice(-4000)))
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`npm could not be run (${error.message}); it comes with Node`)),
    )
    child.on('close', (code, signal) =>
      code === 0
        ? resolve()
        : reject(new Error(`npm ci failed (${signal ?? `exit ${code}`}):\n${said.trim()}`)),
    )
  })
}

/** Installs what package-lock.json names, unless that is there already. `say` gets one line before and one after. */
export async function installPackages(root, say) {
  const stamp = join(root, 'node_modules', '.tidemark-stamp')
  if (isCurrent(root, stamp)) return
  mkdirSync(join(root, '.tidemark'), { recursive: true })
  await withLock(join(root, '.tidemark', 'packages.lock'), async () => {
    if (isCurrent(root, stamp)) return
    say('installing packages (about ten seconds) ...')
    const began = Date.now()
    await npmCi(root)
    writeFileSync(stamp, wanted(root))
    say(`installed packages in ${((Date.now() - began) / 1000).toFixed(1)} s`)
  })
}
