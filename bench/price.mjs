// What exactly-once costs: node bench/price.mjs [--records N] [--runs N] [--workload clicks,readings,ysb] [--pairs N]
// The same fold of the same queued batches into a real store, interleaved:
//   applied  as ingest does it: one fenced call a batch, with its position and ledgers, its entry of the feed, and every check before the first write
//   plain    the same hashes, sorted sets and streams as pipelined HSET, ZADD, XADD ..., written by hand too, one batch in one write: no fence, no feed, no position
// CPU-seconds of this process and of the store together. Medians, ranges, and their ratio.
import { connect } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { root } from '../test/campaign/lib/processes.mjs'
import { startStore } from './lib/engines.mjs'
import { makeFetches } from './lib/fetches.mjs'
import { cpuSeconds } from './lib/usage.mjs'
import { workloads } from './lib/workloads.mjs'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string' },
    runs: { type: 'string' },
    workload: { type: 'string' },
    pairs: { type: 'string' },
  },
})
const count = Math.min(Number(flags.records ?? 200_000), 5_000_000)
const runs = Math.min(Number(flags.runs ?? 5), 99)
const mostPairs = Number(flags.pairs ?? 5600)

await build()
const load = (file) => import(join(root, 'dist', file))
const { readDefinition } = await load('model/definition/file.js')
const { shipped } = await load('model/shipped.js')
const { createReader } = await load('ingest/reader.js')
const { Folding } = await load('ingest/folding.js')
const { ApplyCall } = await load('store/calls/apply-call.js')
const { BulkWriter } = await load('store/calls/call-bytes.js')
const { applyBatch } = await load('store/calls/apply.js')
const { open } = await load('store/calls/open.js')
const { openStore } = await load('store/connection/connection.js')
const { partitionKeys } = await load('store/keys.js')
const { FeedTrim } = await load('ingest/feed-trim.js')
const { feedBytes } = await load('store/layout/feed.js')
const { positionFields, ToldPosition } = await load('store/layout/position.js')
const { firstState, copyState } = await load('model/partition-state.js')

const server = await startStore()
const store = await openStore({ url: server.url })
await store.check()
const socket = connect(server.port, '127.0.0.1').setNoDelay()

