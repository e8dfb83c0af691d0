// Faults of a Kafka cluster of three: a coordinator killed, a rolling restart, partitions added, a topic made anew; and how long counting stood still in each.
//   node test/campaign/brokers.mjs [--short] [--rate N]           wants TIDEMARK_KAFKA_JARS, java and kcat
// librdkafka writes all the while (idempotent, acks of all), two workers count, and a librdkafka group reads the same topic beside them: what it stands still is what the
// cluster itself costs. Passes when every written record was counted once, no partition halted but those of the topic that was made anew, and no fault cost
// more than the librdkafka group's standstill, or the cluster's session timeout if that is longer, and a few seconds.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startCluster } from './lib/kafka-cluster.mjs'
import { freePort, root, sleep, start, tidemark } from './lib/processes.mjs'
import { makeStore } from './lib/store.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, rate: { type: 'string' } } })
const rate = Math.min(Number(flags.rate ?? 300), 5000)
const rolls = flags.short ? 1 : 3
const kills = flags.short ? 1 : 3
const SESSION_MS = 9000
/** For the machine, which is shared, and the client's part. */
const ALLOWANCE_MS = 5000
const TICK_MS = 50
const jars = process.env.TIDEMARK_KAFKA_JARS ?? join(root, '.cache/kafka/lib')
if (!existsSync(jars)) throw new Error(`no jars of Apache Kafka in ${jars}; fetch them: bash .ci/fetch-kafka`)

await build()
const { openClient } = await import(join(root, 'dist/log/kafka/client.js'))
const { Nodes } = await import(join(root, 'dist/log/kafka/nodes.js'))
const { openAdmin } = await import(join(root, 'dist/log/kafka.js'))
const dir = mkdtempSync(join(tmpdir(), 'tidemark-brokers-'))
const begunAt = Date.now()
const say = (text) =>
  console.log(`${String(Math.round((Date.now() - begunAt) / 1000)).padStart(4)} s  ${text}`)

const cluster = await startCluster(dir, jars, { sessionMs: SESSION_MS })
const store = await makeStore(dir, await freePort())
await store.begin()
const kafka = cluster.brokers.join(',')
const tool = openClient({ brokers: cluster.brokers, clientId: 'campaign' }).admin()
await tool.connect()
const logAdmin = await openAdmin({ brokers: cluster.brokers, clientId: 'campaign' })
const make = (topic, numPartitions) =>
  tool.createTopics({
    waitForLeaders: false,
    topics: [
      {
        topic,
        numPartitions,
        replicationFactor: 3,
        configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
      },
    ],
  })
await Promise.all([logAdmin.createTopic('ev', 6), logAdmin.createTopic('swap', 2)])
const definition = join(dir, 'tidemark.yaml')
const source = (name) =>
  `  ${name}: { topic: ${name}, key: device, time: ts, fields: { device: string }, metrics: { readings: count } }\n`
writeFileSync(definition, `sources:\n${source('ev')}${source('swap')}keep: { 1m: 2d, 1h: 90d }\n`)
say(`three brokers at ${kafka}`)

const ingest = () => tidemark('ingest', '--kafka', kafka, '--store', store.url, '--definition', definition)
const workers = [ingest(), ingest()]
await Promise.all(workers.map((worker) => worker.says('ingest ready', 60_000)))
const readBeside = () =>
  start('kcat', [
    ...`-b ${kafka} -G beside -q -u -X auto.offset.reset=earliest`.split(' '),
    '-X',
    'topic.metadata.refresh.interval.ms=1000',
    '-f',
    '%p\n',
    'ev',
  ])
let beside = readBeside()
const writer = spawn(
  'kcat',
  [
    '-b',
    kafka,
    '-P',
    '-t',
    'ev',
    '-K',
    '|',
    '-X',
    'enable.idempotence=true',
    '-X',
    'acks=all',
    '-X',
    'linger.ms=20',
    '-X',
    'topic.metadata.refresh.interval.ms=1000',
    '-X',
    'topic.partitioner=murmur2_random',
  ],
  { stdio: ['pipe', 'inherit', 'inherit'] },
)
process.on('exit', () => writer.kill('SIGKILL'))
let sent = 0
const writing = setInterval(() => {
  const lines = Array.from(
    { length: Math.ceil((rate * TICK_MS) / 1000) },
    () => `d${sent++ % 997}|${JSON.stringify({ device: `d${sent % 997}`, ts: Date.now() })}\n`,
  )
  writer.stdin.write(lines.join(''))
}, TICK_MS)

