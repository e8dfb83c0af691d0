// The price of the durable endpoint: node bench/endpoint.mjs [--seconds N] [--runs N] [--clients N,...] [--pipeline N,...] [--bytes N,...] [--main FILE] [--short]
// Closed-loop clients write to one primary with one replica, four ways, one after the other and again: straight to the engine with `appendfsync everysec` and with
// `always` (both answer before the replica has anything), and through the endpoint with either; with every number of clients, writes a batch and bytes a value that is
// named. Medians over the runs; what counts are ratios of one run, and the CPU a write, which says what a busy machine does not hide.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { median, writeInLoops } from './lib/closed-loop.mjs'
import { cpuSeconds } from './lib/usage.mjs'
import { makePair } from '../test/campaign/lib/pair.mjs'
import { root, sleep, start } from '../test/campaign/lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    runs: { type: 'string' },
    clients: { type: 'string' },
    pipeline: { type: 'string' },
    bytes: { type: 'string' },
    main: { type: 'string' }, // another build of the product
    short: { type: 'boolean' },
  },
})
const numbers = (text, most) => text.split(',').map((one) => Math.min(Math.max(Number(one), 1), most))
const [seconds] = numbers(flags.seconds ?? (flags.short ? '1' : '3'), 60)
const [runs] = numbers(flags.runs ?? (flags.short ? '1' : '3'), 20)
const shapes = numbers(flags.bytes ?? '100', 2 ** 20).flatMap((bytes) =>
  numbers(flags.pipeline ?? (flags.short ? '1' : '1,16'), 1000).flatMap((pipeline) =>
    numbers(flags.clients ?? (flags.short ? '32' : '1,8,64'), 500).map((clients) => ({
      clients,
      pipeline,
      bytes,
    })),
  ),
)
const ways = {
  'engine, everysec': { appendfsync: 'everysec', isHeld: false },
  'engine, always': { appendfsync: 'always', isHeld: false },
  'endpoint, always': { appendfsync: 'always', isHeld: true },
  'endpoint, everysec': { appendfsync: 'everysec', isHeld: true },
}
const STRICT = 'engine, always'
const READY_MS = 180_000

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-endpoint-bench-'))
const pair = await makePair(dir)
const endpoint = start(process.execPath, [
  flags.main ?? join(root, 'dist/cli/main.js'),
  ...`store endpoint --port 0 --replicas 1 --store redis://127.0.0.1:${pair.primary.port}`.split(' '),
])
try {
  await endpoint.says('ready on', READY_MS)
  const endpointPort = Number(/127\.0\.0\.1:(\d+)/.exec(endpoint.out.text)[1])
  const processes = {
    endpoint: endpoint.pid,
    primary: pair.primary.child.pid,
    replica: pair.replica.child.pid,
  }
  const spentNow = () => Object.values(processes).map(cpuSeconds)
  await writeInLoops({ port: endpointPort, clients: 8, pipeline: 16, seconds: 1 }) // what a first second costs is no price of a write
  for (const shape of shapes) {
    const seen = {}
    for (let run = 0; run < runs; run++)
      for (const [name, { appendfsync, isHeld }] of Object.entries(ways)) {
        for (const { client } of [pair.primary, pair.replica])
          await client.config('SET', 'appendfsync', appendfsync)
        await sleep(200)
        const before = spentNow()
        const port = isHeld ? endpointPort : pair.primary.port
        const { writes, rate, p50, p99 } = await writeInLoops({ port, ...shape, seconds })
        const cpu = spentNow().map((after, at) => ((after - before[at]) / writes) * 1e6)
        for (const [at, value] of [rate, p50, p99, ...cpu].entries())
          ((seen[name] ??= [])[at] ??= []).push(value)
      }
    const { clients, pipeline, bytes } = shape
    console.log(
      `${clients} clients, ${pipeline} writes a batch, ${bytes} B values, ${runs} runs of ${seconds} s, interleaved`,
    )
    print(seen)
  }
} finally {
  await endpoint.kill('SIGTERM')
  await pair.stop()
  rmSync(dir, { recursive: true, force: true })
}

function print(seen) {
  const cells = ['writes/s', 'of strict', 'p50 ms', 'p99 ms', 'endpoint us', 'primary us', 'replica us']
  const rows = Object.entries(seen).map(([name, lists]) => {
    const [rate, p50, p99, ...cpu] = lists.map(median)
    return [
      name,
      rate.toFixed(0),
      (rate / median(seen[STRICT][0])).toFixed(2),
      p50.toFixed(2),
      p99.toFixed(2),
      ...cpu.map((us) => us.toFixed(1)),
    ]
  })
  for (const [name, ...more] of [['way', ...cells], ...rows])
    console.log(`${name.padEnd(20)}${more.map((cell) => cell.padStart(12)).join('')}`)
}
