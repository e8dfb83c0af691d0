// Failovers by Sentinel under load: the primary killed, hung past the sentinels' patience, and killed while its replica is behind, so that the newest writes are lost.
//   node test/campaign/sentinel.mjs [--short] [--rounds N]
// Nobody helps but a supervisor that starts a dead server again. After each fault the independent recount must find 0 differences; the time without a write, and until all is
// counted again, are printed. Where the newest writes are lost the partitions must have been counted back, and say so (`rewinds`).
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { watchSteps } from './lib/positions.mjs'
import { liveLoad, sleep } from './lib/processes.mjs'
import { makeSentinelStore } from './lib/sentinel-store.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, rounds: { type: 'string' } } })
const rounds = Math.min(Number(flags.rounds ?? (flags.short ? 1 : 5)), 100)
const LOAD_MS = 1500
const RATE = 1000

await build()
const pipeline = await startPipeline({ make: makeSentinelStore })
const { store } = pipeline
const another = (was) => store.until('a new primary', async () => ![was, -1].includes(await store.primary()))
const rewinds = async () =>
  Object.values(await store.positions()).reduce((sum, { rewinds = 0 }) => sum + Number(rewinds), 0)

const faults = {
  'primary killed': async (at) => {
    await store.killServer(at)
    await another(at)
    store.startServer(at)
  },
  'primary hung': async (at) => {
    store.pauseServer(at)
    await another(at)
    await sleep(500)
    store.resumeServer(at)
  },
  'primary killed, replica behind': async (at) => {
    await store.cutOff(1 - at)
    await sleep(LOAD_MS)
    await store.killServer(at)
    await another(at)
    store.startServer(at)
  },
}

const table = []
let failed = 0
try {
  for (let round = 0; round < rounds; round++)
    for (const [name, inflict] of Object.entries(faults)) {
      await store.whole()
      const load = liveLoad(pipeline.kafka, RATE)
      await sleep(LOAD_MS)
      const before = await rewinds()
      const steps = watchSteps(store.positions)
      const began = performance.now()
      await inflict(await store.primary())
      await sleep(LOAD_MS)
      await load.kill('SIGTERM')
      await pipeline.caughtUp(60_000)
      const rightMs = performance.now() - began - LOAD_MS
      const gapMs = await steps.stop()
      await pipeline.audit('--min-cells', 100)
      const went = (await rewinds()) - before
      if (name.endsWith('behind') && went === 0) throw new Error('nothing was lost: the fault was none')
      table.push({ name, gapMs, rightMs, went })
      console.log(
        `${name}: 0 differences; ${(gapMs / 1000).toFixed(1)} s without a write, right again ${(rightMs / 1000).toFixed(1)} s after the fault, ${went} rewinds`,
      )
    }
} catch (error) {
  console.log(error.message, pipeline.ingest.out.error.slice(-3000))
  failed++
} finally {
  await pipeline.stop()
}
for (const name of Object.keys(faults)) {
  const gaps = table.filter((row) => row.name === name).map(({ gapMs }) => gapMs / 1000)
  const sorted = gaps.toSorted((a, b) => a - b)
  if (sorted.length > 1)
    console.log(
      `${name}: ${sorted.length} times; without a write: median ${sorted[sorted.length >> 1].toFixed(1)} s, worst ${sorted.at(-1).toFixed(1)} s`,
    )
}
console.log(`${table.length} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
