// The Dockerfile without Docker: its COPY and RUN steps, in their order, in clean folders; then what the image would start.
//   node test/deploy/image-by-hand.mjs          exit code 0: the server answered /livez and /readyz, the page, and a health check
// Takes what git knows of this tree and .dockerignore lets through; needs npm's packages, and a store server (test/run.mjs's lookup).
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findStoreServer } from '../../bootstrap/engine.mjs'
import { freePort } from '../campaign/lib/ports.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-image-'))
const running = []

/** Instructions as [word, rest], continued lines joined. */
function readDockerfile() {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^(\w+)\s+(.*)$/.exec(line).slice(1))
}

/** The build context: what is tracked or new here, as far as the ignore file lets it through. */
function makeContext(folder) {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (rules[0] !== '*' || !rules.slice(1).every((rule) => rule.startsWith('!')))
    throw new Error('.dockerignore is no list of exceptions to *')
  const allowed = rules.slice(1).map((rule) => rule.slice(1))
  const files = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).stdout.split('\n')
  for (const file of files)
    if (
      allowed.some((place) => file === place || file.startsWith(`${place}/`)) &&
      existsSync(join(root, file))
    ) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(join(root, file), join(folder, file))
    }
}

/** Copies as COPY does; `workdir` is where relative targets lie. */
function copy(words, from, workdir, stageRoot) {
  const target = words.at(-1)
  const place = target.startsWith('/') ? join(stageRoot, target) : join(workdir, target)
  for (const source of words.slice(0, -1)) {
    const origin = join(from, source)
    const isFolder =
      existsSync(origin) &&
      readdirSync(dirname(origin), { withFileTypes: true })
        .find((entry) => origin.endsWith(`/${entry.name}`))
        ?.isDirectory()
    const isAll = source === '.'
    cpSync(origin, isAll || isFolder ? place : join(place, source.split('/').at(-1)), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

function runStep(command, cwd) {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
    env: { PATH: process.env.PATH, HOME: process.env.HOME ?? scratch, ...npmSettings() },
  })
  console.log(`RUN ${command}: exit ${status}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
  if (status !== 0) throw new Error(`${command} ended with ${status}\n${stdout}\n${stderr}`)
}

/** Where npm gets its packages is the machine's business. */
function npmSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^npm_config_|^https?_proxy$|^no_proxy$|^NODE_EXTRA_CA_CERTS$/i.test(name),
    ),
  )
}

/** Builds both stages; answers the last one's folder and settings. */
function buildImage() {
  const context = join(scratch, 'context')
  mkdirSync(context)
  makeContext(context)
  const stages = new Map()
  let stage
  for (const [word, rest] of readDockerfile()) {
    if (word === 'FROM') {
      const [, image, name] = /^(\S+)(?: AS (\S+))?$/.exec(rest)
      stage = {
        image,
        folder: mkdtempSync(join(scratch, `${name ?? 'final'}-`)),
        workdir: '/',
        env: {},
        user: 'root',
      }
      stages.set(name ?? 'final', stage)
    } else if (word === 'WORKDIR') mkdirSync(join(stage.folder, (stage.workdir = rest)), { recursive: true })
    else if (word === 'RUN') runStep(rest, join(stage.folder, stage.workdir))
    else if (word === 'COPY') {
      const words = rest.split(/\s+/)
      const other = /^--from=(.+)$/.exec(words[0])?.[1]
      if (other === undefined) copy(words, context, join(stage.folder, stage.workdir), stage.folder)
      else copy(words.slice(1), stages.get(other).folder, join(stage.folder, stage.workdir), stage.folder)
    } else if (word === 'ENV')
      for (const pair of rest.split(/\s+/))
        stage.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1)
    else if (word === 'USER') stage.user = rest
    else if (word === 'HEALTHCHECK') stage.health = JSON.parse(/CMD (\[.*\])$/.exec(rest)[1])
    else if (word === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest)
    else if (word === 'CMD') stage.command = JSON.parse(rest)
    else if (word !== 'LABEL' && word !== 'EXPOSE')
      throw new Error(`a step that this script does not know: ${word}`)
  }
  return stage
}

/** Starts a command of the image; resolves with its line that says it is ready. */
function start(image, words, env = {}) {
  const [program, ...args] = [...image.entrypoint, ...words]
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: join(image.folder, image.workdir),
    env: { PATH: process.env.PATH, ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let said = ''
  child.stderr.on('data', (bytes) => (said = (said + bytes).slice(-4000)))
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${words[0]} was not ready within 30 s: ${said}`)), 30_000)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!/^[a-z-]+ ready\b/.test(line)) return
      clearTimeout(late)
      resolve(line)
    })
    child.on('close', (code) => {
      clearTimeout(late)
      reject(new Error(`${words[0]} ended with ${code}: ${said}`))
    })
  })
}

