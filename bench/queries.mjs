// What questions cost: node bench/queries.mjs [--events N] [--rounds N] [--seconds N] [--viewers N] [--queries N] [--short]
// Clicks in 4 partitions of the embedded broker, counted by a worker. In turns, idle and while events are produced and counted at full speed: the chart of the page again and
// again (hot), charts that nobody asked for before (cold), top, a scan of the log, and a fastify that does nothing. Then viewers of the live chart while 300 events/s come:
// CPU of `serve` an update with one, 100 and many, beside a plain server that writes the same bytes to as many sockets. `--profile DIR` writes a CPU profile of each serve. A second build takes part by TIDEMARK_BENCH_OTHER=.../dist/cli/main.js.
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { startPipeline } from '../test/campaign/lib/pipeline.mjs'
import { finish, freePort, liveLoad, root, sleep, start, tidemark } from '../test/campaign/lib/processes.mjs'
import { ask, quantile } from './lib/http-load.mjs'
import { cpuSeconds } from './lib/usage.mjs'

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    viewers: { type: 'string' },
    queries: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean' },
    profile: { type: 'string' },
  },
})
const number = (name, usual, short, most) =>
  Math.min(Number(flags[name] ?? (flags.short ? short : usual)), most)
const events = number('events', 400_000, 50_000, 5_000_000)
const rounds = number('rounds', 3, 1, 20)
const ms = number('seconds', 3, 1, 60) * 1000
const viewers = number('viewers', 1000, 100, 1000)
/** Of each viewer, as a page has them. */
const queries = number('queries', 1, 1, 24)
const wanted = (name) => flags.only === undefined || flags.only.split(',').includes(name)

