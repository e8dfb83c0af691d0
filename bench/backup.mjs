// What a backup costs those who look meanwhile, and how long a restore takes: node bench/backup.mjs [--short] [--runs N] [--events N] [--rate N] [--fill MB]
// One store under steady load. Stretches without and with a backup take turns; in each, queries are asked one after the other (page traffic: a series of the last
// quarter of an hour), and marked records are timed from being sent to standing in the store. What counts are ratios within one run. Then the newest backup is
// restored into an empty server, several times. --fill: so much is put beside the events, in hashes like the cells, so that what a gigabyte takes is not the start of a process.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { startPipeline } from '../test/campaign/lib/pipeline.mjs'
import { finish, freePort, root, sleep, tidemark } from '../test/campaign/lib/processes.mjs'
import { makeStore } from '../test/campaign/lib/store.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    runs: { type: 'string' },
    events: { type: 'string' },
    rate: { type: 'string' },
    fill: { type: 'string' },
  },
})
const runs = Math.min(Number(flags.runs ?? (flags.short ? 2 : 5)), 20)
const events = Math.min(Number(flags.events ?? (flags.short ? 100_000 : 1_000_000)), 10_000_000)
const rate = Math.min(Number(flags.rate ?? 2000), 20_000)
const fillMb = Math.min(Number(flags.fill ?? (flags.short ? 20 : 500)), 10_000)
const PAUSE_MS = 20

await build()
const { openProducer } = await import(join(root, 'dist/log/kafka.js'))
const { openStore } = await import(join(root, 'dist/store/connection.js'))
const pipeline = await startPipeline()
const { dir, kafka, store } = pipeline
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
/** Of the partition that the marked records go to. */
let pos = ''
try {
  await serve.says('serve ready')
  await finish(tidemark('simulate', '--count', events, '--kafka', kafka, '--span', '6h'), 'simulate')
  await pipeline.caughtUp(600_000)
  load = tidemark('simulate', '--live', '--rate', rate, '--backfill', '0', '--kafka', kafka)
  client = await openStore({ url: store.url })
  producer = await openProducer({ brokers: [kafka], clientId: 'bench' })
  await fill(client, fillMb)
  pos = Object.keys(await store.positions()).find((name) => name.includes('{clicks/0~'))
  await sleep(2000)
  const quiet = { queryMs: [], countedMs: [] }
  const during = { queryMs: [], countedMs: [] }
  const took = []
  for (let run = 0; run < runs; run++) {
    await stretch(quiet, sleep(5000))
    const begunMs = performance.now()
    const backup = finish(tidemark('store', 'backup', '--to', place, '--store', store.url, ...keep), 'backup')
    await stretch(during, backup)
    took.push(performance.now() - begunMs)
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
  const used = Number(/used_memory:(\d+)/.exec((await restored.info())[0].text)?.[1])
  await restored.close()
  const mb = (bytes) => (bytes / 2 ** 20).toFixed(1)
  console.log(`${newest.keys} keys; ${mb(used)} MB in the store, ${mb(sum('bytes'))} MB kept`)
  console.log(`a backup: ${range(took)} ms, with its rehearsal (${newest.verified.tookMs} ms)`)
  console.log(
    `a restore: ${range(restores)} ms, ${(median(restores) / 1000 / (used / 2 ** 30)).toFixed(0)} s per GB of the store's memory`,
  )
  row('query', quiet.queryMs, during.queryMs)
  row('sent to counted', quiet.countedMs, during.countedMs)
} finally {
  await load?.kill('SIGKILL')
  await producer?.close()
  await client?.close()
  await serve.kill('SIGTERM')
  if (isCopyUp) await copy.kill()
  await pipeline.stop()
}

/** Hashes of 100 fields of 20 random bytes, about 3 kB each; made inside the server, which is many times faster than to send them. */
async function fill(store, mb) {
  const script = `
    math.randomseed(tonumber(ARGV[1]))
    local function word() return math.floor(math.random() * 4294967296) end
    for at = 1, 500 do
      local fields = {}
      for field = 1, 100 do
        fields[2 * field - 1] = field
        fields[2 * field] = struct.pack('>I4I4I4I4I4', word(), word(), word(), word(), word())
      end
      redis.call('HSET', 'app:filled:' .. ARGV[1] .. ':' .. at, unpack(fields))
    end`
  const used = async () => Number(/used_memory:(\d+)/.exec((await store.info())[0].text)?.[1])
  const until = (await used()) + mb * 2 ** 20
  for (let n = 0; (await used()) < until; n++) await store.pipeline([['EVAL', script, 0, n]])
}

/** Asks and sends until `over` resolves. */
async function stretch({ queryMs, countedMs }, over) {
  const state = { isOver: false }
  void over.finally(() => (state.isOver = true))
  const asking = (async () => {
    while (!state.isOver) {
      const begunMs = performance.now()
      const answer = await fetch(
        `http://127.0.0.1:${port}/v1/series?metric=clicks.events&by=country&from=now-15m`,
      )
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`a query was answered with ${answer.status}`)
      queryMs.push(performance.now() - begunMs)
      await sleep(PAUSE_MS)
    }
  })()
  const sending = (async () => {
    while (!state.isOver) {
      const begunMs = performance.now()
      const value = JSON.stringify({ ts: Date.now(), type: 'page_view', path: '/', visitor: 'bench' })
      const [{ baseOffset }] = await producer.send('clicks', [{ key: null, partition: 0, value }])
      for (;;) {
        const [next] = await client.pipeline([['HGET', pos, 'next']])
        if (Number(next) > baseOffset) break
        await sleep(1)
      }
      countedMs.push(performance.now() - begunMs)
      await sleep(PAUSE_MS)
    }
  })()
  await Promise.all([over, asking, sending])
}

function at(all, share) {
  return all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))]
}
function median(all) {
  return at(all, 0.5)
}
function range(all) {
  return `${median(all).toFixed(0)} (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})`
}
function row(name, quiet, during) {
  const each = [0.5, 0.99].map((share) => {
    const [a, b] = [at(quiet, share), at(during, share)]
    return `p${share * 100} ${a.toFixed(1)} -> ${b.toFixed(1)} ms (x ${(b / a).toFixed(2)})`
  })
  console.log(
    `${name}, without -> with a backup: ${each.join(', ')}; ${quiet.length} and ${during.length} samples`,
  )
}
