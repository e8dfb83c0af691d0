// Freshness: from produce to the frame of a live query, beside the raw way from produce to a plain consumer, in the same run.
//   node test/campaign/freshness.mjs [--short] [--seconds N] [--rates 2000,10000]
// Events go out every 10 ms over the embedded broker; a live query on their total streams frames, each with the offsets it covers. An event is
// fresh when the first frame that covers its offset has arrived. The plain consumer reads the same topic with the same client and does nothing.
// Each rate has its own stretch of the run; /v1/status then says where the time went. Passes when every event came through both ways and, at
// each rate, the counted way's p99 is within a multiple of the raw way's p99 plus a frame: the goal is 2x + 20 ms on a quiet machine; what is
// asserted leaves room for one that is shared.
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { freePort, root, sleep, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: { short: { type: 'boolean' }, seconds: { type: 'string' }, rates: { type: 'string' } },
})
const seconds = Math.min(Number(flags.seconds ?? (flags.short ? 6 : 30)), 120)
const rates = (flags.rates ?? '2000,10000').split(',').map((rate) => Math.min(Number(rate), 20_000))
const TICK_MS = 10
const GOAL = { times: 2, plusMs: 20 }
const ASSERTED = { times: 4, plusMs: 80 }

await build()
const { openProducer, openConsumer } = await import(join(root, 'dist/log/kafka.js'))
const { partitionFor } = await import(join(root, 'dist/log/murmur2.js'))
const pipeline = await startPipeline()
const port = await freePort()
const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)
await serve.says('serve ready')
const config = { brokers: [pipeline.kafka], clientId: 'freshness' }

/** Offsets on their way, per partition: the first not yet seen, and when each piece was sent. */
function way() {
  const pieces = new Map()
  const delays = []
  return {
    delays,
    sent(partition, from, count, atMs) {
      if (!pieces.has(partition)) pieces.set(partition, [])
      pieces.get(partition).push({ end: from + count, count, atMs })
    },
    /** Everything below `next` has arrived. */
    arrived(partition, next) {
      const waiting = pieces.get(partition) ?? []
      const now = performance.now()
      while (waiting.length > 0 && waiting[0].end <= next) {
        const { count, atMs } = waiting.shift()
        for (let i = 0; i < count; i++) delays.push(now - atMs)
      }
    },
    get waiting() {
      return [...pieces.values()].reduce(
        (sum, list) => sum + list.reduce((all, { count }) => all + count, 0),
        0,
      )
    },
  }
}
let counted = way()
let raw = way()
// An acknowledgement may come later than the event itself: what was seen by then is looked at again.
const seen = { counted: new Map(), raw: new Map() }
const arrive = (name, partition, next) => {
  seen[name].set(partition, next)
  ;(name === 'raw' ? raw : counted).arrived(partition, next)
}

const aborter = new AbortController()
const stream = await fetch(
  `http://127.0.0.1:${port}/v1/live?q=${encodeURIComponent('series?metric=clicks.events&from=now-1m')}`,
  { signal: aborter.signal },
)
const frames = { count: 0 }
const reading = (async () => {
  let text = ''
  for await (const bytes of stream.body.pipeThrough(new TextDecoderStream())) {
    text += bytes
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const data = text
        .slice(0, end)
        .split('\n')
        .find((line) => line.startsWith('data:'))
      const frame = JSON.parse(data?.slice(5) || '{}')
      const vector = (frame.meta ?? frame.answer?.meta)?.vector ?? {}
      if (frame.meta) frames.count++
      for (const [partition, next] of Object.entries(vector)) arrive('counted', Number(partition), next)
    }
  }
})().catch(() => {})
const consumer = await openConsumer(
  config,
  { topic: 'clicks', groupId: 'freshness' },
  {
    onAssigned: async (partitions) => new Map(partitions.map((partition) => [partition, 0])),
    onRevoked: async () => {},
    onFetched: ({ partition, batches }) =>
      batches.length > 0 && arrive('raw', partition, batches.at(-1).lastOffset + 1),
    onCrash: (error) => console.log(error.message),
  },
)
const producer = await openProducer(config)
await producer.send(
  'clicks',
  Array.from({ length: 40 }, (_, n) => click(n)),
)
await sleep(3000)

