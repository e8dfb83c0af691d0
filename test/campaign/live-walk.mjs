// Readers of live streams come, go and look at other things while processes are killed around them; each answer they hold is compared with all others of its vector.
//   node test/campaign/live-walk.mjs [--short] [--acts N] [--seed N] [--only 'worker killed' ...]
// Four readers hold streams through a relay that is cut and turned from one API process to the other; queries of every kind are added to them and removed. Beside them
// both processes are asked by GET. Whatever was said of one question at one vector, as patches laid over an answer or whole, by whichever process, before or after a
// kill, a rewind or an edited definition, must be the same. No stream may go back in time without a word, and at the end each holds what a GET answers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { clicksWithFacts } from './lib/clicks-with-facts.mjs'
import { freePort, liveLoad, root, sleep, tidemark } from './lib/processes.mjs'
import { makeRandom } from './lib/random.mjs'
import { makeStore } from './lib/store.mjs'
import { makeLedger } from './lib/same-vector.mjs'
import { makeReader, openRelay } from './lib/walking-readers.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    acts: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string', multiple: true },
    keep: { type: 'boolean' },
  },
})
const acts = Number(flags.acts ?? (flags.short ? 8 : 24))
const seed = Number(flags.seed ?? Date.now() % 100_000)
const RATE = 60
const SESSION_MS = 3000
const READERS = 4

const random = makeRandom(seed)
const pick = (list) => list[Math.floor(random() * list.length)]

await build()
const client = await import(join(root, 'dist/client/index.js'))
const { Client, queryText } = client
const { shipped } = await import(join(root, 'dist/model/shipped.js'))
const dir = mkdtempSync(join(tmpdir(), 'tidemark-walk-'))
console.log(`seed ${seed}: ${acts} acts`)

const definition = join(dir, 'tidemark.json')
/** Each edit counts the log anew and changes no number that is asked for. */
function define(edits) {
  const { breakdowns } = shipped.sources.clicks
  const more = edits % 2 === 0 ? [] : [['device', 'referrer']]
  writeFileSync(definition, clicksWithFacts(shipped, '20s', { breakdowns: [...breakdowns, ...more] }))
}
define(0)

const beganMs = Math.floor(Date.now() / 60_000) * 60_000
const fixed = { from: String(beganMs - 600_000), to: String(beganMs + 1_800_000) }
const past = { from: String(beganMs - 600_000), to: String(beganMs) }
const QUERIES = [
  ['series', { metric: 'clicks.events', interval: '1s', from: 'now-2m' }],
  ['series', { metric: 'clicks.events', by: 'country', interval: '1m', ...fixed }],
  ['series', { metric: 'clicks.revenue', by: 'country,device', limit: '5', interval: '1m', ...past }],
  ['series', { metric: 'clicks.visitors', by: 'path', limit: '4', interval: '1m', ...past }],
  ['series', { metric: 'clicks.load.p95', interval: '1m', ...fixed }],
  ['series', { metric: 'readings.value.avg', by: 'site', interval: '1m', ...fixed }],
  ['series', { metric: 'readings.counter.increase', by: 'signal', interval: '1m', ...past }],
  ['series', { metric: 'clicks.events', by: 'path,device', limit: '6', interval: '1m', ...past }], // from the log
  ['series', { metric: 'clicks.revenue', where: 'loadMs:gt:250', interval: '1m', ...fixed }], // from the log
  ['top', { metric: 'clicks.views', by: 'path', ...fixed }],
  ['top', { metric: 'clicks.visitors', by: 'path', ...past }],
  ['top', { metric: 'clicks.revenue', by: 'country', compare: 'previous', ...past }],
  ['entities', { source: 'readings', sort: 'name', limit: '30' }],
  ['sessions', { source: 'clicks', by: 'entry', ...past }],
  ['funnel', { source: 'clicks', funnel: 'way', ...past }],
  ['retention', { source: 'clicks', retention: 'visitors', unit: 'day', from: 'now-2d/d' }],
  ['journeys', { source: 'clicks', ...past }],
].map(([name, params]) => ({ name, params, text: queryText(name, params) }))

const ledger = makeLedger()
const brokerPort = await freePort()
const kafka = `127.0.0.1:${brokerPort}`
const broker = tidemark('broker', '--port', brokerPort, '--data', join(dir, 'broker'))
await broker.says('broker ready')
const store = await makeStore(dir, await freePort())
await store.begin()
const common = ['--kafka', kafka, '--store', store.url, '--definition', definition]

