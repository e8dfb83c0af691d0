// Builds server and page into dist/, once for every state of the sources: an unchanged tree builds nothing.
//   node build.mjs [--keep-going]     --keep-going: type errors are printed, yet dist/ is replaced (for work in progress)
// Plain Node, builtins only. A failed build leaves the old dist/ as it was; of two builds at once the second waits.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './bootstrap/lock.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const serverFolders = ['model', 'log', 'store', 'ingest', 'query-api', 'client', 'embedded', 'cli']
const plainFiles = [
  'build.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.client.json',
]
const dist = join(root, 'dist')
const staging = join(root, 'dist.new')
const outgoing = join(root, 'dist.old')

/** Every file below `folder`, sorted, as paths from the repository's root. Dot files and dist/ are not sources. */
function filesOf(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'dist' && entry.name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
}

/** SHA-256 over names and bytes of everything that dist/ is made from. */
function hashOfSources() {
  const hash = createHash('sha256')
  for (const file of [...plainFiles, ...[...serverFolders, 'dashboard'].flatMap(filesOf)])
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

function hashOfDist() {
  try {
    return readFileSync(join(dist, '.hash'), 'utf8')
  } catch {
    return ''
  }
}

/** Runs one of our development tools; resolves to its exit code and everything it said. */
function tool(script, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout.on('data', (bytes) => (said += bytes))
    child.stderr.on('data', (bytes) => (said += bytes))
    child.on('error', (error) => resolve({ code: 1, said: String(error) }))
    child.on('close', (code) => resolve({ code: code ?? 1, said: said.trim() }))
  })
}

const buildServer = () => tool('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', staging])

/** Types of the client, for programs that import it. */
const buildTypes = () => tool('typescript/bin/tsc', ['-p', 'tsconfig.client.json', '--outDir', staging])

function buildPage() {
  if (!existsSync(join(root, 'dashboard/index.html'))) return { code: 0, said: '' }
  const out = join(staging, 'dashboard')
  return tool('vite/bin/vite.js', [
    'build',
    'dashboard',
    '--config',
    'dashboard/vite.config.ts',
    '--outDir',
    out,
    '--emptyOutDir',
    '--logLevel',
    'warn',
  ])
}

/** Files that are read at run time (Lua, a style sheet) keep their place beside the code that reads them. */
function copyPlain() {
  for (const file of serverFolders.flatMap(filesOf).filter((name) => /\.(lua|css)$/.test(name))) {
    mkdirSync(dirname(join(staging, file)), { recursive: true })
    cpSync(join(root, file), join(staging, file))
  }
}

function swap() {
  rmSync(outgoing, { recursive: true, force: true })
  if (existsSync(dist)) renameSync(dist, outgoing)
  renameSync(staging, dist)
  rmSync(outgoing, { recursive: true, force: true })
}

/**
 * Brings dist/ up to date with the sources. Answers whether anything had to be built.
 * Throws an Error whose message is the compilers' own output when a part does not build.
 */
export async function build({ keepGoing = false } = {}) {
  if (hashOfDist() === hashOfSources()) return false
  return withLock(join(root, 'dist.lock'), async () => {
    const hash = hashOfSources()
    if (hashOfDist() === hash) return false
    rmSync(staging, { recursive: true, force: true })
    const parts = await Promise.all([buildServer(), buildTypes(), buildPage()])
    const faults = parts.filter((part) => part.code !== 0).map((part) => part.said)
    if (faults.length > 0 && !keepGoing) {
      rmSync(staging, { recursive: true, force: true })
      throw new Error(`the build failed; dist/ is as it was before\n${faults.join('\n')}`)
    }
    for (const fault of faults) console.error(fault)
    copyPlain()
    // A tree with faults gets no hash: the next build tries again.
    if (faults.length === 0) writeFileSync(join(staging, '.hash'), hash)
    swap()
    return true
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const began = performance.now()
  try {
    const built = await build({ keepGoing: process.argv.includes('--keep-going') })
    console.log(
      built ? `built dist/ in ${((performance.now() - began) / 1000).toFixed(1)} s` : 'dist/ is up to date',
    )
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