/** When each partition last moved, for those who count and for those who read beside; and the longest it stood still since `reset`. */
function stillness() {
  const last = new Map()
  let longest = new Map()
  return {
    moved(partition) {
      const now = Date.now()
      longest.set(partition, Math.max(longest.get(partition) ?? 0, now - (last.get(partition) ?? now)))
      last.set(partition, now)
    },
    reset: () => (longest = new Map()),
    /** Of the partition that stood longest, those that still stand included. */
    most: () =>
      Math.max(
        0,
        ...[...last].map(([partition, atMs]) => Math.max(longest.get(partition) ?? 0, Date.now() - atMs)),
      ),
    isStill: () => [...last.values()].some((atMs) => Date.now() - atMs > 2000),
    least: () => Math.min(...[...last.keys()].map((partition) => longest.get(partition) ?? 0)),
  }
}
const counting = stillness()
const reading = stillness()
let heard = 0
const over = new AbortController()
const standing = new Map()
const watching = (async () => {
  for (; !over.signal.aborted; await sleep(100)) {
    // kcat gives up where for a moment it has no connection to any of the three.
    if (!beside.running) [beside, heard] = [readBeside(), 0]
    for (const line of beside.out.text.slice(heard).split('\n').slice(0, -1)) {
      heard += line.length + 1
      reading.moved(Number(line))
    }
    for (const [key, { topic, next }] of Object.entries(await store.positions())) {
      if (topic !== 'ev' || standing.get(key) === next) continue
      standing.set(key, next)
      counting.moved(key)
    }
  }
})()

const ends = async (topic) => [...((await logAdmin.logEnds([topic])).get(topic)?.values() ?? [])]
const sum = (numbers) => numbers.reduce((all, one) => all + Number(one), 0)
const countedOf = async (topic) =>
  sum(
    Object.values(await store.positions())
      .filter((one) => one.topic === topic)
      .map(({ next }) => next),
  )
const standsWhere = async () =>
  `counting stands still for ${seconds(counting.most())}, the librdkafka group for ${seconds(reading.most())}; ${sent} sent, ends ${await ends('ev')}, counted ${Object.values(
    await store.positions(),
  )
    .filter(({ topic }) => topic === 'ev')
    .map(
      ({ next }) => next,
    )}; writer ${writer.exitCode}, beside ${beside.running ? 'runs' : beside.out.error.slice(-500)}`
async function until(what, holds, limitMs = 60_000) {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(100))
    if (Date.now() > end)
      throw new Error(
        `never: ${what}; ${await standsWhere()}\n${workers.map((worker) => worker.out.error.slice(-3000)).join('\n---\n')}`,
      )
}
const allMove = () => until('all partitions move', () => !counting.isStill() && !reading.isStill(), 90_000)
/** All replicas are in sync again: the next fault finds a whole cluster. */
const isWhole = () =>
  until(
    'the cluster is whole',
    async () =>
      (
        await tool.fetchTopicMetadata({ topics: ['ev'] }).catch(() => ({ topics: [] }))
      ).topics[0]?.partitions.every(({ isr }) => isr.length === 3),
    90_000,
  )

const results = []
async function fault(what, act) {
  await allMove()
  counting.reset()
  reading.reset()
  await act()
  await sleep(2000)
  await allMove()
  const result = { what, countingMs: counting.most(), leastMs: counting.least(), besideMs: reading.most() }
  results.push(result)
  say(
    `${what.padEnd(44)} counting stood still ${seconds(result.leastMs)} to ${seconds(result.countingMs)}, the librdkafka group ${seconds(result.besideMs)}`,
  )
}
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
const nodes = new Nodes({ brokers: cluster.brokers, clientId: 'campaign' })
const coordinatorOf = async (groupId) => (await nodes.coordinatorOf(groupId)).nodeId

