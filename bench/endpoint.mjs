// The price of the durable endpoint: node bench/endpoint.mjs [--seconds N] [--runs N] [--clients N] [--pipeline N] [--short]
// Closed-loop clients write 100 B values to one primary with one replica, four ways, one after the other and again: straight to the engine with `appendfsync everysec` and
// with `always` (both answer before the replica has anything), and through the endpoint with either. Medians over the runs; what counts are ratios of one run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { median, readLoopFlags, writeInLoops } from './lib/closed-loop.mjs'
import { makePair } from '../test/campaign/lib/pair.mjs'
import { sleep, tidemark } from '../test/campaign/lib/processes.mjs'

const { seconds, runs, clients, pipeline } = readLoopFlags(3)
const ways = {
  'engine, everysec': { appendfsync: 'everysec', isHeld: false },
  'engine, always': { appendfsync: 'always', isHeld: false },
  'endpoint, always': { appendfsync: 'always', isHeld: true },
  'endpoint, everysec': { appendfsync: 'everysec', isHeld: true },
}

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-endpoint-bench-'))
const pair = await makePair(dir)
const endpoint = tidemark(
  'store',
  'endpoint',
  '--port',
  '0',
  '--store',
  `redis://127.0.0.1:${pair.primary.port}`,
)
try {
  await endpoint.says('ready on')
  const endpointPort = Number(/127\.0\.0\.1:(\d+)/.exec(endpoint.out.text)[1])
  const seen = {}
  for (let run = 0; run < runs; run++)
    for (const [name, { appendfsync, isHeld }] of Object.entries(ways)) {
      for (const { client } of [pair.primary, pair.replica])
        await client.config('SET', 'appendfsync', appendfsync)
      await sleep(200)
      const port = isHeld ? endpointPort : pair.primary.port
      const { rate, p50, p99 } = await writeInLoops({ port, clients, pipeline, seconds })
      const all = (seen[name] ??= { rate: [], p50: [], p99: [] })
      all.rate.push(rate)
      all.p50.push(p50)
      all.p99.push(p99)
    }
  console.log(`${clients} clients, ${pipeline} writes a batch, ${runs} runs of ${seconds} s, interleaved`)
  console.log(
    `${'way'.padEnd(20)}  ${'writes/s'.padStart(9)}  ${'p50 ms'.padStart(8)}  ${'p99 ms'.padStart(8)}`,
  )
  for (const [name, { rate, p50, p99 }] of Object.entries(seen))
    console.log(
      `${name.padEnd(20)}  ${median(rate).toFixed(0).padStart(9)}  ${median(p50).toFixed(2).padStart(8)}  ${median(p99).toFixed(2).padStart(8)}`,
    )
} finally {
  await endpoint.kill('SIGTERM')
  await pair.stop()
  rmSync(dir, { recursive: true, force: true })
}
