// A store server from the machine's own package sources, unpacked into a folder: no root, no daemon, no system file touched.
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { onPath, quoted, run, wrapper } from './programs.mjs'

/** A download that neither gets a byte nor computes for this long is given up: someone without a network is told so in seconds. */
const idleMs = 4000
const limitMs = 120_000

/** What a bare Debian or Ubuntu lacks of the libraries that the tools package needs. */
const usualLibraries = ['libatomic1', 'libjemalloc2', 'liblzf1']

/** apt with its state in our folder. `lists`: the private package lists, or undefined for the machine's own. */
function aptOptions(engine, lists) {
  const options = [
    `Dir::Cache=${join(engine, 'apt')}`,
    `Dir::Cache::archives=${join(engine, 'apt/archives')}`,
    'Acquire::Retries=0',
    'Acquire::http::Timeout=5',
    'Acquire::https::Timeout=5',
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
    'APT::Get::List-Cleanup=0',
  ]
  if (lists) options.push(`Dir::State::Lists=${lists}`)
  return options.flatMap((option) => ['-o', option])
}

/** The package and what it needs that this machine lacks, as apt itself would resolve it; undefined where apt does not know it. */
async function packagesFor(name, options) {
  const { code, said } = await run(
    'apt-get',
    [...options, 'install', '--simulate', '--no-install-recommends', name],
    { limitMs },
  )
  if (/Unable to locate|no installation candidate/.test(said)) return undefined
  // apt plans nothing where some other package is half installed; downloading still works.
  if (code !== 0) return [name, ...usualLibraries]
  const missing = [...said.matchAll(/^Inst (\S+)/gm)].map(([, other]) => other)
  return [...new Set([name, ...missing])]
}

/** Downloads and unpacks `family`-tools; answers the server's path, undefined when that did not work, 'idle' when nothing moved. */
async function unpack(family, engine, options) {
  const name = `${family}-tools`
  const packages = await packagesFor(name, options)
  if (!packages) return undefined
  const debs = join(engine, 'debs')
  const tree = join(engine, 'root')
  for (const folder of [debs, tree]) rmSync(folder, { recursive: true, force: true })
  mkdirSync(debs, { recursive: true })
  const { code, idle } = await run('apt-get', [...options, 'download', ...packages], {
    cwd: debs,
    limitMs,
    watch: { folder: debs, idleMs },
  })
  if (idle) return 'idle'
  if (code !== 0) return undefined
  for (const deb of readdirSync(debs))
    if ((await run('dpkg-deb', ['-x', join(debs, deb), tree], { limitMs })).code !== 0) return undefined
  rmSync(debs, { recursive: true, force: true })
  return install(family, engine, tree)
}

/** Debian's tools package holds the server under another name; two wrappers give it its own back, and its libraries. */
async function install(family, engine, tree) {
  const binary = join(tree, 'usr/bin', `${family}-check-rdb`)
  if (!existsSync(binary)) return undefined
  const libraries = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.includes('.so'))
    .map((entry) => entry.parentPath)
  const path = [...new Set(libraries)].join(':')
  const bins = ['server', 'check-aof'].map((tool) => {
    const real = join(tree, `${family}-${tool}`)
    rmSync(real, { force: true })
    symlinkSync(binary, real)
    return wrapper(
      join(engine, 'bin', `${family}-${tool}`),
      `export LD_LIBRARY_PATH=${quoted(path)}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\nexec ${quoted(real)} "$@"`,
    )
  })
  return bins[0]
}

function noNetwork(say) {
  say('nothing comes from the package sources')
  return undefined
}

/** Answers the path of a freshly unpacked server, or undefined where apt cannot give one. Throws nothing a user cannot read. */
export async function fetchByApt(engine, say) {
  if (!['apt-get', 'dpkg-deb'].every(onPath)) return undefined
  say('fetching a store server into .tidemark/engine (no root, no daemon) ...')
  mkdirSync(join(engine, 'apt/archives/partial'), { recursive: true })
  const ownLists = aptOptions(engine)
  try {
    for (const family of ['valkey', 'redis']) {
      const bin = await unpack(family, engine, ownLists)
      if (bin === 'idle') return noNetwork(say)
      if (bin) return bin
    }
    // The machine's package lists are absent or out of date: fetch our own copy of them.
    const lists = join(engine, 'lists')
    mkdirSync(join(lists, 'partial'), { recursive: true })
    const options = aptOptions(engine, lists)
    const update = await run('apt-get', [...options, 'update', '-q'], {
      limitMs,
      watch: { folder: lists, idleMs: idleMs + 1000 },
    })
    if (update.idle) return noNetwork(say)
    for (const family of ['valkey', 'redis']) {
      const bin = await unpack(family, engine, options)
      if (bin === 'idle') return noNetwork(say)
      if (bin) return bin
    }
    return undefined
  } finally {
    for (const folder of ['apt', 'lists', 'debs'])
      rmSync(join(engine, folder), { recursive: true, force: true })
  }
}
