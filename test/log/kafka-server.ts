/** A real Apache Kafka broker from its jars, for one test file. Its owner stops it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface KafkaServer {
  brokers: string[]
  stop(): Promise<void>
}

/** `jars`: the folder of Kafka's jars. Answers when the port does. */
export async function startKafka(jars: string): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kafka-'))
  const [port, controllerPort] = await Promise.all([freePort(), freePort()])
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.backoff.ms': '200',
  }
  const file = join(folder, 'server.properties')
  writeFileSync(file, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''))
  const classes = ['-cp', join(jars, '*')]
  const id = execFileSync('java', [...classes, 'kafka.tools.StorageTool', 'random-uuid'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim()
  execFileSync('java', [...classes, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', file], { stdio: 'ignore' })
  const server = spawn('java', ['-Xmx512m', ...classes, 'kafka.Kafka', file], { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    await stopProcess(server)
    rmSync(folder, { recursive: true, force: true })
  }
  for (const endMs = Date.now() + 60_000; !(await answers(port)); await sleep(100)) {
    if (server.exitCode !== null || Date.now() > endMs) {
      await stop()
      throw new Error('Kafka did not start')
    }
  }
  return { brokers: [`127.0.0.1:${port}`], stop }
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise<void>(resolve => server.once('exit', () => resolve()))
  server.kill('SIGKILL')
  await gone
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
