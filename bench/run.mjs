// Speed beside others, in one run: node bench/run.mjs [--events N] [--runs N] [--workload ysb,wide,clicks,readings] [--systems tidemark,other,noop,hincrby,streams,flink] [--short]
// Every system reads the same topic of the same Apache Kafka, one after the other, the runs interleaved. What counts are ratios of one run: events per CPU-second of
// the system's own process, medians and ranges. Counts are held against the generator.
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { finish, root, tidemark } from '../test/campaign/lib/processes.mjs'
import { startKafka, startStore } from './lib/engines.mjs'
import { systems } from './lib/systems.mjs'
import { printTable } from './lib/table.mjs'
import { workloads } from './lib/workloads.mjs'

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string' },
    runs: { type: 'string' },
    workload: { type: 'string' },
    systems: { type: 'string' },
    short: { type: 'boolean' },
  },
})
const count = Math.min(Number(flags.events ?? (flags.short ? 300_000 : 2_000_000)), 20_000_000)
const runs = Math.min(Number(flags.runs ?? (flags.short ? 1 : 3)), 20)
const names = (flags.workload ?? (flags.short ? 'ysb' : 'ysb,clicks,readings')).split(',')
const wanted = (flags.systems ?? 'tidemark,noop,hincrby').split(',')
for (const name of wanted)
  if (!systems[name]) throw new Error(`no system ${name}; there are ${Object.keys(systems).join(', ')}`)

await build()
const { openAdmin, openProducer } = await import(join(root, 'dist/log/kafka.js'))
const { shipped } = await import(join(root, 'dist/model/shipped.js'))
const kafka = await startKafka()
const store = await startStore()
const config = { brokers: [kafka.address], clientId: 'bench' }
const kafkajs = (await import('kafkajs')).default
const groups = new kafkajs.Kafka({ brokers: config.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
await groups.connect()
let wrong = 0

/** One of the shipped sources, alone: what others of them do is no part of it. */
const only = (name) => ({ sources: { [name]: shipped.sources[name] }, keep: shipped.keep })

/** Sends all events; answers what must be counted. */
async function fill(workload) {
  const admin = await openAdmin(config)
  await admin.createTopic(workload.topic, 4)
  await admin.close()
  if (workload.simulated) {
    const asked = ['--sources', workload.source, '--count', count, '--seed', 5]
    await finish(tidemark('simulate', '--kafka', kafka.address, ...asked), 'simulate')
    return { count: await ends(workload.topic) }
  }
  const made = workload.make(count)
  const producer = await openProducer(config)
  for (let sent = 0; sent < count; ) {
    const records = Array.from({ length: Math.min(10_000, count - sent) }, (_, n) => made.event(sent + n))
    await producer.send(workload.topic, records)
    sent += records.length
  }
  await producer.close()
  return { count, cells: made.expected, beganMs: made.beganMs, endMs: made.endMs }
}
const ends = async (topic) =>
  (await groups.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)

try {
  for (const name of names) {
    const workload = { ...workloads[name], definition: workloads[name].definition ?? only(name) }
    const filled = await fill(workload)
    console.log(`\n${name}: ${filled.count} events in 4 partitions`)
    const figures = new Map(wanted.map((system) => [system, []]))
    for (let run = 0; run < runs; run++)
      for (const system of wanted) {
        const found = await systems[system].run({
          workload,
          count: filled.count,
          expected: filled.cells ? filled : null,
          kafka,
          store,
          forget: (group) => groups.deleteGroups([group]).catch(() => {}),
        })
        wrong += found.wrong
        figures.get(system).push(found)
        console.log(
          `  ${systems[system].name}: ${Math.round(filled.count / found.cpu / 1000)} k events a CPU-second, ${found.seconds.toFixed(1)} s${found.wrong ? `, ${found.wrong} WRONG` : ''}`,
        )
      }
    printTable(
      filled.count,
      wanted.map((system) => ({ name: systems[system].name, runs: figures.get(system) })),
    )
  }
} finally {
  await groups.disconnect()
  await store.stop()
  await kafka.stop()
}
console.log(wrong === 0 ? 'all counts as the generator has them' : `${wrong} counts WRONG`)
process.exit(wrong === 0 ? 0 : 1)
