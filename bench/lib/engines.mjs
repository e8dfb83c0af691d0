// The engines under the systems compared: Apache Kafka from its jars, and a store server without a disk.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findStoreServer } from '../../bootstrap/engine.mjs'
import { freePort, root, sleep, start } from '../../test/campaign/lib/processes.mjs'

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

async function untilAnswers(child, port, what) {
  for (const until = Date.now() + 120_000; !(await answers(port)); await sleep(100))
    if (!child.running || Date.now() > until)
      throw new Error(`${what} did not start:\n${child.out.text}\n${child.out.error}`)
}

export async function startKafka() {
  const jars = process.env.TIDEMARK_KAFKA_JARS ?? join(root, '.cache/kafka/lib')
  if (!existsSync(jars) || !readdirSync(jars).some((name) => name.startsWith('kafka_')))
    throw new Error(`no Kafka jars in ${jars}; fetch them: bash .ci/fetch-kafka`)
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-kafka-'))
  const [port, controller] = [await freePort(), await freePort()]
  const file = join(dir, 'server.properties')
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
  }
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const classes = ['-cp', join(jars, '*')]
  execFileSync(
    'java',
    [
      ...classes,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      `T${randomBytes(16).toString('base64url').slice(1)}`,
      '-c',
      file,
    ],
    { stdio: 'ignore' },
  )
  const child = start('java', ['-Xmx768m', ...classes, 'kafka.Kafka', file])
  await untilAnswers(child, port, 'Kafka')
  return {
    address: `127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => (await child.kill(), rmSync(dir, { recursive: true, force: true })),
  }
}

export async function startStore() {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-store-'))
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const binary = process.env.TIDEMARK_STORE_BIN ?? (await findStoreServer({ root, say: () => {} }))
  const child = start(
    binary,
    [
      '--port',
      port,
      '--dir',
      dir,
      '--bind',
      '127.0.0.1',
      '--appendonly',
      'no',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ].map(String),
  )
  await untilAnswers(child, port, 'the store')
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    stop: async () => (await child.kill(), rmSync(dir, { recursive: true, force: true })),
  }
}
