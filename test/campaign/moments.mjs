// The store as it was at a time: random moments, each restored and recounted; then the newest backup put back in place, and counted on.
//   node test/campaign/moments.mjs [--short] [--moments N] [--seconds N] [--seed N]
// Events run through broker, store and worker while backups are made. Then for each random moment behind the first backup: tidemark store restore --to into an
// empty store. Passes on: 0 differences by the recount, every partition at exactly the offset that the recount's own reader of the log finds for that moment, a
// worker that counts nothing on in the copy, and 0 differences once the newest backup is put back in place of the store and the log replayed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { finish, freePort, root, sleep, start, tidemark } from './lib/processes.mjs'
import { makeStore } from './lib/store.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    moments: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
  },
})
const moments = Number(flags.moments ?? (flags.short ? 3 : 20))
const seconds = Number(flags.seconds ?? (flags.short ? 6 : 30))
const seed = Number(flags.seed ?? Date.now() % 100_000)
const RATE = 1500

let state = seed >>> 0
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** For each topic and partition the first offset that is not older than a time, by the reader of the recount. */
const OFFSETS = `
import json, sys
sys.path.insert(0, sys.argv[1])
from segments import SegmentLog
log, at, found = SegmentLog(sys.argv[2]), int(sys.argv[3]), {}
for topic in ('clicks', 'readings'):
    for partition in log.partitions(topic):
        opened = log.open(topic, partition)
        times = ((record[0], batch.max_ts if batch.append_time else record[1]) for batch in opened.batches for record in batch.records())
        found[f'{topic}/{partition}'] = next((offset for offset, ms in times if ms >= at), opened.end)
print(json.dumps(found))
`

await build()
console.log(`seed ${seed}: ${moments} moments of ${seconds} s`)
const pipeline = await startPipeline()
const { dir, kafka } = pipeline
const copy = await makeStore(join(dir, 'copy'), await freePort())
const place = join(dir, 'backups')
const key = join(dir, 'key')
writeFileSync(key, 'ab'.repeat(32))
const keep = ['--key-file', key]
const beganMs = Date.now()
try {
  await copy.begin()
  await pipeline.store.command('CONFIG SET repl-diskless-sync-delay 0')
  const simulating = tidemark(
    'simulate',
    '--count',
    RATE * seconds,
    '--rate',
    RATE,
    '--kafka',
    kafka,
    '--seed',
    seed,
  )
  await sleep(1500)
  for (let backups = 0; simulating.running; backups++) {
    if (backups < 3)
      await pipeline.run('store', 'backup', '--to', place, '--store', pipeline.store.url, ...keep)
    await sleep((seconds * 1000) / 4)
  }
  await finish(simulating, 'simulate')
  await pipeline.caughtUp()
  const list = JSON.parse(await pipeline.run('store', 'backups', '--from', place, '--json'))
  const firstMs = list[0].takenAtMs + 1000
  const endMs = Date.now()

  let folded = 0
  for (let n = 0; n < moments; n++) {
    const atMs = Math.floor(firstMs + random() * (endMs - firstMs))
    await copy.command('FLUSHALL')
    const to = new Date(atMs).toISOString()
    const said = await pipeline.run(
      'store',
      'restore',
      '--to',
      to,
      '--from',
      place,
      '--kafka',
      kafka,
      '--store',
      copy.url,
      ...keep,
    ) // prettier-ignore
    folded += Number(/and (\d+) records/.exec(said)[1])
    await recount(copy.url)
    const wanted = JSON.parse(
      await finish(
        start('python3', ['-B', '-c', OFFSETS, join(root, 'audit'), join(dir, 'broker'), atMs]),
        'offsets',
      ),
    )
    for (const [name, { next, topic }] of Object.entries(await copy.positions())) {
      const partition = /\/(\d+)~/.exec(name)[1]
      if (Number(next) !== wanted[`${topic}/${partition}`])
        throw new Error(
          `as of ${to}: ${name} stands at ${next}, its log had come to ${wanted[`${topic}/${partition}`]}`,
        )
    }
  }
  console.log(`${moments} moments: 0 differences, every offset as the log says; ${folded} records replayed`)
  if (folded === 0)
    throw new Error('no moment lay behind its backup: nothing was replayed, nothing was shown')

  const before = JSON.stringify(nexts(await copy.positions()))
  const worker = tidemark('ingest', '--kafka', kafka, '--store', copy.url)
  for (
    const untilMs = Date.now() + 60_000;
    !/WAITS: the store is a copy as of/.test(worker.out.error + worker.out.text);
    await sleep(100)
  )
    if (Date.now() > untilMs) throw new Error(`a worker says nothing of the copy:\n${worker.out.error}`)
  await sleep(2000)
  await worker.kill('SIGTERM')
  if (JSON.stringify(nexts(await copy.positions())) !== before)
    throw new Error('a worker counted on in a copy')
  console.log('a worker counts nothing on in the copy, and says why')

  await pipeline.ingest.kill('SIGTERM')
  const newest = list.at(-1).name
  const args = ['store', 'restore', '--from', place, '--store', pipeline.store.url, ...keep]
  const refused = tidemark(...args, '--yes', newest)
  if ((await refused.ended) === 0 || !/ingest counts into this store now/.test(refused.out.error))
    throw new Error(`a store that was counted a moment ago was overwritten:\n${refused.out.error}`)
  await sleep(10_000)
  await pipeline.run(...args, '--yes', newest)
  const again = tidemark('ingest', '--kafka', kafka, '--store', pipeline.store.url)
  await again.says('ingest ready')
  await pipeline.caughtUp()
  await pipeline.audit()
  await again.kill('SIGTERM')
  console.log('the newest backup in place of the store, and the log replayed: 0 differences')
  console.log(`passed in ${Math.round((Date.now() - beganMs) / 1000)} s`)
} finally {
  await copy.kill()
  await pipeline.stop()
}

function nexts(positions) {
  return Object.entries(positions)
    .map(([name, { next }]) => [name, next])
    .sort()
}

async function recount(url) {
  const child = start('python3', [
    '-B',
    join(root, 'audit/recount.py'),
    '--log',
    join(dir, 'broker'),
    '--store',
    url,
    '--json',
    '--min-cells',
    '50',
  ]) // prettier-ignore
  const code = await child.ended
  if (code !== 0)
    throw new Error(`the recount ended with ${code}:\n${child.out.text.slice(0, 3000)}\n${child.out.error}`)
}