await until('something is counted', async () => (await countedOf('ev')) > rate)
for (let round = 0; round < kills; round++) {
  let killed
  await fault('kill -9 of the coordinator of the workers', async () => {
    killed = await coordinatorOf('tidemark-ev-g1')
    await cluster.kill(killed)
    await sleep(SESSION_MS + 3000)
  })
  await cluster.restart(killed)
  await isWhole()
}
for (let round = 0; round < rolls; round++)
  await fault('a rolling restart', async () => {
    for (const id of cluster.nodeIds.slice(0, flags.short ? 2 : 3)) {
      await cluster.stop(id)
      await cluster.restart(id)
      await isWhole()
    }
  })

const grownAt = Date.now()
await tool.createPartitions({ topicPartitions: [{ topic: 'ev', count: 9 }] })
await until(
  'the new partitions are counted',
  async () =>
    Object.values(await store.positions()).filter(({ topic, next }) => topic === 'ev' && Number(next) > 0)
      .length === 9,
)
say(
  `partitions 6 to 9: all counted after ${seconds(Date.now() - grownAt)}, the catalog has ${await store.command('HGET tm:{ev}:catalog partitions')}`,
)

const fill = (count) => {
  const child = spawn('kcat', ['-b', kafka, '-P', '-t', 'swap', '-X', 'topic.partitioner=random'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  child.stdin.end(
    Array.from(
      { length: count },
      (_, at) => `${JSON.stringify({ device: `s${at}`, ts: Date.now() })}\n`,
    ).join(''),
  )
  return new Promise((resolve) => child.once('close', resolve))
}
await fill(200)
await until('the topic that will be made anew is counted', async () => (await countedOf('swap')) === 200)
await tool.deleteTopics({ topics: ['swap'] })
await make('swap', 2)
await fill(900)
const haltedOf = (topic) =>
  workers.flatMap((worker) => worker.out.error.match(new RegExp(`${topic}/\\d+: HALTED, [A-Z_]+`, 'g')) ?? [])
await until('its partitions halt', async () => new Set(haltedOf('swap')).size === 2)
say(
  `a topic made anew and filled at once: ${haltedOf('swap').sort().join('; ')}; counted ${await countedOf('swap')} of the old one`,
)

over.abort()
await watching
clearInterval(writing)
writer.stdin.end()
const wrote = await new Promise((resolve) =>
  writer.exitCode === null ? writer.once('close', resolve) : resolve(writer.exitCode),
)
await until('all is counted', async () => (await countedOf('ev')) === sum(await ends('ev')))
const [counted, inLog] = [await countedOf('ev'), sum(await ends('ev'))]
say(`${sent} sent, ${inLog} in the log, ${counted} counted`)
const said = workers.map((worker) => worker.out.error).join('\n')
const faults = [
  wrote !== 0 && `the writer ended with ${wrote}`,
  (inLog !== sent || counted !== sent) && 'the numbers differ',
  (await countedOf('swap')) !== 200 &&
    'records of the new topic were counted as if they followed the old ones',
  haltedOf('ev').length > 0 && `halted: ${haltedOf('ev').join('; ')}`,
  workers.some((worker) => !worker.running) && 'a worker ended',
  /MaxListenersExceeded/.test(said) && 'listeners were leaked',
  said.split('\n').filter((line) => /connection|does not answer/i.test(line)).length >
    12 * (kills + 3 * rolls) && 'outages were told too often',
  ...results.map(
    ({ what, countingMs, besideMs }) =>
      countingMs > Math.max(besideMs, SESSION_MS) + ALLOWANCE_MS &&
      `${what}: counting stood still ${seconds(countingMs)}`,
  ),
].filter(Boolean)
await Promise.all([...workers.map((worker) => worker.kill('SIGTERM')), beside.kill()])
nodes.close()
await Promise.all([tool.disconnect(), logAdmin.close()])
await cluster.end()
await store.kill()
rmSync(dir, { recursive: true, force: true })
if (process.env.TIDEMARK_SAY_ALL) console.log(said)
console.log(faults.length === 0 ? 'PASS' : `FAIL: ${faults.join('; ')}`)
process.exit(faults.length === 0 ? 0 : 1)
