// The worker alone: queued batches to the bytes of its calls, without Kafka and with a store that holds nothing.
//   node [--cpu-prof] bench/fold.mjs [--records N] [--runs N] [--workload ysb,clicks,readings] [--pairs N] [--with visitors] [--without load,counter] [--sessions] [--short]
// --with: clicks with uniques of the visitor in every breakdown. --without: the shipped sources without some of their metrics.
// --sessions, --journeys: clicks with sessions by entry, exit and country, or with journeys of two steps, which are not shipped.
// Records per CPU-second, median and range; cells and bytes a record.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { root } from '../test/campaign/lib/processes.mjs'
import { makeFetches } from './lib/fetches.mjs'
import { workloads } from './lib/workloads.mjs'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string' },
    runs: { type: 'string' },
    workload: { type: 'string' },
    pairs: { type: 'string' },
    with: { type: 'string' },
    without: { type: 'string' },
    sessions: { type: 'boolean' },
    journeys: { type: 'boolean' },
    short: { type: 'boolean' },
  },
})
const count = Math.min(Number(flags.records ?? (flags.short ? 50_000 : 300_000)), 5_000_000)
const runs = Math.min(Number(flags.runs ?? (flags.short ? 1 : 5)), 99)
const mostPairs = Number(flags.pairs ?? 5600)

const MORE = { visitors: { uniques: 'visitor' } }
const listed = (names) => (names ?? '').split(',').filter((name) => name !== '')
for (const name of listed(flags.with))
  if (!(name in MORE)) throw new Error(`--with: ${name} is none of ${Object.keys(MORE)}`)

await build()
const load = (file) => import(join(root, 'dist', file))
const { readDefinition } = await load('model/definition/file.js')
const { shipped } = await load('model/shipped.js')
const { createReader } = await load('ingest/reader.js')
const { Folding } = await load('ingest/folding.js')
const { ApplyCall } = await load('store/calls/apply-call.js')
const { partitionKeys } = await load('store/keys.js')
const { firstState, copyState } = await load('model/partition-state.js')

/** A store that has never heard of anything. */
const answerTo = ([name, , ...rest]) =>
  name === 'HMGET' || name === 'ZMSCORE'
    ? rest.map(() => null)
    : name === 'HSCAN'
      ? [Buffer.from('0'), []]
      : []
const definitions = structuredClone(shipped)
for (const name of listed(flags.with)) definitions.sources.clicks.metrics[name] = MORE[name]
if (flags.sessions) definitions.sources.clicks.sessions = { page: 'path', by: ['country'] }
if (flags.journeys) definitions.sources.clicks.journeys = { page: 'path' }
for (const name of listed(flags.without))
  for (const { metrics } of Object.values(definitions.sources)) delete metrics[name]
const store = { pipeline: async (commands) => commands.map(answerTo) }

async function countAll(source, fetches) {
  const keys = partitionKeys(source.name, 0, 1)
  const reader = createReader(source, () => false)
  const folding = new Folding(store, keys, source, reader)
  const call = new ApplyCall(keys)
  reader.restart(0)
  let state = firstState(0, source.intervals.length)
  const sums = { calls: 0, cells: 0, bytes: 0 }
  for (let at = 0; at < fetches.length || !folding.isEmpty; ) {
    while (at < fetches.length && reader.waitingBytes < 4 * 1024 * 1024) reader.push(fetches[at++])
    const delta = await folding.fold(state, mostPairs)
    await folding.load(delta, [], Date.now())
    call.begin()
    folding.write(delta, call)
    const { length } = call.finish(
      { def: 'd', rev: '1' },
      { base: delta.base, next: delta.state.next, pos: [], feedFrom: 0 },
    )
    sums.calls++
    sums.cells += folding.folded.cells
    sums.bytes += length
    state = copyState(delta.state)
    folding.trim()
  }
  return { ...sums, ...state.events }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
let wrong = 0
for (const name of (flags.workload ?? 'ysb,clicks,readings').split(',')) {
  const definition = workloads[name].definition
  const source = readDefinition(definition ?? definitions).find((one) => one.name === name)
  const fetches = await makeFetches(name, count, load)
  await countAll(source, fetches.slice(0, 40))
  const rates = []
  let sums
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    sums = await countAll(source, fetches)
    const { user, system } = process.cpuUsage(before)
    rates.push(count / ((user + system) / 1000))
  }
  if (sums.counted + sums.rejected + sums.late < count) wrong++
  console.log(
    `${name.padEnd(9)} ${median(rates).toFixed(0)} k records a CPU-second (${Math.min(...rates).toFixed(0)}-${Math.max(...rates).toFixed(0)}), ` +
      `${(1000 / median(rates)).toFixed(2)} us each; ${(sums.cells / count).toFixed(2)} cells and ${(sums.bytes / count).toFixed(0)} bytes each, ` +
      `${sums.calls} calls; ${sums.counted} counted, ${sums.late} late, ${sums.rejected} rejected`,
  )
}
console.log(`${wrong === 0 ? 1 : 0} passed, ${wrong} failed, 0 skipped`)
process.exitCode = wrong === 0 ? 0 : 1
