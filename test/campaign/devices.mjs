// Devices without end: each event of the source readings is of another device. First all of now, then with times spread over 80 days and a site and a signal of its own each.
//   node test/campaign/devices.mjs [--short] [--events N] [--maxmemory SIZE]
// Says what the store holds after each part. Passes when the first part is counted whole, with a bounded number of devices remembered and the overflow known;
// when the second fills no more of the store than its share, and says what grows; when the source clicks is counted in each moment of it; and when the recount agrees.
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { freePort, root, sleep, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: { short: { type: 'boolean' }, events: { type: 'string' }, maxmemory: { type: 'string' } },
})
const events = Number(flags.events ?? (flags.short ? 30_000 : 1_000_000))
const maxmemory = flags.maxmemory ?? (flags.short ? '48mb' : '1gb')
const DAY_MS = 86_400_000
const SPREAD_DAYS = 80
const BATCH = 2000
/** What waits in the log; sending pauses above. */
const MOST_WAITING = 200_000
const PATIENCE_MS = 1_800_000
/** The store is full at 1; a source over its share waits from 0.92 on. */
const MOST_FULL = 0.97

await build()
const { openProducer } = await import(join(root, 'dist/log/kafka.js'))
const pipeline = await startPipeline({ maxmemory })
const port = await freePort()
const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)
await serve.says('serve ready')
const producer = await openProducer({ brokers: [pipeline.kafka], clientId: 'campaign' })
const get = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json()
const memory = async () => {
  const [{ usedBytes, maxBytes }] = (await get('/v1/status')).store
  return { used: usedBytes, max: maxBytes }
}
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
const begunAt = Date.now()
const say = (text) =>
  console.log(`${String(Math.round((Date.now() - begunAt) / 1000)).padStart(4)} s  ${text}`)
let passed = 0
let failed = 0
const check = (what, holds) => {
  say(`${holds ? 'good' : 'BAD '}  ${what}`)
  if (holds) passed++
  else failed++
}

let clicks = 0
let isQuiet = false
/** One click a turn, all the while, but for the recount. */
const trickle = setInterval(() => {
  if (isQuiet) return
  clicks++
  void producer
    .send('clicks', [
      { key: 'v', value: JSON.stringify({ ts: Date.now(), type: 'page_view', path: '/', visitor: 'v' }) },
    ])
    .catch(() => clicks--)
}, 200)
const standing = async (source) => {
  const all = Object.entries(await pipeline.store.positions()).filter(([key]) => key.includes(`{${source}/`))
  const sum = (field) => all.reduce((total, [, pos]) => total + Number(pos[field] ?? 0), 0)
  return { next: sum('next'), counted: sum('e:counted') }
}
/** The clicks that were sent until now are counted soon. */
async function clicksGoOn(when) {
  const sent = clicks
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100))
    if ((await standing('clicks')).counted >= sent) return check(`${when} clicks are counted: ${sent}`, true)
  check(`${when} clicks are counted: ${JSON.stringify(await standing('clicks'))} of ${sent}`, false)
}

async function recount() {
  isQuiet = true
  await sleep(1000)
  await pipeline.caughtUp()
  await pipeline.audit('--min-cells', 100)
  isQuiet = false
  check('the recount agrees', true)
}

let sent = 0
/** Until all of it is counted, or the source waits; answers why it waits. */
async function flood(name, event) {
  const from = sent
  const waiting = async () => (await get('/v1/status')).sources.find(({ source }) => source === 'readings')
  let halt = null
  let most = 0
  for (let left = events; left > 0 && halt === null; left -= BATCH) {
    await producer.send(
      'readings',
      Array.from({ length: Math.min(BATCH, left) }, () => {
        const at = sent++
        return { key: `${name}${at}`, value: JSON.stringify(event(`${name}${at}`, at - from)) }
      }),
    )
    while (
      halt === null &&
      sent - (await standing('readings')).next > MOST_WAITING / (flags.short ? 20 : 1)
    ) {
      halt = haltOf(await waiting())
      most = Math.max(most, (await memory()).used)
      await sleep(500)
    }
  }
  for (const until = Date.now() + PATIENCE_MS; halt === null && Date.now() < until; await sleep(500)) {
    if ((await standing('readings')).next >= sent) break
    halt = haltOf(await waiting())
    most = Math.max(most, (await memory()).used)
  }
  const { used, max } = await memory()
  say(
    `${name}: ${sent - from} sent, the store holds ${mb(used)} of ${mb(max)}, at most ${mb(most)} on the way`,
  )
  check(`${name}: the store never filled up`, Math.max(most, used) < max * MOST_FULL)
  return halt
}
const haltOf = (source) => source?.partitions.find(({ halt }) => halt?.code === 'STORE_SHARE')?.halt ?? null

try {
  const before = (await memory()).used
  const now = await flood('now', (device) => ({ device, site: 's', signal: 't', value: 1, ts: Date.now() }))
  check('now: all are counted, nobody waits', now === null && (await standing('readings')).counted === sent)
  const after = (await memory()).used
  say(`now: ${((after - before) / events).toFixed(1)} bytes an event, ${mb(after - before)} in all`)
  await clicksGoOn('after devices of now')
  const status = (await get('/v1/status')).sources.find(({ source }) => source === 'readings')
  const spent = status.spentBudgets.map(
    ({ kind, by, used, budget }) => `${kind} of ${by}: ${used} of ${budget}`,
  )
  say(`now: nearly spent: ${spent.join('; ')}`)
  check(
    'now: /v1/status names the field that grows',
    spent.some((text) => text.includes('device')),
  )
  await recount()

  const spread = await flood('past', (device, at) => ({
    device,
    site: `s${at}`,
    signal: `t${at}`,
    value: 1,
    ts: Date.now() - Math.floor((at / events) * SPREAD_DAYS * DAY_MS),
  }))
  if (spread !== null) say(`past: the source waits: ${spread.message}`)
  check(
    'past: either all is counted, or the source waits and says what grows',
    spread === null
      ? (await standing('readings')).next === sent
      : /Most of it: .*(names|cells|entities)/.test(spread.message),
  )
  await clicksGoOn('while the past floods')
  await sleep(3000)
  await clicksGoOn('and later')
  if (spread === null) await recount()
} catch (error) {
  failed++
  console.log(error.message, pipeline.ingest.out.error.slice(-3000))
} finally {
  clearInterval(trickle)
  await producer.close().catch(() => {})
  await serve.kill('SIGTERM')
  await pipeline.stop()
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