async function stopAll() {
  for (const child of running.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await gone
    clearTimeout(force)
  }
}

async function mustAnswer(url, wanted) {
  const answer = await fetch(url)
  const text = await answer.text()
  if (answer.status !== 200 || !wanted.test(text))
    throw new Error(`${url}: ${answer.status} ${text.slice(0, 300)}`)
  console.log(`${new URL(url).pathname}: 200, ${text.length} characters`)
}

function expect(truth, what) {
  if (!truth) throw new Error(what)
  console.log(what)
}

try {
  const image = buildImage()
  const home = join(image.folder, image.workdir)
  expect(image.user !== 'root', `the image runs as ${image.user}`)
  expect(
    !existsSync(join(home, 'node_modules/typescript')) && !existsSync(join(home, 'node_modules/vite')),
    'no development packages in the image',
  )
  expect(
    readdirSync(home).sort().join() === 'LICENSE,dist,node_modules,package.json',
    'nothing in the image but packages and dist/',
  )

  const store = await findStoreServer({ root, say: console.log })
  const [kafkaPort, storePort, page, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  await Promise.all([
    start(image, ['broker', '--port', String(kafkaPort), '--data', join(scratch, 'log')]),
    start(
      image,
      [
        'store-server',
        '--port',
        String(storePort),
        '--data',
        join(scratch, 'store'),
        '--max-memory-mb',
        '64',
        '--no-password',
      ],
      { TIDEMARK_STORE_BIN: store },
    ),
  ])
  const engines = {
    TIDEMARK_KAFKA: `127.0.0.1:${kafkaPort}`,
    TIDEMARK_STORE: `redis://127.0.0.1:${storePort}`,
  }

  const refused = spawnSync(process.execPath, [...image.entrypoint.slice(1), ...image.command], {
    cwd: home,
    env: { PATH: process.env.PATH, ...image.env, ...engines, TIDEMARK_PORT: String(page) },
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(
    refused.status === 78 && /--open/.test(refused.stderr),
    'an open address without a word of consent is refused, exit 78',
  )

  await start(image, image.command, { ...engines, TIDEMARK_PORT: String(page), TIDEMARK_OPEN: '1' })
  await start(image, ['ingest'], { ...engines, TIDEMARK_METRICS_PORT: String(metrics), TIDEMARK_OPEN: '1' })
  await mustAnswer(`http://127.0.0.1:${page}/livez`, /"ok"/)
  await mustAnswer(`http://127.0.0.1:${page}/readyz`, /"ok"/)
  await mustAnswer(`http://127.0.0.1:${page}/`, /<!doctype html>/i)
  await mustAnswer(`http://127.0.0.1:${page}/metrics`, /tidemark_store_up 1/)
  await mustAnswer(`http://127.0.0.1:${metrics}/metrics`, /tidemark_ingest_partitions\{source="clicks"\}/)
  const check = spawnSync(process.execPath, [...image.health.slice(1), '--port', String(page)], {
    cwd: home,
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(check.status === 0, 'the health check of the image is content')
  console.log('the image, made by hand, serves')
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  await stopAll()
  rmSync(scratch, { recursive: true, force: true })
}
