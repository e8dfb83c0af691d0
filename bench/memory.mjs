// What a cell costs in the store, all in: node bench/memory.mjs [--events N] [--data FOLDER] [--settle SECONDS] [--most BYTES] [--listpack BYTES]
// The shipped definitions, counted from `tidemark simulate` (15 minutes of it) and, with --data (or TIDEMARK_DATA), the series of NAB replayed so that each ends now. Every
// key is asked for its size; what no key owns (the tables of the server) is the difference to what the server uses. --most: exit 1 where a cell costs more. --listpack: the longest value that
// a hash may hold before the server makes a table of it.
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
    listpack: { type: 'string' },
  },
})
const events = Math.min(Number(flags.events ?? 300_000), 10_000_000)
const settleS = Math.min(Number(flags.settle ?? 40), 600)
const nab = join(flags.data ?? process.env.TIDEMARK_DATA ?? '.', 'nab')
const KINDS = {
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
const redis = new Redis(line.store.url).on('error', () => undefined)
if (flags.listpack) await redis.config('SET', 'hash-max-listpack-value', flags.listpack)
const usedBytes = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))[1])

async function measure(title, emptyBytes) {
  const kinds = new Map()
  let cells = 0
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000)
    cursor = next
    const asked = redis.pipeline()
    for (const key of keys)
      asked.call('MEMORY', 'USAGE', key, 'SAMPLES', '0').hvalsBuffer(key).object('ENCODING', key)
    const replies = await asked.exec()
    for (const [at, key] of keys.entries()) {
      const bytes = Number(replies[3 * at][1] ?? 0)
      const [, source, , letters] = /^tm:\{([^/}]+)[^}]*\}:(g\d+):([a-z]+)/.exec(key) ?? []
      const kind = letters === 'c' ? `cells of ${source}` : (KINDS[letters] ?? 'other')
      const held = kinds.get(kind) ?? { keys: 0, bytes: 0, cells: 0, packed: 0, tables: 0, inTables: 0 }
      const packed = letters === 'c' ? replies[3 * at + 1][1] : []
      const isTable = letters === 'c' && replies[3 * at + 2][1] !== 'listpack'
      kinds.set(kind, {
        keys: held.keys + 1,
        bytes: held.bytes + bytes,
        cells: held.cells + packed.length,
        packed: held.packed + packed.reduce((sum, value) => sum + value.length, 0),
        tables: held.tables + (isTable ? 1 : 0),
        inTables: held.inTables + (isTable ? packed.length : 0),
      })
      cells += packed.length
    }
  } while (cursor !== '0')
  const all = (await usedBytes()) - emptyBytes
  const known = [...kinds.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  kinds.set('tables of the server', { keys: 0, bytes: all - known })
  console.log(
    `\n${title}: ${cells} cells, ${(all / 2 ** 20).toFixed(1)} MB, ${(all / cells).toFixed(1)} bytes a cell`,
  )
  for (const [kind, { keys, bytes, ...own }] of [...kinds].sort((a, b) => b[1].bytes - a[1].bytes))
    console.log(
      `  ${kind.padEnd(22)} ${String(keys).padStart(7)} keys ${(bytes / 2 ** 20).toFixed(2).padStart(8)} MB ${(bytes / cells).toFixed(2).padStart(7)} B a cell${own.cells > 0 ? `; ${own.cells} cells, ${(own.packed / own.cells).toFixed(1)} B packed, ${(bytes / own.cells).toFixed(1)} B in the store; ${own.inTables} of them in ${own.tables} hash tables` : ''}`,
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
