/** A real Apache Kafka broker (KRaft) from its jars, for one test file. Its owner stops it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { locate } from './needs.ts'
import { freePort } from './ports.ts'

export interface KafkaServer {
  /** Of the plain listener: no TLS, no log-in. */
  brokers: string[]
  /** Of the other listeners, by name. */
  listeners: Record<string, string[]>
  /** `log.dirs`: `<topic>-<partition>/<20 digits>.log`. */
  logDir: string
  stop(): Promise<void>
}

export interface KafkaOptions {
  /** Beside the plain one: name and protocol, such as `{ SAFE: 'SASL_SSL' }`. */
  listeners?: Record<string, string>
  /** More lines of the properties file. */
  settings?: Record<string, string>
  /** More arguments of `StorageTool format`: users of SCRAM. */
  format?: string[]
}

/** `jars`: the folder of Kafka's jars. Answers when the port does. */
export async function startKafka(jars: string, options: KafkaOptions = {}): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kafka-'))
  const named = { PLAINTEXT: 'PLAINTEXT', ...options.listeners }
  const [controllerPort, ...ports] = (await Promise.all(
    ['controller', ...Object.keys(named)].map(freePort),
  )) as [number, ...number[]]
  const places = Object.keys(named).map((name, at) => [name, `127.0.0.1:${ports[at]}`] as const)
  const listeners = places.map(([name, place]) => `${name}://${place}`).join(',')
  const logDir = join(folder, 'data')
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${listeners},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...Object.entries(named).map(([name, protocol]) => `${name}:${protocol}`),
    ].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logDir,
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.backoff.ms': '200',
    ...options.settings,
  }
  const file = join(folder, 'server.properties')
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const classes = ['-cp', join(jars, '*')]
  const id = `T${randomBytes(16).toString('base64url').slice(1)}` // a UUID in Kafka's letters; it must not begin with a dash
  execFileSync(
    'java',
    [...classes, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', file, ...(options.format ?? [])],
    { stdio: 'ignore' },
  )
  const server = spawn('java', ['-Xmx512m', ...classes, 'kafka.Kafka', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  process.once('exit', () => server.kill('SIGKILL')) // also where the test gave up waiting for it
  const said: string[] = []
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (bytes: Buffer) => void said.splice(0, said.length - 20, bytes.toString()))
  const stop = async (): Promise<void> => {
    await stopProcess(server)
    rmSync(folder, { recursive: true, force: true })
  }
  for (const endMs = Date.now() + 150_000; !(await allAnswer(ports)); await sleep(100)) {
    if (server.exitCode !== null || Date.now() > endMs) {
      await stop()
      throw new Error(`Kafka did not start: ${said.join('').slice(-2_000)}`)
    }
  }
  const [plain, ...others] = places.map(([name, place]): [string, string[]] => [name, [place]])
  return { brokers: plain?.[1] ?? [], listeners: Object.fromEntries(others), logDir, stop }
}

/** Runs a program of Kafka's own to its end, such as `org.apache.kafka.tools.TopicCommand`; answers what it printed. Rejects with its errors. */
export function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  input = '',
  withinMs = 60_000,
): Promise<string> {
  const child = spawn(
    'java',
    [
      '-Xmx256m',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      join(locate('kafka-jars') ?? '', '*'),
      mainClass,
      ...args,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let out = ''
  let errors = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(out)
      else
        reject(
          new Error(
            `${mainClass} ended with ${code ?? 'a kill'}: ${out.slice(-1_000)} ${errors.slice(-2_000)}`,
          ),
        )
    })
  })
}

/** All committed records of these topics, to a file that the recount takes with --kcat. The bytes never pass through text here. */
export async function dumpTopics(
  brokers: readonly string[],
  topics: readonly string[],
  file: string,
): Promise<void> {
  const out = openSync(file, 'w')
  try {
    for (const topic of topics) {
      const child = spawn(
        'kcat',
        [
          '-b',
          brokers.join(','),
          '-C',
          '-J',
          '-e',
          '-q',
          '-o',
          'beginning',
          '-X',
          'isolation.level=read_committed',
          '-t',
          topic,
        ],
        { stdio: ['ignore', out, 'ignore'] },
      )
      const code = await new Promise((resolve) => child.once('close', resolve))
      if (code !== 0) throw new Error(`kcat ended with ${String(code)} over ${topic}`)
    }
  } finally {
    closeSync(out)
  }
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  server.kill('SIGKILL')
  await gone
}

const allAnswer = async (ports: readonly number[]): Promise<boolean> =>
  (await Promise.all(ports.map(answers))).every(Boolean)

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
