// What a cell costs in the store, all in: node bench/memory.mjs [--events N] [--data FOLDER] [--settle SECONDS] [--most BYTES]
// The shipped definitions, counted from `tidemark simulate` (15 minutes of it) and, with --data (or TIDEMARK_DATA), the series of NAB replayed so that each ends now. Every
// key is asked for its size; what no key owns (the tables of the server) is the difference to what the server uses. --most: exit 1 where a cell costs more.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { build } from '../build.mjs'
import { startPipeline } from '../test/campaign/lib/pipeline.mjs'
import { finish, sleep, tidemark } from '../test/campaign/lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string' },
    data: { type: 'string' },
    settle: { type: 'string' },
    most: { type: 'string' },
  },
})
const events = Math.min(Number(flags.events ?? 300_000), 10_000_000)
const settleS = Math.min(Number(flags.settle ?? 40), 600)
const nab = join(flags.data ?? process.env.TIDEMARK_DATA ?? '.', 'nab')
const KINDS = {
  c: 'cells',
  n: 'names',
  z: 'rankings',
  feed: 'feed',
  due: 'due',
  tail: 'tail',
  rejects: 'rejects',
  pos: 'positions',
}

await build()
const line = await startPipeline()
const redis = new Redis(line.store.url)
const usedBytes = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))[1])

async function measure(title, emptyBytes) {
  const kinds = new Map()
  let cells = 0
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000)
    cursor = next
    const asked = redis.pipeline()
    for (const key of keys) asked.call('MEMORY', 'USAGE', key, 'SAMPLES', '0').hlen(key)
    const replies = await asked.exec()
    for (const [at, key] of keys.entries()) {
      const bytes = Number(replies[2 * at][1] ?? 0)
      const kind = KINDS[/:g\d+:([a-z]+)/.exec(key)?.[1]] ?? 'other'
      const held = kinds.get(kind) ?? { keys: 0, bytes: 0 }
      kinds.set(kind, { keys: held.keys + 1, bytes: held.bytes + bytes })
      if (kind === 'cells') cells += Number(replies[2 * at + 1][1])
    }
  } while (cursor !== '0')
  const all = (await usedBytes()) - emptyBytes
  const known = [...kinds.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  kinds.set('tables of the server', { keys: 0, bytes: all - known })
  console.log(
    `\n${title}: ${cells} cells, ${(all / 2 ** 20).toFixed(1)} MB, ${(all / cells).toFixed(1)} bytes a cell`,
  )
  for (const [kind, { keys, bytes }] of [...kinds].sort((a, b) => b[1].bytes - a[1].bytes))
    console.log(
      `  ${kind.padEnd(22)} ${String(keys).padStart(7)} keys ${(bytes / 2 ** 20).toFixed(2).padStart(8)} MB ${(bytes / cells).toFixed(2).padStart(7)} B a cell`,
    )
  return all / cells
}

let left = NaN
try {
  await line.caughtUp()
  const empty = await usedBytes()
  await finish(tidemark('simulate', '--kafka', line.kafka, '--count', events, '--seed', 7), 'simulate')
  const files = existsSync(nab)
    ? readdirSync(nab)
        .filter((name) => name.endsWith('.csv'))
        .map((name) => join(nab, name))
    : []
  if (files.length > 0)
    await finish(
      tidemark('replay', '--preset', 'nab', '--shift', 'each', '--kafka', line.kafka, ...files),
      'replay',
    )
  console.log(`${events} simulated events${files.length > 0 ? ` and ${files.length} series of NAB` : ''}`)
  await line.caughtUp(600_000)
  await measure('just counted', empty)
  await sleep(settleS * 1000)
  left = await measure(`${settleS} s later`, empty)
} finally {
  redis.disconnect()
  await line.stop()
}
process.exit(left > Number(flags.most ?? Infinity) ? 1 : 0)
