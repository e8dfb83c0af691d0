// Record bytes to columns, alone: the scanner beside the plain decoder, over the same opened batches, without Kafka or a store.
//   node bench/scan.mjs [--records N] [--runs N] [--workload ysb,clicks,readings,gateway,pairs,lines,array,keyed] [--definition FILE with --sample FILE of one event a line] [--only walk,crc,plain,scan] [--short]
// Runs are interleaved in one process; records per CPU-second, medians and ranges. Both must make the same events.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { root } from '../test/campaign/lib/processes.mjs'
import { fetchesOf, makeFetches } from './lib/fetches.mjs'
import { rowWorkloads } from './lib/rows.mjs'
import { workloads } from './lib/workloads.mjs'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string' },
    runs: { type: 'string' },
    workload: { type: 'string' },
    definition: { type: 'string' },
    sample: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean' },
  },
})
const count = Math.min(Number(flags.records ?? (flags.short ? 50_000 : 400_000)), 5_000_000)
const runs = Math.min(Number(flags.runs ?? (flags.short ? 3 : 9)), 99)

await build()
const load = (file) => import(join(root, 'dist', file))
const { verifyCrc } = await load('log/crc32c.js')
const { readDefinition } = await load('model/definition/file.js')
const { shipped } = await load('model/shipped.js')
const { BatchQueue } = await load('ingest/reader.js')
const { DecodedBatch, REJECT } = await load('model/columns/batch.js')
const { compilePlain } = await load('model/scan/plain.js')
const { compileRecordDecoder } = await load('model/scan/decoder.js')

/** The lines of a sample over and over, as records that reach the log now. */
function sampleFetches(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  const records = Array.from({ length: count }, (_, n) => ({ key: null, value: lines[n % lines.length] }))
  return fetchesOf('t', records, Date.now(), load)
}

/** What it costs to test the checksum of every batch. */
const testAll = (fetches) => {
  let sound = 0
  for (const { batches } of fetches) if (verifyCrc(batches[0].bytes)) sound++
  return `${sound} batches`
}

/** The way of a worker: a batch of 200 records at a time, the dictionary cleared once it is full. */
function systemOf(source, way) {
  const batch = new DecodedBatch(source)
  const queue = new BatchQueue(() => false)
  const plain = compilePlain(source, batch)
  const step = {
    scan: compileRecordDecoder(source, batch),
    plain: (record, tsMs) => {
      const kind = plain(record, tsMs, [])
      batch.endRecord(
        kind,
        record.offset,
        tsMs,
        record.bytes,
        record.keyAt,
        record.keyLength,
        record.valueAt,
        record.valueLength,
      )
    },
    walk: () => {
      batch.steps++
    },
  }[way]
  const sink = {
    get hasRoom() {
      return batch.steps < 200
    },
    get isEmpty() {
      return batch.steps === 0
    },
    record: step,
    skip() {},
    unread() {},
  }
  return (fetches) => {
    queue.restart(0)
    let [events, sum, rejects] = [0, 0, 0]
    for (const fetched of fetches) {
      queue.push(fetched)
      while (!queue.empty) {
        batch.clear()
        if (batch.dictionary.isFull) batch.dictionary.clear()
        queue.read(sink)
        events += batch.events.count
        for (let at = 0; at < batch.events.count; at++)
          sum = (sum + batch.events.timeMs[at] + batch.events.keyHashes[at]) % 2 ** 52
        for (let at = 0; at < batch.steps; at++) if (batch.kinds[at] === REJECT) rejects++
      }
    }
    return `${events} events, ${rejects} rejects, ${sum}`
  }
}

const sorted = (values) => values.toSorted((a, b) => a - b)
const median = (values) => sorted(values)[Math.floor(values.length / 2)]
let wrong = 0
const names = flags.definition ? [flags.definition] : (flags.workload ?? 'ysb,clicks,readings').split(',')
for (const name of names) {
  const workload = rowWorkloads[name] ?? workloads[name]
  const definition = flags.definition
    ? JSON.parse(readFileSync(flags.definition, 'utf8'))
    : (workload.definition ?? shipped)
  const source = readDefinition(definition).find((one) => flags.definition || one.name === workload.source)
  const fetches = await (flags.sample
    ? sampleFetches(flags.sample)
    : workload.recordsOf
      ? fetchesOf('t', workload.recordsOf(count), Date.UTC(2026, 0, 6), load)
      : makeFetches(name, count, load))
  const bytes = fetches.reduce((total, { batches }) => total + batches[0].bytes.length, 0)
  console.log(`\n${name}: ${count} records of ${Math.round(bytes / count)} B`)
  const ways = (flags.only ?? 'walk,crc,plain,scan').split(',')
  const systems = ways.map((way) => ({
    way,
    run: way === 'crc' ? testAll : systemOf(source, way),
    rates: [],
    said: '',
  }))
  for (const { run } of systems) run(fetches) // warm
  for (let n = 0; n < runs; n++)
    for (const system of systems) {
      const before = process.cpuUsage()
      system.said = system.run(fetches)
      const { user, system: kernel } = process.cpuUsage(before)
      system.rates.push((count / (user + kernel)) * 1000)
    }
  for (const { way, rates, said } of systems)
    console.log(
      `${way.padEnd(6)} ${median(rates).toFixed(0).padStart(6)} k records/CPU-s (${sorted(rates)[0].toFixed(0)}-${sorted(rates).at(-1).toFixed(0)})  ${(1000 / median(rates)).toFixed(2)} us a record  ${said}`,
    )
  const [scan, plain] = ['scan', 'plain'].map((way) => systems.find((one) => one.way === way))
  if (scan && plain) {
    console.log(`scan : plain ${(median(scan.rates) / median(plain.rates)).toFixed(2)}`)
    if (scan.said !== plain.said) wrong++
  }
}
if (wrong > 0) {
  console.error('the two do not make the same events')
  process.exitCode = 1
}
