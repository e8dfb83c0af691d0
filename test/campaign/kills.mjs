// Kills, cuts and old copies in mid-stream; then an independent recount of every number.
//   node test/campaign/kills.mjs [--short] [--events N] [--faults N] [--seed N] [--only 'broker killed' ...] [--keep]
// Simulated events run through the embedded broker and the real store while, one after the other and in random order, the worker, the store and the broker are
// killed with SIGKILL, the worker is frozen for longer than its session while another one takes over, the store's file is cut at a random byte, and an older copy of
// it is put back. No step repairs anything but starting a process again. The clicks come together to facts of every kind, whose sessions and visits end while it
// lasts. Passes on: 0 differences, every offset accounted for, facts among what was compared, and rewinds counted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { clicksWithFacts } from './lib/clicks-with-facts.mjs'
import { freePort, sleep, start, tidemark, root } from './lib/processes.mjs'
import { makeRandom } from './lib/random.mjs'
import { makeStore } from './lib/store.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    events: { type: 'string' },
    faults: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
    only: { type: 'string', multiple: true },
  },
})
const events = Number(flags.events ?? (flags.short ? 30_000 : 200_000))
const faults = Number(flags.faults ?? (flags.short ? 12 : 20))
const seed = Number(flags.seed ?? Date.now() % 100_000)
const PAUSE_MS = flags.short ? 2500 : 4000
const SESSION_MS = 3000

const random = makeRandom(seed)

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-kills-'))
console.log(`seed ${seed}: ${events} events, ${faults} faults`)
const brokerPort = await freePort()
const kafka = `127.0.0.1:${brokerPort}`
const store = await makeStore(dir, await freePort())
const { shipped } = await import(join(root, 'dist/model/shipped.js'))
const definition = join(dir, 'tidemark.json')
writeFileSync(definition, clicksWithFacts(shipped, '5s'))
const startBroker = async () => {
  const child = tidemark('broker', '--port', brokerPort, '--data', join(dir, 'broker'))
  await child.says('broker ready')
  return child
}
let broker = await startBroker()
await store.begin()

// Workers, each started again when it ends: what a supervisor does.
let over = false
const workers = []
const said = []
function employ(at) {
  const child = tidemark(
    'ingest',
    '--kafka',
    kafka,
    '--store',
    store.url,
    '--definition',
    definition,
    '--session-timeout-ms',
    SESSION_MS,
  )
  workers[at] = child
  void child.ended.then(async () => {
    said.push(child.out.text, child.out.error)
    if (over) return
    await sleep(500)
    if (!over) employ(at)
  })
}
employ(0)
employ(1)

const done = {
  'worker killed': 0,
  'worker frozen': 0,
  'store killed': 0,
  'store cut': 0,
  'older copy put back': 0,
  'broker killed': 0,
}
const acts = {
  async 'worker killed'() {
    await workers[Math.floor(random() * 2)].kill()
  },
  async 'worker frozen'() {
    const frozen = workers[Math.floor(random() * 2)]
    frozen.signal('SIGSTOP')
    await sleep(SESSION_MS * (1.2 + random()))
    frozen.signal('SIGCONT')
  },
  async 'store killed'() {
    await store.kill()
    await sleep(500 * random())
    await store.begin()
  },
  async 'store cut'() {
    await store.kill()
    const bytes = store.cut(random, 0.2)
    await store.begin()
    return `${bytes} bytes`
  },
  async 'older copy put back'() {
    store.copyTo(join(dir, 'copy'))
    await sleep(1000 + 2000 * random())
    await store.kill()
    store.putBack(join(dir, 'copy'))
    await store.begin()
  },
  async 'broker killed'() {
    await broker.kill()
    await sleep(1000 * random())
    broker = await startBroker()
  },
}

const seconds = (faults * (PAUSE_MS + 1500)) / 1000
const sending = (async () => {
  for (let left = events, round = 0; left > 0; round++) {
    const simulate = tidemark(
      'simulate',
      '--kafka',
      kafka,
      '--count',
      left,
      '--rate',
      Math.ceil(events / seconds),
      '--seed',
      seed + round,
      '--json',
    )
    const code = await simulate.ended
    const truth = JSON.parse(simulate.out.text.slice(simulate.out.text.indexOf('{')) || '{}')
    const sent = Object.values(truth.sources ?? {}).reduce((sum, source) => sum + (source.records ?? 0), 0)
    if (code === 0) return
    console.log(
      `simulate ended with ${code} after ${sent} records: ${simulate.out.error.trim().split('\n').at(-1)}`,
    )
    left -= Math.max(sent, 1000)
  }
})()

await sleep(3000)
const names = Object.keys(acts).filter((name) => flags.only === undefined || flags.only.includes(name))
for (let n = 0; n < faults; n++) {
  const name = names[n % names.length]
  const detail = await acts[name]()
  done[name]++
  console.log(`${String(n + 1).padStart(3)}  ${name}${detail ? `, ${detail}` : ''}`)
  await sleep(PAUSE_MS * (0.5 + random()))
}
await sending

// Caught up: the store stands still at the log's end.
const began = Date.now()
let positions = {}
for (;;) {
  await sleep(1000)
  positions = await store.positions()
  const all = Object.values(positions)
  if (
    all.length === 8 &&
    all.every(({ next, end, endAt }) => next === end && Date.now() - Number(endAt) < 3000)
  )
    break
  if (Date.now() - began > 120_000) {
    console.log(
      'not caught up after 120 s:',
      JSON.stringify(all.map(({ topic, next, end, endAt }) => [topic, next, end, Date.now() - endAt])),
    )
    console.log(workers.map(({ out }) => out.error.split('\n').slice(-25).join('\n')).join('\n---\n'))
    process.exitCode = 1
    break
  }
}
const caughtUpMs = Date.now() - began
over = true
await Promise.all(workers.map((worker) => worker.kill('SIGTERM')))

const all = Object.values(await store.positions())
const rewinds = all.reduce((sum, pos) => sum + Number(pos.rewinds), 0)
const unbalanced = all.filter(
  (pos) =>
    ['data', 'control', 'aborted', 'compacted'].reduce((sum, kind) => sum + Number(pos[`o:${kind}`]), 0) !==
    pos.next - pos.first,
)
const audit = start('python3', [
  join(root, 'audit/recount.py'),
  '--log',
  join(dir, 'broker'),
  '--store',
  store.url,
  '--min-cells',
  '10000',
  '--require-caught-up',
])
const auditCode = await audit.ended
console.log(audit.out.text.trim().split('\n').slice(-3).join('\n'), audit.out.error)
const hasFacts = /[1-9][\d,]* facts/.test(audit.out.text)
const records = all.reduce((sum, pos) => sum + Number(pos.next), 0)
console.log(
  `${records} records; ${Object.entries(done)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')}`,
)
console.log(
  `caught up ${caughtUpMs} ms after the last event; ${rewinds} rewinds counted; ${unbalanced.length} partitions out of balance`,
)
await store.kill()
await broker.kill()
const checks = [
  auditCode === 0,
  hasFacts,
  rewinds > 0 || flags.only !== undefined,
  unbalanced.length === 0,
  records >= events * 0.9,
  process.exitCode !== 1,
]
if (checks.includes(false) || flags.keep) console.log(`kept: ${dir}`)
else rmSync(dir, { recursive: true, force: true })
const failed = checks.filter((check) => !check).length
console.log(`${checks.length - failed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