await build()
const pipeline = await startPipeline({ partitions: 4 })
const at = ['--kafka', pipeline.kafka, '--store', pipeline.store.url]
const profiled = flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`]
const serves = {}
for (const [name, main] of Object.entries({
  this: join(root, 'dist/cli/main.js'),
  other: process.env.TIDEMARK_BENCH_OTHER,
})) {
  if (!main) continue
  const port = await freePort()
  serves[name] = { port, child: start(process.execPath, [...profiled, main, 'serve', ...at, '--port', port]) }
  await serves[name].child.says('serve ready')
}
const hello = { port: await freePort() }
hello.child = start(process.execPath, [join(root, 'bench/peers/hello.mjs'), hello.port, 57_000])

const chart = 'series?metric=clicks.events&by=country&from=now-15m'
const kinds = {
  hot: () => `/v1/${chart}`,
  cold: (n) =>
    `/v1/series?metric=clicks.events&by=country&interval=1s&from=now-${600 + (n % 300)}s&to=now-${1 + Math.floor(n / 300)}s`,
  top: () => '/v1/top?metric=clicks.events&by=path&from=now-15m',
  scan: (n) => `/v1/series?metric=clicks.events&by=country&interval=1m&from=now-5m&where=loadMs:ge:${n + 1}`,
}
const charts = Array.from({ length: queries }, (_, n) => (n === 0 ? chart : `${chart}&limit=${n}`))
let nth = 0
const seen = {}
async function measure(label, { port, child }, pathOf, connections) {
  const cpu = cpuSeconds(child.pid)
  const began = performance.now()
  const { took, bytes } = await ask({ port, pathOf: () => pathOf(nth++), connections, ms })
  const one = (seen[label] ??= { took: [], cpu: 0, ms: 0, bytes: 0 })
  for (const ms of took) one.took.push(ms)
  one.cpu += cpuSeconds(child.pid) - cpu
  one.ms += performance.now() - began
  one.bytes = bytes
}

async function measureAll(state) {
  for (const [who, serve] of Object.entries(serves))
    for (const [kind, pathOf] of Object.entries(kinds)) {
      if (!wanted(kind)) continue
      await measure(`${who} ${kind} 1 ${state}`, serve, pathOf, 1)
      if (kind !== 'scan' && kind !== 'cold') await measure(`${who} ${kind} 8 ${state}`, serve, pathOf, 8)
    }
  for (const path of ['hello', 'bytes'])
    for (const connections of [1, 8])
      await measure(`fastify ${path} ${connections} ${state}`, hello, () => `/${path}`, connections)
}

/** CPU of a serve while so many look at the chart, by frame of one of them. */
async function watch(label, { port, child }, count) {
  const readers = start(process.execPath, [join(root, 'bench/peers/viewers.mjs'), port, count, ...charts])
  const told = () => JSON.parse(readers.out.text.trim().split('\n').at(-1) || '{}')
  for (let tries = 0; tries < 300 && told().open !== count; tries++) await sleep(100)
  await sleep(1500)
  const [cpu, before] = [cpuSeconds(child.pid), told()]
  await sleep(ms * 2)
  const after = told()
  const one = (seen[label] ??= { cpu: 0, frames: 0, bytes: 0, ms: 0, open: 0 })
  one.cpu += cpuSeconds(child.pid) - cpu
  one.frames += after.frames - before.frames
  one.bytes += (after.bytes - before.bytes) / count
  one.ms += ms * 2
  one.open = after.open - after.closed
  await readers.kill()
  await sleep(500)
}

try {
  await hello.child.says('hello ready')
  await finish(tidemark('simulate', '--kafka', pipeline.kafka, '--count', events), 'simulate')
  await pipeline.caughtUp(600_000)
  if (flags.only !== 'viewers')
    for (let round = 0; round < rounds; round++) {
      await measureAll('idle')
      const load = tidemark('simulate', '--kafka', pipeline.kafka, '--count', 50_000_000)
      await sleep(1000)
      await measureAll('ingest')
      await load.kill('SIGTERM')
      await pipeline.caughtUp(600_000)
    }
  if (wanted('viewers')) {
    const counts = [...new Set([1, 100, viewers])]
    const load = liveLoad(pipeline.kafka, 300)
    for (let round = 0; round < rounds; round++)
      for (const [who, serve] of Object.entries(serves))
        for (const count of counts) await watch(`${who} viewers ${count}`, serve, count)
    // The same bytes as often to as many sockets, by a server that does nothing else: what is left of a viewer's price then.
    const { frames, bytes, ms: watchedMs } = seen[`this viewers ${viewers}`]
    const bare = { port: await freePort() }
    const often = [Math.round(bytes / frames), (frames * 1000) / watchedMs]
    bare.child = start(process.execPath, [join(root, 'bench/peers/bare.mjs'), bare.port, ...often])
    await bare.child.says('bare ready')
    for (let round = 0; round < rounds; round++)
      for (const count of counts) await watch(`bare viewers ${count}`, bare, count)
    await bare.child.kill('SIGTERM')
    await load.kill('SIGTERM')
  }
  for (const [label, { took, cpu, ms: took_ms, bytes, frames, open }] of Object.entries(seen)) {
    if (took === undefined) {
      console.log(
        `${label.padEnd(26)} ${open} open  ${(frames / (took_ms / 1000)).toFixed(1)} frames/s  ${((cpu * 1000) / frames).toFixed(2)} ms CPU a frame  ${(bytes / frames).toFixed(0)} B a frame  ${((cpu * 1000) / took_ms).toFixed(3)} cores`,
      )
      continue
    }
    took.sort((a, b) => a - b)
    console.log(
      `${label.padEnd(26)} p50 ${quantile(took, 0.5).toFixed(2)} ms  p99 ${quantile(took, 0.99).toFixed(2)} ms  ${((took.length * 1000) / took_ms).toFixed(0)} a second  ${((cpu * 1000) / took.length).toFixed(3)} ms CPU each  ${bytes} B`,
    )
  }
} finally {
  for (const { child } of [...Object.values(serves), hello]) await child.kill('SIGTERM')
  await pipeline.stop()
}
