import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const parts = ['embedded', 'cli', 'log'] as const
/** Below the packages that the broker loads, which end with this tree: another tree of the same sources has its own. */
const cache = join(root, 'node_modules/.cache/tidemark-test')

/**
 * The broker's command as JavaScript, for tests that run it as a process of its own. Compiled once for every state of its
 * sources, apart from dist/: a test file run alone, in a tree where other parts do not compile, still tests what is written.
 * Answers the script to give to `node`.
 */
export function compiledBroker(): string {
  const home = join(cache, `broker-${hashOfSources()}`)
  const script = join(home, 'broker.js')
  if (existsSync(script)) return script
  mkdirSync(cache, { recursive: true })
  const staging = mkdtempSync(join(cache, 'compiling-'))
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      outDir: staging,
      rootDir: root,
      noCheck: true,
      sourceMap: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: [join(root, 'cli/commands/broker.ts')],
  }
  writeFileSync(join(staging, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(staging, 'package.json'), '{"type":"module"}')
  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(staging, 'tsconfig.json')],
    { encoding: 'utf8' },
  )
  if (tsc.status !== 0) throw new Error(`the broker does not compile:\n${tsc.stdout}${tsc.stderr}`)
  writeFileSync(
    join(staging, 'broker.js'),
    "import { run } from './cli/commands/broker.js'\nprocess.exitCode = await run(process.argv.slice(2))\n",
  )
  try {
    renameSync(staging, home)
  } catch {
    rmSync(staging, { recursive: true, force: true }) // another worker was faster
  }
  return script
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  const files = parts.flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((name) => `${part}/${name}`),
  )
  for (const file of files.filter((name) => name.endsWith('.ts')).sort())
    hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
