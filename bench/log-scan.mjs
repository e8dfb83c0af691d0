// What scans of the log cost, and what questions to cells feel of them: node bench/log-scan.mjs [--records N] [--rounds N] [--seconds N]
// An embedded broker with N clicks in 4 partitions, counted by a worker; then, in turns, the same question to cells is asked without pause: for some seconds alone, and
// for some seconds while one scan after the other reads the whole log. Prints p50 and p99 of both, their ratio, and records a second and a CPU-second of the scans.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { startPipeline } from '../test/campaign/lib/pipeline.mjs'
import { freePort, root, tidemark } from '../test/campaign/lib/processes.mjs'
import { cpuSeconds } from './lib/usage.mjs'

const { values: flags } = parseArgs({
  options: { records: { type: 'string' }, rounds: { type: 'string' }, seconds: { type: 'string' } },
})
const records = Math.min(Number(flags.records ?? 400_000), 20_000_000)
const rounds = Math.min(Number(flags.rounds ?? 4), 50)
const seconds = Math.min(Number(flags.seconds ?? 5), 60)

await build()
const { openProducer } = await import(join(root, 'dist/log/kafka.js'))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-bench-log-scan-'))
const pipeline = await startPipeline({ partitions: 4 })
const port = await freePort()
const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)

const pick = (list, at) => list[at % list.length]
async function produce() {
  const producer = await openProducer({ brokers: [pipeline.kafka], clientId: 'bench-log-scan' })
  const endMs = Date.now()
  for (let sent = 0; sent < records; sent += 5000) {
    const batch = Array.from({ length: Math.min(5000, records - sent) }, (_, n) => {
      const at = sent + n
      const ts = endMs - Math.floor(((records - at) * 3_600_000) / records)
      const visitor = `v${(at * 7919) % 5000}`
      const event = {
        ts,
        type: at % 5 > 0 ? 'page_view' : 'purchase',
        path: `/p/${(at * 31) % 300}`,
        country: pick(['DE', 'FR', 'IT', 'ES', 'PL'], at * 13),
        device: pick(['phone', 'desktop'], at * 3),
        visitor,
        loadMs: (at * 17) % 900,
        ...(at % 5 === 0 && { amount: ((at * 37) % 20_000) / 100 }),
      }
      return { key: visitor, value: JSON.stringify(event) }
    })
    await producer.send('clicks', batch)
  }
  await producer.close()
  return endMs
}

const ask = async (query) => {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${query}`)
  const answer = await response.json()
  if (!response.ok) throw new Error(JSON.stringify(answer))
  return answer
}
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]

try {
  await serve.says('serve ready')
  const endMs = await produce()
  await pipeline.caughtUp(600_000)
  const range = `from=${endMs - 3_600_000}&to=${endMs}`
  const hot = `series?metric=clicks.events&by=country&interval=1m&${range}`
  // Another condition each time, so that nothing of it is kept.
  let asked = 0
  const scan = () =>
    ask(`series?metric=clicks.events&by=country&where=loadMs:ge:${++asked}&interval=1m&${range}`)
  await ask(hot)
  await scan()

  const took = { alone: [], beside: [] }
  const load = async (name, untilMs) => {
    while (performance.now() < untilMs) {
      const began = performance.now()
      await ask(hot)
      took[name].push(performance.now() - began)
    }
  }
  let [scanned, scanMs, scanCpu] = [0, 0, 0]
  for (let round = 0; round < rounds; round++) {
    await load('alone', performance.now() + seconds * 1000)
    const untilMs = performance.now() + seconds * 1000
    const scans = async () => {
      while (performance.now() < untilMs) scanned += (await scan()).meta.scannedRecords
    }
    await Promise.all([load('beside', untilMs), scans()])
    const [began, cpu] = [performance.now(), cpuSeconds(serve.pid)]
    const { meta } = await scan()
    scanMs += performance.now() - began
    scanCpu += cpuSeconds(serve.pid) - cpu
    if (meta.scannedRecords !== records)
      throw new Error(`${meta.scannedRecords} of ${records} records were read`)
  }
  for (const list of Object.values(took)) list.sort((a, b) => a - b)
  const row = (name, list) =>
    console.log(
      `${name.padEnd(24)} ${String(list.length).padStart(6)} answers   p50 ${at(list, 0.5).toFixed(2)} ms   p99 ${at(list, 0.99).toFixed(2)} ms`,
    )
  row('cells, alone', took.alone)
  row('cells, beside scans', took.beside)
  console.log(
    `ratio beside / alone: p50 ${(at(took.beside, 0.5) / at(took.alone, 0.5)).toFixed(2)}, p99 ${(at(took.beside, 0.99) / at(took.alone, 0.99)).toFixed(2)}; ${scanned} records were scanned beside`,
  )
  console.log(
    `a scan by itself: ${((records * rounds) / scanMs / 1000).toFixed(2)} M records/s, ${((records * rounds) / scanCpu / 1e6).toFixed(2)} M records a CPU-second of serve`,
  )
} finally {
  await serve.kill('SIGTERM')
  await pipeline.stop()
  rmSync(scratch, { recursive: true, force: true })
}
