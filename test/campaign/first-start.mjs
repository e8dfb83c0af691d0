// First starts of `tidemark up` against an Apache Kafka that holds no topic yet and has too little processor: what a broker says of a topic that it made
// a moment ago ("does not host this partition", "the coordinator is loading") is waited out.
//   node test/campaign/first-start.mjs [--short] [--starts N]           wants TIDEMARK_KAFKA_JARS and java
// Each start gets a new broker, a definition of six topics, and either two busy loops beside it, so that broker, store, worker and page share what is left,
// or a broker that runs for a fifth of the time. Passes when every start comes up by itself, nothing of it fell meanwhile, all partitions stand in /v1/status, and an event sent to the page is counted.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startCluster } from './lib/kafka-cluster.mjs'
import { freePort, root, sleep, start, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, starts: { type: 'string' } } })
const starts = Number(flags.starts ?? (flags.short ? 2 : 20))
const TOPICS = 6
const BUSY_LOOPS = 2
/** The slow broker runs for this part of each turn. */
const TURN_MS = 500
const RUNS_MS = 100
/** A machine that is shared may take this long; `up` itself gives a topic a minute. */
const PATIENCE_MS = 180_000
const jars = process.env.TIDEMARK_KAFKA_JARS ?? join(root, '.cache/kafka/lib')
if (!existsSync(jars)) throw new Error(`no jars of Apache Kafka in ${jars}; fetch them: bash .ci/fetch-kafka`)

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-first-start-'))
const names = Array.from({ length: TOPICS }, (_, at) => `s${at}`)
const definition = join(dir, 'definition.yaml')
writeFileSync(
  definition,
  `sources:\n${names
    .map(
      (name) =>
        `  ${name}: { topic: ${name}, key: device, time: ts, fields: { device: string, value: number }, metrics: { readings: count } }\n`,
    )
    .join('')}keep: { 1m: 2d, 1h: 90d }\n`,
)

async function until(what, holds, limitMs = PATIENCE_MS) {
  for (const end = Date.now() + limitMs; ; await sleep(100)) {
    const found = await holds().catch(() => null)
    if (found) return found
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs / 1000} s`)
  }
}

/** Answers how to end it. */
function slowDown(cluster, isBusy) {
  if (isBusy) {
    const loops = Array.from({ length: BUSY_LOOPS }, () => start('sh', ['-c', 'exec yes > /dev/null']))
    return () => Promise.all(loops.map((loop) => loop.kill()))
  }
  const timers = []
  const turn = () => {
    cluster.resume(1)
    timers[1] = setTimeout(() => cluster.pause(1), RUNS_MS)
  }
  timers[0] = setInterval(turn, TURN_MS)
  return async () => {
    timers.forEach(clearTimeout)
    cluster.resume(1)
  }
}

/** Answers how long the start took, in ms. */
async function firstStart(at) {
  const home = join(dir, `start-${at}`)
  mkdirSync(home)
  const cluster = await startCluster(home, jars, { size: 1 })
  const [page, store] = [await freePort(), await freePort()]
  const release = slowDown(cluster, at % 2 === 1)
  const begunAt = Date.now()
  const places = ['--data', join(home, 'data'), '--port', page, '--store-port', store]
  const up = tidemark('up', '--no-demo', '--definition', definition, '--kafka', cluster.brokers[0], ...places)
  const ask = async (path, init) => (await fetch(`http://127.0.0.1:${page}${path}`, init)).json()
  try {
    await up.says('up after', PATIENCE_MS)
    const tookMs = Date.now() - begunAt
    if (/ stopped \(|cannot run/.test(up.out.text + up.out.error))
      throw new Error('a part of it fell on the way')
    await until('every partition in /v1/status', async () => {
      const { sources } = await ask('/v1/status')
      return (
        sources.length === TOPICS &&
        sources.every(({ partitions }) => partitions.length > 0 && partitions.every(({ stale }) => !stale))
      )
    })
    for (const name of names)
      await until(`an event of ${name} taken by the collector`, async () => {
        const body = JSON.stringify({ device: 'd', value: 1, ts: Date.now() })
        const sent = await ask(`/v1/events?source=${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        return sent.accepted === 1
      })
    for (const name of names)
      await until(`the event of ${name} counted`, async () => {
        const { series, meta } = await ask(`/v1/series?metric=${name}.readings&from=now-1h&interval=1m`)
        const total = series[0].values.reduce((sum, value) => sum + (value ?? 0), 0)
        return total >= 1 && meta.complete === 1
      })
    return tookMs
  } catch (error) {
    throw new Error(`${error.message}\n${up.out.text.slice(-2000)}${up.out.error.slice(-2000)}`, {
      cause: error,
    })
  } finally {
    await release()
    await up.kill('SIGTERM')
    await cluster.end()
    rmSync(home, { recursive: true, force: true })
  }
}

let passed = 0
let failed = 0
for (let at = 1; at <= starts; at++)
  try {
    const tookMs = await firstStart(at)
    passed++
    console.log(
      `good  first start ${at} of ${starts}: ${at % 2 === 1 ? 'busy machine' : 'slow broker'}, up after ${(tookMs / 1000).toFixed(1)} s`,
    )
  } catch (error) {
    failed++
    console.log(`BAD   first start ${at} of ${starts}: ${error.message}`)
  }
rmSync(dir, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
