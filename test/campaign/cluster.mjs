// A cluster of three shards and their replicas, made by `tidemark store create`, broken and scaled under load.
//   node test/campaign/cluster.mjs [--short] [--rounds N] [--only 'primary hung' ...]
// Faults: a primary killed (its supervisor starts it again), a primary hung past the node timeout (its replica takes over, and it comes back as replica), the function library deleted on every
// primary, a shard added and taken away, a replica of each added and taken away. After each the independent recount must find 0 differences; the time without a step forward of any
// partition and until all is counted again are printed.
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { makeClusterStore } from './lib/cluster-store.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { watchSteps } from './lib/positions.mjs'
import { sleep, tidemark } from './lib/processes.mjs'

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

await build()
const pipeline = await startPipeline({ make: makeClusterStore() })
const { store } = pipeline

const faults = {
  'primary killed': async () => {
    const [node] = await store.primaries()
    store.signal(node, 'SIGKILL')
    await sleep(500)
  },
  'primary hung, its replica takes over': async () => {
    const [node] = await store.primaries()
    store.signal(node, 'SIGSTOP')
    const mates = store
      .topology()
      .nodes.filter(({ shard, name }) => shard === node.shard && name !== node.name)
    await store.until('a takeover', async () =>
      (await Promise.all(mates.map(store.isPrimary))).includes(true),
    )
    await sleep(500)
    store.signal(node, 'SIGCONT')
  },
  'function library deleted': async () => {
    for (const { port } of await store.primaries()) await store.ask(port, 'FUNCTION', 'FLUSH')
  },
  'a shard more': () => store.scale('--shards', 4),
  'a replica more, and less': async () => {
    await store.scale('--replicas', 2)
    await store.scale('--replicas', 1)
  },
  'a shard less': () => store.scale('--shards', 3),
}

const table = []
let failed = 0
try {
  for (let round = 0; round < rounds; round++)
    for (const [name, inflict] of Object.entries(faults)) {
      if (flags.only ? !flags.only.includes(name) : flags.short && name.startsWith('a replica')) continue
      await store.whole()
      const load = tidemark(
        'simulate',
        '--kafka',
        pipeline.kafka,
        '--live',
        '--backfill',
        '0',
        '--rate',
        RATE,
      )
      await sleep(LOAD_MS)
      const steps = watchSteps(store.positions)
      const began = performance.now()
      await inflict()
      const actMs = performance.now() - began
      await sleep(LOAD_MS)
      await load.kill('SIGTERM')
      await pipeline.caughtUp(60_000)
      const rightMs = performance.now() - began - LOAD_MS
      const gapMs = await steps.stop()
      await store.whole()
      await pipeline.audit('--min-cells', 100)
      table.push({ name, gapMs, rightMs })
      console.log(
        `${name}: 0 differences; the act took ${(actMs / 1000).toFixed(1)} s, ${(gapMs / 1000).toFixed(1)} s without a write, right again ${(rightMs / 1000).toFixed(1)} s after its begin`,
      )
    }
  console.log(await store.status())
} catch (error) {
  console.log(error.message, pipeline.ingest.out.error.slice(-3000))
  failed++
} finally {
  await pipeline.stop()
}
for (const name of new Set(table.map((row) => row.name))) {
  const gaps = table.filter((row) => row.name === name).map(({ gapMs }) => gapMs / 1000)
  const sorted = gaps.toSorted((a, b) => a - b)
  if (sorted.length > 1)
    console.log(
      `${name}: ${sorted.length} times; without a write: median ${sorted[sorted.length >> 1].toFixed(1)} s, worst ${sorted.at(-1).toFixed(1)} s`,
    )
}
console.log(`${table.length} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
