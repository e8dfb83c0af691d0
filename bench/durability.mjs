// The price of the three words of durability: node bench/durability.mjs [--seconds N] [--runs N] [--clients N] [--pipeline N] [--short]
// One server for each word, with the settings of the product; closed-loop clients write 100 B values to one after the other and again. Medians over the runs; what
// counts are ratios of one run, and the server's CPU a write, which says what a busy machine does not hide.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { valkeyServer } from '../test/campaign/lib/pair.mjs'
import { freePort, start } from '../test/campaign/lib/processes.mjs'
import { median, readLoopFlags, writeInLoops } from './lib/closed-loop.mjs'
import { cpuSeconds } from './lib/usage.mjs'
import { Redis } from 'ioredis'

const { seconds, runs, clients, pipeline } = readLoopFlags(5)

await build()
const { durabilitySettings } = await import('../dist/store/durability.js')
const dir = mkdtempSync(join(tmpdir(), 'tidemark-durability-bench-'))
const servers = []
try {
  for (const [word, { appendonly, appendfsync }] of Object.entries(durabilitySettings)) {
    const home = join(dir, word)
    mkdirSync(home)
    const port = await freePort()
    const settings = `--port ${port} --bind 127.0.0.1 --dir ${home} --appendonly ${appendonly} --appendfsync ${appendfsync} --maxmemory-policy noeviction`
    const child = start(valkeyServer(), [...settings.split(' '), '--save', ''])
    servers.push({ word, port, child, rate: [], p50: [], p99: [], cpu: [] })
    const client = new Redis(port, '127.0.0.1', { protocol: 2, maxRetriesPerRequest: null })
    client.on('error', () => {}) // it is asked until it is up
    await client.ping()
    client.disconnect()
  }
  for (let run = 0; run < runs; run++)
    for (const server of servers) {
      const before = cpuSeconds(server.child.pid)
      const { writes, rate, p50, p99 } = await writeInLoops({ port: server.port, clients, pipeline, seconds })
      server.rate.push(rate)
      server.p50.push(p50)
      server.p99.push(p99)
      server.cpu.push(((cpuSeconds(server.child.pid) - before) / writes) * 1e6)
    }
  console.log(`${clients} clients, ${pipeline} writes a batch, ${runs} runs of ${seconds} s, interleaved`)
  const head = ['word', 'writes/s', 'of cache', 'p50 ms', 'p99 ms', 'CPU us a write']
  const first = median(servers[0].rate)
  const rows = servers.map(({ word, rate, p50, p99, cpu }) => [
    word,
    median(rate).toFixed(0),
    (median(rate) / first).toFixed(2),
    median(p50).toFixed(2),
    median(p99).toFixed(2),
    median(cpu).toFixed(1),
  ])
  for (const row of [head, ...rows]) console.log(row.map((cell) => cell.padStart(14)).join(''))
} finally {
  for (const { child } of servers) await child.kill('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
}
