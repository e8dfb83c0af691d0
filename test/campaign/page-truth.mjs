// The real page, in Chromium, through faults: what its chips, tiles and pipeline say, held against what Kafka itself says (kcat) and what was acknowledged.
//   node test/campaign/page-truth.mjs [--short]
// All the while a watcher reads the page four times a second. Two things must never be seen:
//   - a chip that says "exact" while a record that Kafka acknowledged more than PATIENCE_MS ago is not counted;
//   - a tile marked exact whose number is not between what was acknowledged up to its moment and what was sent by now.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { freePort, root, sleep, tidemark } from './lib/processes.mjs'
import { openTruth } from './page/truth.mjs'
import { openPages } from './page/pages.mjs'

const FAULT_MS = process.argv.includes('--short') ? 16_000 : 30_000
const HEALS_MS = 60_000

await build()
const { openAdmin, openProducer } = await import(join(root, 'dist/log/kafka.js'))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-page-truth-'))
const file = join(scratch, 'tidemark.json')
const definition = {
  sources: {
    visits: {
      topic: 'visits',
      key: 'visitor',
      time: 'ts',
      fields: { visitor: 'string', path: 'string', country: 'string?' },
      breakdowns: ['path', 'country'],
      metrics: { events: 'count' },
      entity: { online: '15m' },
    },
  },
  keep: { '1s': '45m', '1m': '2d', '1h': '90d' },
}
writeFileSync(file, JSON.stringify(definition))

let passed = 0
let failed = 0
function check(what, fault) {
  console.log(`${fault ? 'BAD ' : 'good'}  ${what}${fault ? `: ${fault}` : ''}`)
  if (fault) failed++
  else passed++
}
/** Waits until `fault()` answers nothing; then it holds. Else the last fault is the finding. */
async function becomes(what, fault, limitMs = HEALS_MS) {
  let found
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(250))
    if (!(found = await fault())) break
  check(what, found)
}

const pipeline = await startPipeline({ definition: file, partitions: 2 })
let { ingest } = pipeline
const port = await freePort()
const serve = tidemark(
  'serve',
  '--kafka',
  pipeline.kafka,
  '--store',
  pipeline.store.url,
  '--port',
  port,
  '--definition',
  file,
)
await serve.says('serve ready')
const producer = await openProducer({ brokers: [pipeline.kafka], clientId: 'page-truth' })
const truth = openTruth(producer, pipeline.kafka, 'visits', 2)
let pages

try {
  // The first minute: one event is two hours late, on an otherwise new log.
  const beganMs = Date.now()
  await truth.send(5)
  await truth.send(1, beganMs - 7_200_000)
  truth.begin(20)
  pages = await openPages(`http://127.0.0.1:${port}`, truth)
  await becomes('first minute: the page shows numbers, exact', () => pages.says({ state: 'exact' }))
  await sleep(4000)
  const text = await pages.text()
  check(
    'first minute: no change against a time that is not in the log',
    /[↑↓]\s*[\d,.]+|\bup [\d,.]+|\bdown [\d,.]+/.exec(text)?.[0],
  )
  const begins = /log begins at ([^\n]+)/.exec(text)?.[1]
  check(
    'first minute: no beginning of the log before it began',
    begins && !begins.includes(new Date(beganMs).toISOString().slice(14, 16)) ? begins : null,
  )

  // The worker stands still: records wait, and everybody is told.
  ingest.signal('SIGSTOP')
  await becomes('worker stopped: no chip says exact', () => pages.noneExact(), FAULT_MS)
  await becomes(
    'worker stopped: the pipeline shows as many records waiting as Kafka has',
    () => pages.lagIsTrue(),
    FAULT_MS,
  )
  await sleep(5000)
  ingest.signal('SIGCONT')
  await becomes('worker goes on: exact again', () => pages.says({ state: 'exact' }))

  // The worker is killed; another takes over.
  await ingest.kill()
  await becomes('worker killed: no chip says exact', () => pages.noneExact(), FAULT_MS)
  await becomes(
    'worker killed: the pipeline shows as many records waiting as Kafka has',
    () => pages.lagIsTrue(),
    FAULT_MS,
  )
  ingest = startIngest()
  await becomes('another worker: exact again', () => pages.says({ state: 'exact' }))

  // The store hangs, then goes.
  pipeline.store.pause()
  await becomes('store hung: no chip says exact', () => pages.noneExact(), FAULT_MS)
  pipeline.store.resume()
  await becomes('store answers again: exact again', () => pages.says({ state: 'exact' }))
  await pipeline.store.kill()
  await becomes('store stopped: no chip says exact', () => pages.noneExact(), FAULT_MS)
  await pipeline.store.begin()
  await becomes('store back: exact again', () => pages.says({ state: 'exact' }))

  // Kafka goes: nobody knows where the log ends.
  truth.pause()
  await pipeline.broker.kill()
  await becomes('broker stopped: no chip says exact', () => pages.noneExact(), FAULT_MS)
  const broker = tidemark(
    'broker',
    '--port',
    pipeline.kafka.split(':')[1],
    '--data',
    join(pipeline.dir, 'broker'),
  )
  pipeline.broker = broker
  await broker.says('broker ready')
  truth.go()
  await becomes('broker back: exact again', () => pages.says({ state: 'exact' }))

  // A definition is edited: old numbers stand, marked, until the new ones are whole.
  definition.sources.visits.breakdowns.push(['path', 'country'])
  writeFileSync(file, JSON.stringify(definition))
  await becomes('definition edited: the new generation answers, exact', async () =>
    (await pages.status()).sources[0].generation === 2
      ? pages.says({ state: 'exact' })
      : 'generation 1 answers',
  )

  // A partition loses records before they were counted: it halts, and the page names the way past.
  await ingest.kill('SIGTERM')
  await truth.send(20)
  const admin = await openAdmin({ brokers: [pipeline.kafka], clientId: 'page-truth' })
  const end = truth.kafkaEnds().get(0)
  await admin.deleteRecords('visits', 0, end)
  await admin.close()
  ingest = startIngest()
  await becomes('partition halted: no chip says exact', () => pages.noneExact())
  await becomes('partition halted: the pipeline names the command that goes past it', async () =>
    (await pages.pipelineText()).includes('tidemark partition skip') ? null : 'no command',
  )
  check('partition halted: the other one counts on', await pages.countsOn(1))
} catch (error) {
  console.log(error.stack, ingest.out.error.slice(-2000), serve.out.error.slice(-2000))
  failed++
} finally {
  truth.end()
  await pages?.close()
  await serve.kill('SIGTERM')
  await ingest.kill('SIGTERM')
  await producer.close().catch(() => {})
  await pipeline.stop()
  rmSync(scratch, { recursive: true, force: true })
}
for (const sight of (pages?.untrue ?? []).slice(0, 20)) console.log(`BAD   seen: ${sight}`)
check(
  `${pages?.looks ?? 0} looks at the page, none of them untrue`,
  pages?.untrue.length ? `${pages.untrue.length} were` : pages?.looks > 50 ? null : 'too few looks',
)
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)

function startIngest() {
  return tidemark(
    'ingest',
    '--kafka',
    pipeline.kafka,
    '--store',
    pipeline.store.url,
    '--partitions',
    2,
    '--definition',
    file,
    '--session-timeout-ms',
    6000,
  )
}
