// A cluster of Apache Kafka: three nodes or one, each broker and controller, that a campaign may kill, stop and start again.
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { finish, freePort, sleep, start } from './processes.mjs'

/** `jars`: the folder of Kafka's jars. `sessionMs`: how long the cluster waits for a silent broker before others lead in its place. */
export async function startCluster(dir, jars, { sessionMs = 9000, size = 3 } = {}) {
  const nodeIds = Array.from({ length: size }, (_, at) => at + 1)
  const inSync = Math.min(2, size)
  const places = await Promise.all(
    nodeIds.map(async (id) => ({
      id,
      port: await freePort(),
      controller: await freePort(),
      home: join(dir, `kafka-${id}`),
    })),
  )
  const classes = ['-cp', join(jars, '*')]
  const voters = places.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(',')
  const nodes = places.map(({ id, port, controller, home }) => {
    mkdirSync(home, { recursive: true })
    const file = join(home, 'server.properties')
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': id,
      'controller.quorum.voters': voters,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'log.dirs': join(home, 'data'),
      'broker.session.timeout.ms': sessionMs,
      'broker.heartbeat.interval.ms': 500,
      'default.replication.factor': size,
      'min.insync.replicas': inSync,
      'group.initial.rebalance.delay.ms': 0,
      'offsets.topic.replication.factor': size,
      'offsets.topic.num.partitions': 6,
      'transaction.state.log.replication.factor': size,
      'transaction.state.log.min.isr': inSync,
      'transaction.state.log.num.partitions': 3,
    }
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    return { id, port, file, child: null }
  })

  const begin = (node) => (node.child = start('java', ['-Xmx256m', ...classes, 'kafka.Kafka', node.file]))
  async function answers(node, limitMs = 180_000) {
    for (const until = Date.now() + limitMs; !(await opens(node.port)); await sleep(100))
      if (!node.child.running || Date.now() > until)
        throw new Error(`Kafka ${node.id} did not start:\n${node.child.out.text.slice(-2000)}`)
  }

  await Promise.all(
    nodes.map((node) =>
      finish(
        start('java', [
          '-Xmx128m',
          ...classes,
          'kafka.tools.StorageTool',
          'format',
          '-t',
          'TidemarkCampaignAAAAAA',
          '-c',
          node.file,
        ]),
        'format',
      ),
    ),
  )
  nodes.forEach(begin)
  await Promise.all(nodes.map((node) => answers(node)))

  return {
    brokers: nodes.map(({ port }) => `127.0.0.1:${port}`),
    nodeIds,
    kill: (id) => nodes.find((node) => node.id === id).child.kill('SIGKILL'),
    stop: (id) => nodes.find((node) => node.id === id).child.kill('SIGTERM'),
    /** Stands still without closing a connection, until `resume`. */
    pause: (id) => nodes.find((node) => node.id === id).child.signal('SIGSTOP'),
    resume: (id) => nodes.find((node) => node.id === id).child.signal('SIGCONT'),
    async restart(id) {
      const node = nodes.find((one) => one.id === id)
      begin(node)
      await answers(node)
    },
    end: () => Promise.all(nodes.map(({ child }) => child.kill('SIGKILL'))),
  }
}

function opens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