function click(n) {
  const visitor = `v${n % 500}`
  return {
    key: visitor,
    value: JSON.stringify({
      ts: new Date().toISOString(),
      type: 'page_view',
      path: `/p${n % 40}`,
      country: ['DE', 'FR', 'NL'][n % 3],
      visitor,
    }),
  }
}

let events = 0
const at = (delays, share) =>
  delays.toSorted((a, b) => a - b)[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN
const padded = (ms) => ms.toFixed(1).padStart(7)
const row = (name, { p50, p99 }, more = '') =>
  console.log(`  ${name.padEnd(28)} p50 ${padded(p50)} ms   p99 ${padded(p99)} ms   ${more}`)
const both = ({ delays }) => ({ p50: at(delays, 0.5), p99: at(delays, 0.99) })

/** One stretch at one rate: every event both ways, and what the API says of the parts. */
async function stretch(rate) {
  ;[counted, raw] = [way(), way()]
  const [ways, each] = [{ counted, raw }, Math.round((rate * TICK_MS) / 1000)]
  const [first, firstFrame, began] = [events, frames.count, performance.now()]
  const sends = []
  for (let tick = 0; performance.now() - began < seconds * 1000; tick++) {
    const records = Array.from({ length: each }, () => click(events++))
    const atMs = performance.now()
    sends.push(
      producer.send('clicks', records).then((pieces) => {
        const counts = new Map()
        for (const { key } of records) {
          const partition = partitionFor(Buffer.from(key), 4)
          counts.set(partition, (counts.get(partition) ?? 0) + 1)
        }
        for (const [partition, count] of counts) {
          const own = pieces.filter((piece) => piece.partition === partition)
          const baseOffset = Math.min(...own.map((piece) => piece.baseOffset))
          for (const [name, which] of Object.entries(ways)) {
            which.sent(partition, baseOffset, count, atMs)
            which.arrived(partition, seen[name].get(partition) ?? 0)
          }
        }
      }),
    )
    await sleep(Math.max(0, began + (tick + 1) * TICK_MS - performance.now()))
  }
  await Promise.all(sends)
  for (let waited = 0; waited < 10_000 && counted.waiting + raw.waiting > 0; waited += 100) await sleep(100)
  const sent = events - first
  const [plain, shown] = [both(raw), both(counted)]
  console.log(
    `${rate} events/s: ${sent} events in ${seconds} s, ${((frames.count - firstFrame) / seconds).toFixed(1)} frames/s`,
  )
  row('produce -> plain consumer', plain)
  row('produce -> counted -> frame', shown)
  const status = await (await fetch(`http://127.0.0.1:${port}/v1/status`)).json()
  const { freshness } = status.sources.find(({ source }) => source === 'clicks')
  for (const { part, p50Ms, p99Ms } of freshness.parts) row(`  ${part}`, { p50: p50Ms, p99: p99Ms })
  const bound = ({ times, plusMs }) => times * plain.p99 + plusMs
  console.log(
    `  goal p99 <= 2x raw + 20 ms = ${bound(GOAL).toFixed(0)} ms: ${shown.p99 <= bound(GOAL) ? 'met' : 'not met'} (${(shown.p99 / plain.p99).toFixed(1)}x raw)`,
  )
  return [counted.delays.length === sent, raw.delays.length === sent, shown.p99 <= bound(ASSERTED)]
}

const checks = []
for (const rate of rates) checks.push(...(await stretch(rate)))
aborter.abort()
await reading
await Promise.all([consumer.stop(), producer.close()])
await serve.kill('SIGTERM')
await pipeline.stop()
const failed = checks.filter((check) => !check).length
console.log(`${checks.length - failed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
