// Proof of the first five minutes: a fresh clone, an empty home, a bare environment, no store server on the machine.
//   node test/bootstrap/bare-machine.mjs [--user root|nobody]
// npm start must serve the page and count events; Ctrl-C must end it with 0 and leave no process; the next start must go on.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const user = process.argv[process.argv.indexOf('--user') + 1] ?? 'root'
const nobody = 65_534
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-bare-')))
const clone = join(scratch, 'tidemark')
const startLimitMs = 150_000
const stopLimitMs = 60_000

function check(holds, sentence) {
  if (!holds) throw new Error(sentence)
}

function must(program, ...args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  check(status === 0, `${program} ${args.join(' ')}: ${stderr}`)
}

/** Every program of this machine but store servers and Docker, so that one has to be fetched. */
function bareBin() {
  const bin = join(scratch, 'bin')
  mkdirSync(bin)
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of listed(folder))
      if (!/redis|valkey|docker/.test(name)) {
        try {
          symlinkSync(join(folder, name), join(bin, name))
        } catch {
          // an earlier folder of PATH has that name
        }
      }
  return bin
}

function listed(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Nothing but PATH and HOME, and what the network of this machine asks for (a proxy, a certificate, a registry). */
function bareEnvironment() {
  const network = /^(https?_proxy|no_proxy|npm_config_(registry|cafile)|node_extra_ca_certs)$/i
  const home = join(scratch, 'home')
  mkdirSync(home)
  if (user !== 'root') chownSync(home, nobody, nobody)
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => network.test(name))),
    PATH: bareBin(),
    // A user without root may well have no home at all: HOME is there, and empty.
    HOME: user === 'root' ? home : '',
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Processes that work in the clone or name it: whatever `npm start` could have left behind. */
function leftovers() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(clone) || readlinkSync(`/proc/${pid}/cwd`).startsWith(clone)
          ? [`${pid} ${command}`]
          : []
      } catch {
        return []
      }
    })
}

async function answer(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3000) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

const countedIn = (status) =>
  JSON.parse(status)
    .sources.flatMap((source) => source.partitions)
    .reduce((sum, partition) => sum + partition.events.counted, 0)

/** Starts as a terminal would: a process group of its own, Ctrl-C to all of it. */
async function session(name, env, port, least) {
  const began = Date.now()
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1).padStart(5)
  const phase = (what) => console.log(`${name} ${seconds()} s  ${what}`)
  const command = ['npm', 'start', '--', '--port', String(port)]
  const [program, ...args] =
    user === 'root'
      ? command
      : ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...command]
  const child = spawn(program, args, { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let ended
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      said += bytes
      for (const line of String(bytes).split('\n').filter(Boolean)) phase(`| ${line}`)
    })
  const gone = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve((ended = code ?? signal))),
  )
  const until = async (what, holds) => {
    for (;;) {
      const value = await holds()
      if (value !== undefined && value !== false) return (phase(what), value)
      check(ended === undefined, `${name}: npm start ended (${ended}) before: ${what}\n${said}`)
      check(Date.now() - began < startLimitMs, `${name}: not within ${startLimitMs / 1000} s: ${what}`)
      await sleep(200)
    }
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await until('alive', () => answer(`${url}/livez`))
    await until('the page is served', async () => /<html/i.test((await answer(`${url}/`)) ?? ''))
    const counted = await until('events are counted', async () => {
      const status = await answer(`${url}/v1/status`)
      const count = status === undefined ? 0 : countedIn(status)
      if (count > 0)
        check(count >= least, `${name}: counted ${count}, and it had been ${least}: numbers went back`)
      return count > 0 && count
    })
    // What the welcome promises, the user may rely on: wait for it before Ctrl-C.
    await until('the welcome is printed', () => said.includes(url))
    const stopBegan = Date.now()
    process.kill(-child.pid, 'SIGINT')
    await Promise.race([gone, sleep(stopLimitMs, undefined, { ref: false })])
    check(ended === 0, `${name}: Ctrl-C ended with ${ended ?? 'nothing at all'}, not 0`)
    check(leftovers().length === 0, `${name}: processes were left behind:\n${leftovers().join('\n')}`)
    console.log(
      `${name} stopped in ${((Date.now() - stopBegan) / 1000).toFixed(1)} s, exit 0, no process left; counted ${counted}`,
    )
    return counted
  } finally {
    if (ended === undefined) process.kill(-child.pid, 'SIGKILL')
    for (const line of leftovers()) process.kill(Number(line.split(' ')[0]), 'SIGKILL')
  }
}

try {
  chmodSync(scratch, 0o755)
  must(
    'git',
    '-c',
    `safe.directory=${repository}/.git`,
    '-c',
    'safe.directory=*',
    'clone',
    '--quiet',
    '--no-hardlinks',
    repository,
    clone,
  )
  if (user !== 'root') must('chown', '-R', `${nobody}:${nobody}`, clone)
  const env = bareEnvironment()
  const first = await session('first start', env, await freePort(), 0)
  const second = await session('next start ', env, await freePort(), first)
  console.log(`good: ${user}, counted ${first}, then ${second}`)
} catch (error) {
  console.error(`bad: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
