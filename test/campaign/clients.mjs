// Other people's Kafka clients against the embedded broker: each library is fetched at a pinned version by its own package client, sends with every
// codec and acks that it has, reads as a group, changes topics, and says what it says of what is not offered.
//   node test/campaign/clients.mjs [--short] [--only confluent,franz,...]
// Needs python3 with pip, go, npm, and a JDK with Kafka's jars; a client whose tools or packages are not to be had is named (and fails the run under TIDEMARK_REQUIRE=all).
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { root, start, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, only: { type: 'string' } } })
const sources = join(root, 'test/campaign/clients')
const cache = join(root, '.cache/clients')
const jars = process.env['TIDEMARK_KAFKA_JARS'] ?? join(root, '.cache/kafka/lib')
const classpath = join(jars, '*')
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-clients-'))
const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout: 60_000 }).status === 0
/** A Java that runs a source file has the compiler in it. */
const compiles = () =>
  (spawnSync('java', ['--list-modules'], { encoding: 'utf8', timeout: 60_000 }).stdout ?? '').includes(
    'jdk.compiler',
  )
const has = {
  python3: () => runs('python3', '-m', 'pip', '--version'),
  go: () => runs('go', 'version'),
  npm: () => runs('npm', '--version'),
  java: () =>
    compiles() && existsSync(jars) && readdirSync(jars).some((name) => name.startsWith('kafka-clients')),
}

/** Runs a package client once for each state of what pins the versions; what it made lies in the folder that it is told. */
async function fetched(kind, pins, run) {
  const folder = join(cache, kind)
  const stamp = join(folder, '.pins')
  const wanted = pins.map((file) => readFileSync(join(sources, kind, file), 'utf8')).join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const child = run(folder)
  if ((await child.ended) !== 0)
    throw new Error(
      `${kind} clients could not be fetched:\n${child.out.text}\n${child.out.error}`.slice(0, 4000),
    )
  writeFileSync(stamp, wanted)
  return folder
}
const fetchers = {
  python: () =>
    fetched('python', ['requirements.txt'], (folder) =>
      start(
        'python3',
        [
          '-m',
          'pip',
          'install',
          '--quiet',
          '--no-deps',
          '--only-binary',
          ':all:',
          '--target',
          folder,
          '-r',
          join(sources, 'python/requirements.txt'),
        ],
        {
          PIP_BREAK_SYSTEM_PACKAGES: '1', // says that a folder of its own is no system's
        },
      ),
    ),
  node: () =>
    fetched('node', ['package.json', 'package-lock.json'], (folder) => {
      for (const file of ['package.json', 'package-lock.json'])
        cpSync(join(sources, 'node', file), join(folder, file))
      return start('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder])
    }),
  // Stripped of what a debugger needs: half the time of linking.
  go: () =>
    fetched(
      'go',
      ['go.mod', 'go.sum', 'report/report.go', 'franz/main.go', 'sarama/main.go', 'segment/main.go'],
      (folder) =>
        start('go', [
          'build',
          '-C',
          join(sources, 'go'),
          '-mod=readonly',
          '-ldflags=-s -w',
          '-o',
          folder + '/',
          './...',
        ]),
    ),
}

const python = (file) => ({
  needs: 'python3',
  kind: 'python',
  run: (broker, folder) =>
    start('python3', [join(sources, 'python', file), broker], {
      PYTHONPATH: folder,
      PYTHONDONTWRITEBYTECODE: '1',
    }),
})
const go = (name) => ({
  needs: 'go',
  kind: 'go',
  run: (broker, folder) => start(join(folder, name), [broker]),
})
const clients = {
  confluent: python('confluent.py'),
  'kafka-python': python('plain.py'),
  aiokafka: python('aio.py'),
  platformatic: {
    needs: 'npm',
    kind: 'node',
    run: (broker, folder) =>
      start(process.execPath, [join(sources, 'node/platformatic.mjs'), broker, folder]),
  },
  java: {
    needs: 'java',
    run: (broker) =>
      start('java', ['-Xmx256m', '-cp', classpath, join(sources, 'java/Clients.java'), broker]),
  },
  tools: {
    needs: 'java',
    run: (broker) => start(process.execPath, [join(sources, 'node/tools.mjs'), broker, jars]),
  },
  franz: go('franz'),
  sarama: go('sarama'),
  segment: go('segment'),
}

const only = flags.only?.split(',')
const wanted = Object.entries(clients).filter(([name]) => only === undefined || only.includes(name))
const lacking = []
let good = 0
let bad = 0
const tell = (name, line) => {
  console.log(`${name.padEnd(13)} ${line}`)
  if (line.startsWith('good')) good++
  else if (line.startsWith('BAD')) bad++
}
const began = performance.now()
// Go compiles longest: its fetch begins first, and the others run meanwhile.
const present = wanted.filter(
  ([name, { needs }]) => has[needs]() || (lacking.push(`${name} (${needs})`), false),
)
const kinds = [...new Set(present.map(([, { kind }]) => kind).filter((kind) => kind !== undefined))].sort()
const folders = Object.fromEntries(kinds.map((kind) => [kind, fetchers[kind]()]))
for (const folder of Object.values(folders)) folder.catch(() => {}) // said where it is waited for
await build()
const broker = tidemark('broker', '--port', 0, '--data', join(scratch, 'broker'))
try {
  await broker.says('broker ready')
  const address = /broker ready on (\S+)/.exec(broker.out.text)[1]
  for (const [name, { kind, run }] of present) {
    let folder
    try {
      folder = kind === undefined ? undefined : await folders[kind]
    } catch (error) {
      lacking.push(`${name} (${error.message.split('\n').slice(0, 3).join(' ').slice(0, 300)})`)
      continue
    }
    try {
      const child = run(address, folder)
      const tooLong = setTimeout(() => void child.kill(), 100_000)
      const code = await child.ended
      clearTimeout(tooLong)
      const lines = child.out.text.split('\n').filter((line) => /^(good|BAD|said) /.test(line))
      for (const line of lines) tell(name, line)
      if (code !== 0 || lines.length === 0)
        tell(name, `BAD ended with ${code}: ${child.out.text.slice(-500)} ${child.out.error.slice(-1500)}`)
    } catch (error) {
      tell(name, `BAD ${error.message}`)
    }
  }
  if (!broker.running) tell('broker', `BAD it ended: ${broker.out.error.slice(-2000)}`)
} finally {
  await broker.kill('SIGTERM')
  rmSync(scratch, { recursive: true, force: true })
}
if (lacking.length > 0) console.log(`not tried, for want of their tools: ${lacking.join(', ')}`)
const mustAll = process.env['TIDEMARK_REQUIRE'] === 'all'
console.log(`in ${Math.round((performance.now() - began) / 1000)} s`)
console.log(
  `${good} passed, ${bad + (mustAll ? lacking.length : 0)} failed, ${mustAll ? 0 : lacking.length} skipped`,
)
process.exit(bad > 0 || (lacking.length > 0 && mustAll) ? 1 : 0)
