// A cluster of three shards and their replicas, made by `tidemark store create`, broken, scaled and upgraded under load.
//   node test/campaign/cluster.mjs [--short] [--rounds N] [--only 'primary hung' ...]
// Faults: a primary killed (its supervisor starts it again), hung past the node timeout (its replica takes over, and it comes back as replica), cut off from the others
// (the same, while clients still reach both), a planned takeover, the function library deleted on every primary, a shard added and taken away (a quarter of all slots moves each time), a replica of
// each added and taken away, a node whose data is lost (its supervisor takes another one in its place), a rolling upgrade to another program: of another engine where there is
// a newer one than the cluster began with. After each the independent recount must find 0 differences; the time without a step forward of any partition, until all is counted again, and the share of
// reads that were answered (`serve --store-reads replica`, a reader of 20 questions a second) are printed.
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { makeBusRelays } from './lib/bus-relays.mjs'
import { makeClusterStore } from './lib/cluster-store.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { watchSteps } from './lib/positions.mjs'
import { freePort, liveLoad, root, sleep, tidemark } from './lib/processes.mjs'
import { share, startReaders, watchVectors } from './lib/readers.mjs'
import { printGaps } from './lib/table.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
})
const rounds = Math.min(Number(flags.rounds ?? (flags.short ? 1 : 5)), 100)
const LOAD_MS = 1500
const RATE = 1000
const SPLIT_MS = 5000
const REPLACE_AFTER = '3s'
/** The short form has no time for these. */
const LONG = ['a replica more, and less', 'a takeover as planned']

await build()
const pipeline = await startPipeline({ make: makeClusterStore({ replaceAfter: REPLACE_AFTER }) })
const { store } = pipeline
const relays = makeBusRelays(store)
const port = await freePort()
const serve = tidemark(
  'serve',
  '--kafka',
  pipeline.kafka,
  '--store',
  store.url,
  ...store.flags,
  '--port',
  port,
  '--store-reads',
  'replica',
)
await serve.says('serve ready')

const matesOf = (node) =>
  store.topology().nodes.filter(({ shard, name }) => shard === node.shard && name !== node.name)
const takenOver = (node) =>
  store.until('a takeover', async () =>
    (await Promise.all(matesOf(node).map(store.isPrimary))).includes(true),
  )

/** A program that the nodes do not run yet: the newer engine, then always the same one by another name. */
let programs = 0
function nextProgram() {
  const newest = process.env.TIDEMARK_VALKEY_BIN ?? join(root, '.cache/valkey/bin/valkey-server')
  const own = programs === 0 && existsSync(newest) ? newest : null
  const name = join(pipeline.dir, `valkey-server-${++programs}`)
  symlinkSync(own ?? (existsSync(newest) ? newest : process.env.TIDEMARK_STORE_BIN), name)
  return name
}

const faults = {
  'primary killed': async () => {
    const [node] = await store.primaries()
    store.signal(node, 'SIGKILL')
    await sleep(500)
  },
  'primary hung, its replica takes over': async () => {
    const [node] = await store.primaries()
    store.signal(node, 'SIGSTOP')
    await takenOver(node)
    await sleep(500)
    store.signal(node, 'SIGCONT')
  },
  'primary cut off, its replica takes over': async () => {
    await relays.lead(store.topology().nodes)
    const [node] = await store.primaries()
    relays.cut(node.port)
    await Promise.all([takenOver(node), sleep(SPLIT_MS)])
    relays.heal()
    await store.whole()
  },
  'a takeover as planned': async () => {
    const [node] = await store.primaries()
    await store.ask(matesOf(node)[0].port, 'CLUSTER', 'FAILOVER')
    await takenOver(node)
  },
  'function library deleted': async () => {
    for (const one of await store.primaries()) await store.ask(one.port, 'FUNCTION', 'FLUSH')
  },
  'a shard more': () => store.scale('--shards', 4),
  'a replica more, and less': async () => {
    await store.scale('--replicas', 2)
    await store.scale('--replicas', 1)
  },
  'a shard less': () => store.scale('--shards', 3),
  'a node loses its data and is replaced': async () => {
    const [node] = await store.primaries()
    store.signal(node, 'SIGKILL')
    rmSync(join(store.data, node.name), { recursive: true, force: true })
    await store.until('a node in its place', async () =>
      store.topology().nodes.every(({ name }) => name !== node.name),
    )
    await store.whole()
  },
  'every node goes to another program': () => store.upgrade('--bin', nextProgram()),
}

const table = []
let failed = 0
let readers
try {
  await pipeline.run('simulate', '--kafka', pipeline.kafka, '--count', 5000)
  await pipeline.caughtUp()
  readers = startReaders([`http://127.0.0.1:${port}`])
  for (let round = 0; round < rounds; round++)
    for (const [name, inflict] of Object.entries(faults)) {
      if (flags.only ? !flags.only.includes(name) : flags.short && LONG.includes(name)) continue
      await store.whole()
      await readers.take()
      const load = liveLoad(pipeline.kafka, RATE)
      await sleep(LOAD_MS)
      const steps = watchSteps(store.positions)
      const vectors = watchVectors(`http://127.0.0.1:${port}`)
      const rewound = await store.rewinds()
      const began = performance.now()
      await inflict()
      const actMs = performance.now() - began
      await sleep(LOAD_MS)
      await load.kill('SIGTERM')
      await pipeline.caughtUp()
      const rightMs = performance.now() - began - LOAD_MS
      const gapMs = await steps.stop()
      const reads = await readers.take()
      const { back } = await vectors.stop()
      const rewinds = (await store.rewinds()) - rewound
      await store.whole()
      await pipeline.audit('--min-cells', 100)
      if (back > rewinds) throw new Error(`answers went back ${back} times, and the store ${rewinds} times`)
      table.push({ name, gapMs, rightMs, reads })
      console.log(
        `${name}: 0 differences; the act took ${(actMs / 1000).toFixed(1)} s, ${(gapMs / 1000).toFixed(1)} s without a write, right again ${(rightMs / 1000).toFixed(1)} s after its begin; ${reads.answered} of ${reads.asked} reads answered (${share(reads)}), the slowest in ${reads.worstMs.toFixed(0)} ms${reads.faults}`,
      )
    }
  console.log(await store.status())
} catch (error) {
  console.log(error.message, pipeline.ingest.out.error.slice(-3000), serve.out.error.slice(-2000))
  failed++
} finally {
  readers?.stop()
  relays.close()
  await serve.kill('SIGTERM')
  await pipeline.stop()
}
printGaps(table, readers?.faults() ?? [])
console.log(`${table.length} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
