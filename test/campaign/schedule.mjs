// A live `tidemark up` keeps backups by itself: one is made when it is due and not before, restored once before it counts, the ones that no rule keeps go; and one that fails
// is seen everywhere: in the feed of events, in /v1/status, on the page's own answer, in the metrics.
//   node test/campaign/schedule.mjs [--short]                          both forms are the same
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../../build.mjs'
import { finish, freePort, root, sleep, start } from './lib/processes.mjs'

const EVERY_MS = 60_000
/** The keeper looks so often. */
const LOOK_MS = 10_000
const PATIENCE_MS = 120_000
/** Until the one that is there is too old. */
const DUE_MS = 6000

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-schedule-'))
const place = join(dir, 'backups')
const key = join(dir, 'key')
writeFileSync(key, 'ab'.repeat(32))
const nameOf = (ms) => `${new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-0000`
const [page, store, kafka] = [await freePort(), await freePort(), await freePort()]
const ask = async (path) => (await fetch(`http://127.0.0.1:${page}${path}`)).json()

async function until(what, holds) {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const found = await holds().catch(() => null)
    if (found) return found
    if (Date.now() > end) throw new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`)
  }
}

const whole = () => readdirSync(place).filter((name) => !name.endsWith('.partial'))
const hour = (ms) => `${new Date(ms).toISOString().slice(11, 14)}00`
const env = {
  TIDEMARK_BACKUPS: place,
  TIDEMARK_BACKUP_EVERY: `${EVERY_MS / 1000}s`,
  TIDEMARK_BACKUP_KEY_FILE: key,
  TIDEMARK_BACKUP_KEEP: '1',
  // Now, and for an hour more at least.
  TIDEMARK_MAINTENANCE: `${hour(Date.now())}-${hour(Date.now() + 2 * 3_600_000)}`,
}
const main = join(root, 'dist/cli/main.js')
const places = [
  '--no-demo',
  '--data',
  join(dir, 'data'),
  '--port',
  page,
  '--store-port',
  store,
  '--kafka-port',
  kafka,
]
let up = null
try {
  up = start(process.execPath, [main, 'up', ...places.map(String)], env)
  await up.says('up after', PATIENCE_MS)
  // The first one comes at once, as there was none. One from another hand takes its place: the next is due when that is too old.
  const first = await until('a first backup', async () => whole()[0])
  const { takenAtMs, verified } = JSON.parse(
    readFileSync(join(place, first, 'manifest.json'), 'utf8').replace(/\n.*\n$/, ''),
  )
  if (!(verified.atMs >= takenAtMs)) throw new Error('it was not restored once')
  const handMs = Math.max(Date.now() - EVERY_MS + DUE_MS, takenAtMs + 1000)
  const dueMs = Math.floor(handMs / 1000) * 1000 + EVERY_MS
  const hand = nameOf(handMs)
  rmSync(join(place, first), { recursive: true })
  mkdirSync(join(place, hand))
  const second = await until('a second backup', async () => whole().find((name) => name > hand))
  const takenMs = Date.parse(
    second.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z'),
  )
  // Names are whole seconds, and the clock of the store is the same machine's.
  if (takenMs < dueMs - 1000) throw new Error(`it was taken ${dueMs - takenMs} ms before it was due`)
  console.log(
    `taken ${((takenMs - dueMs) / 1000).toFixed(0)} s after it was due; the keeper looks every ${LOOK_MS / 1000} s`,
  )
  await until('the rule of what is kept', async () => readdirSync(place).join() === second)
  const verify = start(process.execPath, [main, 'store', 'verify', '--from', place, '--key-file', key])
  await finish(verify, 'verify')
  const said = (await ask('/v1/status')).upkeep.events.map(({ kind }) => kind)
  if (said.filter((kind) => kind === 'backup').length < 3) throw new Error(`events: ${said.join(', ')}`)

  // A file where the folder was: nothing can be listed or kept there.
  rmSync(place, { recursive: true })
  writeFileSync(place, '')
  const failed = await until('the failure', async () =>
    (await ask('/v1/status')).upkeep.events.find(({ kind }) => kind === 'backup failed'),
  )
  console.log(`a failure is an event: ${failed.text}`)
  await until('the failure in /v1/store', async () =>
    (await ask('/v1/store')).events.some(({ kind }) => kind === 'backup failed'),
  )
  await until('the failure in the metrics', async () =>
    /^tidemark_store_event_timestamp_seconds\{kind="backup_failed"\} \d/m.test(
      await (await fetch(`http://127.0.0.1:${page}/metrics`)).text(),
    ),
  )
  console.log('in status, on the page and in the metrics: seen')
} finally {
  await up?.kill('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
}