/** The same calls as ApplyCall, as commands of their own. */
class Commands {
  #prefix
  #all = new BulkWriter(256 * 1024).sink
  /** Of the command that is being written. */
  #out = new BulkWriter(16 * 1024)
  constructor(keys) {
    this.#prefix = Buffer.from(keys.prefix)
  }
  begin() {
    this.#all.clear()
    this.#out.clear()
  }
  #open(name, suffix) {
    this.#close()
    this.#out.text(name)
    this.#out.prefixed(this.#prefix, suffix)
  }
  #close() {
    const { count, sink } = this.#out
    if (count === 0) return
    this.#all.room(sink.length + 16)
    this.#all.length += this.#all.bytes.write(`*${count}\r\n`, this.#all.length, 'latin1')
    this.#all.copy(sink.bytes, 0, sink.length)
    this.#out.clear()
  }
  hash = (suffix) => this.#open('HSET', suffix)
  fields = (suffix) => this.#open('HSET', suffix)
  sortedSet = (suffix) => this.#open('ZADD', suffix)
  withoutFields = (suffix) => this.#open('HDEL', suffix)
  withoutMembers = (suffix) => this.#open('ZREM', suffix)
  pair(field, value, start = 0, end = value.length) {
    this.#out.any(field)
    this.#out.blob(value, start, end)
  }
  piece(slot, metric, piece, value, start, end) {
    this.pair(`${slot}.${metric}.${piece}`, value, start, end)
  }
  textPair(field, value) {
    this.#out.any(field)
    this.#out.any(value)
  }
  field = this.textPair
  member = this.textPair
  gone = (name) => this.#out.any(name)
  stream(suffix, id, maxLength, fields) {
    this.#open('XADD', suffix)
    for (const one of ['MAXLEN', maxLength, id, ...fields]) this.#out.any(one)
  }
  finish() {
    this.#close()
    return Buffer.concat([this.#all.bytes.subarray(0, this.#all.length), Buffer.from('*1\r\n$4\r\nPING\r\n')])
  }
}

function sendPlain(bytes) {
  return new Promise((resolve, reject) => {
    const heard = (data) => {
      if (data.includes('-ERR') || data.includes('-WRONGTYPE'))
        reject(new Error(data.toString('latin1', 0, 200)))
      if (!data.subarray(-7).equals(Buffer.from('+PONG\r\n'))) return
      socket.off('data', heard)
      resolve()
    }
    socket.on('data', heard)
    socket.write(bytes)
  })
}

/** Sends a batch without waiting for the one before, two at the most in flight, as ingest does. */
async function countAll(way, source, fetches) {
  await store.pipeline([['FLUSHALL']])
  const keys = partitionKeys(source.name, 0, 1)
  const fence = { def: 'd'.repeat(64), rev: '1' }
  await open(store, keys, 0, fence.def, { cluster: 'c', topic: source.topic })
  const reader = createReader(source, () => false)
  const folding = new Folding(store, keys, source, reader)
  const call = way === 'applied' ? new ApplyCall(keys) : new Commands(keys)
  const told = new ToldPosition()
  const feed = new FeedTrim(() => feedBytes(store.nodes(), 1))
  let isHeard = null
  reader.restart(0)
  let state = firstState(0, source.intervals.length)
  let before = Promise.resolve()
  for (let at = 0; at < fetches.length || !folding.isEmpty; ) {
    while (at < fetches.length && reader.waitingBytes < 4 * 1024 * 1024) reader.push(fetches[at++])
    const delta = await folding.fold(state, mostPairs)
    await folding.load(delta, [], Date.now())
    call.begin()
    folding.write(delta, call)
    const { base } = delta
    const { next } = delta.state
    const bytes =
      way === 'applied'
        ? call.finish(fence, {
            base,
            next,
            pos: told.changes(positionFields(delta.state, source, { end: next, endAtMs: 1 }, 0), next > base),
            feedFrom: feed.add(next, call.feedBytes, Date.now(), isHeard),
          })
        : call.finish()
    await before
    before =
      way === 'applied'
        ? applyBatch(store, keys, bytes).then((answer) => {
            if (!answer.applied) throw new Error(`refused: ${answer.why}`)
            isHeard = answer.isHeard === true
          })
        : sendPlain(bytes)
    state = copyState(delta.state)
    folding.trim()
  }
  await before
  return state.events.counted
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
try {
  for (const name of (flags.workload ?? 'ysb,clicks,readings').split(',')) {
    const source = readDefinition(workloads[name].definition ?? shipped).find((one) => one.name === name)
    const fetches = await makeFetches(name, count, load)
    const spent = { applied: [], plain: [] }
    const inStore = { applied: [], plain: [] }
    const counted = {}
    for (let run = 0; run <= runs; run++)
      for (const way of run % 2 ? ['applied', 'plain'] : ['plain', 'applied']) {
        const [here, there] = [process.cpuUsage(), cpuSeconds(server.pid)]
        counted[way] = await countAll(way, source, fetches)
        const { user, system } = process.cpuUsage(here)
        if (run === 0) continue // warm
        const stored = cpuSeconds(server.pid) - there
        inStore[way].push(stored)
        spent[way].push((user + system) / 1e6 + stored)
      }
    if (counted.applied !== counted.plain) throw new Error(`${name}: ${JSON.stringify(counted)}`)
    const ratios = spent.applied.map((seconds, run) => seconds / spent.plain[run])
    console.log(
      `${name.padEnd(9)} applied ${median(spent.applied).toFixed(2)} CPU-s (store ${median(inStore.applied).toFixed(2)}), ` +
        `plain ${median(spent.plain).toFixed(2)} (store ${median(inStore.plain).toFixed(2)}): ` +
        `${((median(ratios) - 1) * 100).toFixed(1)} % (${ratios.map((one) => ((one - 1) * 100).toFixed(0)).join(', ')}); ${counted.plain} counted`,
    )
  }
} finally {
  socket.destroy()
  await store.close()
  await server.stop()
}
