// A zone lost at once: its Kafka broker, its store server (the primary) and sentinel, its worker and its API, killed in one moment, with nobody to help.
//   node test/campaign/zone-loss.mjs [--short] [--rounds N]           wants TIDEMARK_KAFKA_JARS, java and kcat
// Three zones: a broker of Kafka in each, of which two must have a record; a primary and its replica in two of them, watched by a sentinel in each of the three; a worker and an API in those
// two. While the zone is away all that is written must be counted, and the independent recount of the log must find 0 differences; then the zone comes back, and the other one is lost. Printed are
// the time without a write, the time until all is counted, and the share of reads that were answered by an API that is left (a reader asks the next one where one refuses).
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startCluster } from './lib/kafka-cluster.mjs'
import { watchSteps } from './lib/positions.mjs'
import { finish, freePort, liveLoad, root, sleep, start, tidemark } from './lib/processes.mjs'
import { startReaders, share } from './lib/readers.mjs'
import { makeSentinelStore } from './lib/sentinel-store.mjs'
import { printGaps } from './lib/table.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, rounds: { type: 'string' } } })
const rounds = Math.min(Number(flags.rounds ?? (flags.short ? 2 : 10)), 100)
const KAFKA_SESSION_MS = 4000
const WORKER_SESSION_MS = '6000'
const LOAD_MS = 3000
const RATE = 300
/** kcat shows no bytes that are no text. */
const NOTHING_MALFORMED = ['--malformed', '0']
const TOPICS = ['clicks', 'readings']
const jars = process.env.TIDEMARK_KAFKA_JARS ?? join(root, '.cache/kafka/lib')
if (!existsSync(jars)) throw new Error(`no jars of Apache Kafka in ${jars}; fetch them: bash .ci/fetch-kafka`)

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-zones-'))
const cluster = await startCluster(dir, jars, { sessionMs: KAFKA_SESSION_MS })
// Only then: three brokers that start may starve a primary for longer than its sentinels wait.
const store = await makeSentinelStore(dir)
await store.begin()
const kafka = cluster.brokers.join(',')
const common = ['--kafka', kafka, '--store', store.url]
const apiPorts = [await freePort(), await freePort()]
const workers = []
const apis = []
async function startWorker(zone) {
  workers[zone] = tidemark('ingest', ...common, '--session-timeout-ms', WORKER_SESSION_MS)
  await workers[zone].says('ingest ready', 120_000)
}
async function startApi(zone) {
  apis[zone] = tidemark('serve', ...common, '--port', apiPorts[zone], '--store-reads', 'replica')
  await apis[zone].says('serve ready', 60_000)
}

async function loseZone(zone) {
  await Promise.all([
    cluster.kill(zone + 1),
    store.killServer(zone),
    store.killSentinel(zone),
    workers[zone].kill('SIGKILL'),
    apis[zone].kill('SIGKILL'),
  ])
}
async function bringBack(zone) {
  store.startServer(zone)
  store.startSentinel(zone)
  await Promise.all([cluster.restart(zone + 1), startWorker(zone), startApi(zone)])
  await store.whole()
}

/** All that the log holds, as a consumer of Kafka's own kind reads it, worked out again. */
async function recount() {
  const lines = []
  for (const topic of TOPICS)
    lines.push(
      await finish(
        start('kcat', [
          '-b',
          kafka,
          '-C',
          '-J',
          '-e',
          '-q',
          '-X',
          'isolation.level=read_committed',
          '-t',
          topic,
        ]),
        'kcat',
      ),
    )
  const file = join(dir, 'log.jsonl')
  writeFileSync(file, lines.join(''))
  const audit = start('python3', [
    join(root, 'audit/recount.py'),
    '--kcat',
    file,
    '--store',
    store.url,
    '--require-caught-up',
    '--min-cells',
    '100',
    '--json',
  ])
  const code = await audit.ended
  if (code === 0) return
  const found = JSON.parse(audit.out.text || '{}')
  throw new Error(
    `the recount ended with ${code}: ${JSON.stringify({ ...found, sources: undefined })}\n${audit.out.error}`,
  )
}

async function caughtUp(limitMs = 120_000) {
  const askedMs = Date.now()
  for (const until = askedMs + limitMs; ; await sleep(200)) {
    const all = Object.values(await store.positions())
    if (all.length > 0 && all.every(({ next, end, endAt }) => next === end && Number(endAt) > askedMs)) return
    if (Date.now() > until)
      throw new Error(
        `not caught up after ${limitMs} ms: ${JSON.stringify(all.map(({ topic, next, end }) => [topic, next, end]))}`,
      )
  }
}

const table = []
let failed = 0
let readers
let load
try {
  await finish(tidemark('simulate', '--kafka', kafka, '--count', 3000, ...NOTHING_MALFORMED), 'simulate')
  await Promise.all([0, 1].flatMap((zone) => [startWorker(zone), startApi(zone)]))
  await caughtUp()
  readers = startReaders(apiPorts.map((port) => `http://127.0.0.1:${port}`))
  for (let round = 0; round < rounds; round++) {
    await readers.take()
    load = liveLoad(kafka, RATE, ...NOTHING_MALFORMED)
    await sleep(LOAD_MS)
    const zone = await store.primary()
    const steps = watchSteps(store.positions)
    const began = performance.now()
    await loseZone(zone)
    await store.until('a new primary', async () => ![zone, -1].includes(await store.primary()))
    await sleep(LOAD_MS)
    const went = load.running
    await load.kill('SIGTERM')
    await caughtUp()
    const rightMs = performance.now() - began
    const gapMs = await steps.stop()
    const reads = await readers.take()
    await recount()
    table.push({ name: 'a zone lost', gapMs, rightMs, reads })
    console.log(
      `zone ${'ab'[zone]} lost: 0 differences while it is away; ${(gapMs / 1000).toFixed(1)} s without a write, all counted ${(rightMs / 1000).toFixed(1)} s after it was lost; ${reads.answered} of ${reads.asked} reads answered (${share(reads)}), the slowest in ${reads.worstMs.toFixed(0)} ms${reads.faults}${went ? '' : '; the producer ended'}`,
    )
    const broken = apis.flatMap(({ out }) =>
      out.error.split('\n').filter((line) => /"level":"error"|\bat .*\.js:/.test(line)),
    )
    if (broken.length > 0) console.log(`an API said: ${[...new Set(broken)].slice(0, 12).join('\n')}`)
    await bringBack(zone)
  }
} catch (error) {
  console.log(error.message, ...workers.map(({ out }) => out.error.slice(-1500)))
  console.log(await store.report())
  failed++
} finally {
  readers?.stop()
  for (const child of [load, ...workers, ...apis]) if (child?.running) await child.kill('SIGKILL')
  await store.kill()
  await cluster.end()
  rmSync(dir, { recursive: true, force: true })
}
printGaps(table, readers?.faults() ?? [])
console.log(`${table.length} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
