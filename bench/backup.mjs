// What a backup costs those who look meanwhile, and how long a restore takes: node bench/backup.mjs [--short] [--runs N] [--events N] [--rate N] [--fill MB] [--limit MINUTES]
// One store of about a gigabyte under steady load. Each run has three stretches: before a backup, during it, after it. In each, queries are asked one after the other (page
// traffic: a series of the last quarter of an hour), and marked records are timed from being sent to standing in the store. What counts are the ratios within one run. Then the
// newest backup is restored into an empty server. --fill: so much is put beside the events, in hashes like the cells. What takes longer than the limit is stopped and fails.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { startPipeline } from '../test/campaign/lib/pipeline.mjs'
import { finish, freePort, root, sleep, tidemark } from '../test/campaign/lib/processes.mjs'
import { makeStore } from '../test/campaign/lib/store.mjs'
import { fill, median, stretch, table } from './lib/backup-load.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    runs: { type: 'string' },
    events: { type: 'string' },
    rate: { type: 'string' },
    fill: { type: 'string' },
    limit: { type: 'string' },
  },
})
const runs = Math.min(Number(flags.runs ?? (flags.short ? 1 : 3)), 20)
const events = Math.min(Number(flags.events ?? (flags.short ? 20_000 : 200_000)), 10_000_000)
const rate = Math.min(Number(flags.rate ?? (flags.short ? 200 : 1000)), 20_000)
const fillMb = Math.min(Number(flags.fill ?? (flags.short ? 20 : 1000)), 10_000)
const limitMs = Number(flags.limit ?? (flags.short ? 5 : 25)) * 60_000
const aroundMs = flags.short ? 3000 : 15_000
/** Until the files of the last backup are on the disk and the load is as it was. */
const REST_MS = 2000

await build()
const { openProducer } = await import(join(root, 'dist/log/kafka.js'))
const { openStore } = await import(join(root, 'dist/store/connection/connection.js'))
const pipeline = await startPipeline()
const { dir, kafka, store } = pipeline
const limit = setTimeout(() => {
  console.error(`not done after ${limitMs / 60_000} minutes`)
  process.on('exit', () => rmSync(dir, { recursive: true, force: true })) // what it started is killed before
  process.exit(1)
}, limitMs)
const copy = await makeStore(join(dir, 'copy'), await freePort())
const port = await freePort()
const serve = tidemark('serve', '--kafka', kafka, '--store', store.url, '--port', port)
const key = join(dir, 'key')
writeFileSync(key, 'ab'.repeat(32))
const keep = ['--key-file', key]
const place = join(dir, 'backups')
let isCopyUp = false
let load = null
let client = null
let producer = null
try {
  await serve.says('serve ready')
  await finish(tidemark('simulate', '--count', events, '--kafka', kafka, '--span', '6h'), 'simulate')
  await pipeline.caughtUp(600_000)
  load = tidemark('simulate', '--live', '--rate', rate, '--backfill', '0', '--kafka', kafka)
  client = await openStore({ url: store.url })
  producer = await openProducer({ brokers: [kafka], clientId: 'bench' })
  await fill(client, fillMb)
  const pos = Object.keys(await store.positions()).find((name) => name.includes('{clicks/0~'))
  await sleep(REST_MS)
  const asked = { port, client, producer, pos }
  const stretches = ['before', 'during', 'after'].map((name) => ({ name, queryMs: [], countedMs: [] }))
  const took = []
  await stretch({ queryMs: [], countedMs: [] }, asked, sleep(REST_MS)) // the first of everything is slower
  for (let run = 0; run < runs; run++) {
    await stretch(stretches[0], asked, sleep(aroundMs))
    const begunMs = performance.now()
    const backup = finish(tidemark('store', 'backup', '--to', place, '--store', store.url, ...keep), 'backup')
    await stretch(stretches[1], asked, backup)
    took.push(performance.now() - begunMs)
    await sleep(REST_MS)
    await stretch(stretches[2], asked, sleep(aroundMs))
  }
  await load.kill('SIGTERM')
  await copy.begin()
  isCopyUp = true
  const [newest] = JSON.parse(await pipeline.run('store', 'backups', '--from', place, '--json')).slice(-1)
  const restores = []
  for (let run = 0; run < runs; run++) {
    await copy.command('FLUSHALL')
    const begunMs = performance.now()
    await pipeline.run('store', 'restore', '--from', place, '--store', copy.url, ...keep)
    restores.push(performance.now() - begunMs)
  }
  const sum = (field) => newest.parts.reduce((total, part) => total + part[field], 0)
  const restored = await openStore({ url: copy.url })
  const info = (await restored.info())[0].text
  await restored.close()
  const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
  const fork = Number(/latest_fork_usec:(\d+)/.exec((await client.info())[0].text)?.[1])
  const mb = (bytes) => (bytes / 2 ** 20).toFixed(1)
  console.log(`${newest.keys} keys; ${mb(used)} MB in the store, ${mb(sum('bytes'))} MB kept; ${runs} runs`)
  console.log(`a backup: ${range(took)}, of them its rehearsal ${seconds(newest.verified.tookMs)}`)
  console.log(`the fork of the store, while which nobody is answered: ${(fork / 1000).toFixed(1)} ms`)
  console.log(
    `a restore: ${range(restores)}, ${(median(restores) / 1000 / (used / 2 ** 30)).toFixed(0)} s per GB of the store's memory`,
  )
  console.log(table(stretches))
} finally {
  clearTimeout(limit)
  await load?.kill('SIGKILL')
  await producer?.close()
  await client?.close()
  await serve.kill('SIGTERM')
  if (isCopyUp) await copy.kill()
  await pipeline.stop()
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
function range(all) {
  return `${seconds(median(all))} (${seconds(Math.min(...all))} to ${seconds(Math.max(...all))})`
}