const run = { over: false }
/** Started again when it ends: what a supervisor does. */
function employ(list, at, ...args) {
  const child = tidemark(...args)
  list[at] = child
  void child.ended.then(async () => {
    await sleep(300)
    if (!run.over) employ(list, at, ...args)
  })
}
const [workers, apis] = [[], []]
const ports = [await freePort(), await freePort()]
for (const at of [0, 1]) employ(workers, at, 'ingest', ...common, '--session-timeout-ms', SESSION_MS)
for (const at of [0, 1]) employ(apis, at, 'serve', ...common, '--port', ports[at])
const load = liveLoad(kafka, RATE, '--late', '0.03', '--seed', seed)

let toward = 0
const relay = await openRelay(() => ports[toward])

for (const api of apis) await api.says('serve ready')
await sleep(3000)
const readers = Array.from({ length: READERS }, (_, n) =>
  makeReader({ name: `reader ${n}`, address: relay.address, queries: QUERIES, ledger, pick, random, client }),
)
const asked = { answered: 0, not: 0 }
const clients = ports.map((port) => new Client({ base: `http://127.0.0.1:${port}` }))
const ask = async (at, query) => {
  try {
    const answer = await clients[at][query.name](query.params)
    asked.answered++
    ledger.add(`process ${at}`, query, answer)
    return answer
  } catch (error) {
    asked.not++
    return error
  }
}
const asking = [0, 1].map(async (at) => {
  while (!run.over) {
    await ask(at, pick(QUERIES))
    await sleep(60 * random())
  }
})

let edits = 0
const done = {
  async 'stream cut'() {
    relay.cut()
  },
  async 'other process'() {
    toward = 1 - toward
    relay.cut()
  },
  async 'api killed'() {
    await pick(apis).kill()
  },
  async 'worker killed'() {
    await pick(workers).kill()
  },
  async 'worker frozen'() {
    const frozen = pick(workers)
    frozen.signal('SIGSTOP')
    await sleep(SESSION_MS * (1.2 + random()))
    frozen.signal('SIGCONT')
  },
  async 'store killed'() {
    await store.kill()
    await sleep(500 * random())
    await store.begin()
  },
  async 'older copy put back'() {
    store.copyTo(join(dir, 'copy'))
    await sleep(1000 + 2000 * random())
    await store.kill()
    store.putBack(join(dir, 'copy'))
    await store.begin()
  },
  async 'definition edited'() {
    define(++edits)
    for (const worker of workers.slice()) await worker.kill('SIGTERM')
  },
}
const names = Object.keys(done).filter((name) => flags.only === undefined || flags.only.includes(name))
for (let n = 0; n < acts; n++) {
  const name = names[n % names.length]
  await done[name]()
  console.log(`${String(n + 1).padStart(3)}  ${name}; ${ledger.told()}`)
  for (let at = 0; at < 4; at++) {
    await sleep(1000 * random())
    pick(readers).change()
  }
  await sleep(1500)
}

// The log stands still: what readers hold is what is answered.
await load.kill('SIGTERM')
let open = []
for (const until = Date.now() + 90_000; ; await sleep(1000)) {
  open = []
  for (const reader of readers)
    for (const { query, answer } of reader.held.values()) {
      const whole = await ask(toward, query)
      const isThere =
        !(whole instanceof Error) &&
        answer !== null &&
        String(Object.entries(answer.meta.vector)) === String(Object.entries(whole.meta.vector))
      const isCurrent =
        isThere && whole.meta.behindRecords === 0 && whole.meta.generation === answer.meta.generation
      if (!isCurrent)
        open.push(
          `${reader.name} ${query.text}: ${whole instanceof Error ? whole.message : `${JSON.stringify(answer?.meta.vector)} of ${JSON.stringify(whole.meta.vector)}, ${whole.meta.behindRecords} behind`}`,
        )
    }
  if (open.length === 0 || Date.now() > until) break
}
run.over = true
await Promise.all(asking)
for (const reader of readers) {
  const { answers, lost, behind, problems } = reader.counts
  console.log(
    `${reader.name}: ${answers} answers, lost ${lost} times, behind ${behind}, ${[...problems].map(([type, detail]) => `${type}: ${detail}`).join('; ') || 'no problem'}`,
  )
  reader.end()
}
console.log(`${asked.answered} GETs answered, ${asked.not} not; ${ledger.told()}`)
for (const line of [
  ...ledger.faults.slice(0, 20),
  ...open.slice(0, 10).map((one) => `not caught up: ${one}`),
])
  console.log(line)
for (const child of [...workers, ...apis]) await child.kill('SIGKILL')
await store.kill()
await broker.kill()
relay.close()
const isGood = ledger.faults.length === 0 && open.length === 0 && ledger.compared > 100
if (isGood && !flags.keep) rmSync(dir, { recursive: true, force: true })
else console.log(`kept: ${dir}`)
console.log(isGood ? '1 passed, 0 failed, 0 skipped' : '0 passed, 1 failed, 0 skipped')
process.exit(isGood ? 0 : 1)
