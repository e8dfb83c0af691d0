// From an empty folder to a live page: `tidemark up` with its own broker and store, one server and a cluster of three shards with a replica each, in turns.
//   node bench/up.mjs [--starts N] [--store-shards N]
// Measured until the page is served and an event of the demo stands in an answer. The engine is there already: TIDEMARK_STORE_BIN, or wherever it is found.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { findStoreServer } from '../bootstrap/engine.mjs'
import { freePort, root, sleep, tidemark } from '../test/campaign/lib/processes.mjs'

const { values: flags } = parseArgs({
  options: { starts: { type: 'string' }, 'store-shards': { type: 'string' } },
})
const starts = Math.min(Number(flags.starts ?? 3), 50)
const shards = flags['store-shards'] ?? '3'
const PATIENCE_MS = 180_000

await build()
process.env.TIDEMARK_STORE_BIN ??= await findStoreServer({ root, say: () => {} })

/** Seconds until the page is served, and until it has a number. */
async function timed(...more) {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-up-bench-'))
  const [page, kafka, store] = [await freePort(), await freePort(), await freePort()]
  const url = `http://127.0.0.1:${page}`
  const beganMs = performance.now()
  const ports = ['--port', page, '--kafka-port', kafka, '--store-port', store]
  const up = tidemark('up', '--data', join(dir, 'data'), ...ports, ...more)
  const since = async (holds) => {
    while (!(await holds().catch(() => false))) {
      if (performance.now() - beganMs > PATIENCE_MS)
        throw new Error(`not up in time\n${up.out.text}${up.out.error}`)
      await sleep(20)
    }
    return (performance.now() - beganMs) / 1000
  }
  try {
    const served = await since(async () => (await fetch(url)).status === 200)
    const counted = await since(async () => {
      const { series } = await (await fetch(`${url}/v1/series?metric=clicks.events&from=now-1h`)).json()
      return series[0].values.some((value) => value > 0)
    })
    return { served, counted }
  } finally {
    await up.kill('SIGTERM')
    rmSync(dir, { recursive: true, force: true })
  }
}

const kinds = [
  ['one server', []],
  [`--store-shards ${shards}`, ['--store-shards', shards]],
]
const found = new Map(kinds.map(([name]) => [name, []]))
for (let at = 0; at < starts; at++)
  for (const [name, more] of kinds) found.get(name).push(await timed(...more))
const sorted = (values) => values.toSorted((a, b) => a - b)
const text = (values) =>
  `${sorted(values)[Math.floor(values.length / 2)].toFixed(1)} (worst ${Math.max(...values).toFixed(1)})`
for (const [name, times] of found)
  console.log(
    `${name}: page served after ${text(times.map(({ served }) => served))} s, its first number after ${text(times.map(({ counted }) => counted))} s, median of ${times.length}`,
  )
