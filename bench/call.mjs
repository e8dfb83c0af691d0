// One apply call, three ways, interleaved: node bench/call.mjs [--calls N] [--hashes N] [--pairs N]
//   library  every word an argument of the client library; every pair an argument of the function
//   words    written by hand, every pair an argument of the function
//   packed   as it is sent: written by hand, the pairs packed, the same bytes being the feed's entry
// CPU of this process (milliseconds a call, sending included) and of the store. What counts are the ratios.
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { root } from '../test/campaign/lib/processes.mjs'
import { startStore } from './lib/engines.mjs'
import { cpuSeconds } from './lib/usage.mjs'

const { values: flags } = parseArgs({
  options: { calls: { type: 'string' }, hashes: { type: 'string' }, pairs: { type: 'string' } },
})
const calls = Math.min(Number(flags.calls ?? 500), 100_000)
const hashes = Math.min(Number(flags.hashes ?? 70), 1000)
const pairs = Math.min(Number(flags.pairs ?? 10), 128)
const ROUNDS = 5

await build()
const load = (file) => import(join(root, 'dist/store', file))
const [{ ApplyCall }, { applyBatch }, { openStore }, { open }, { partitionKeys }] = await Promise.all(
  ['calls/apply-call.js', 'calls/apply.js', 'connection/connection.js', 'calls/open.js', 'keys.js'].map(load),
)
const server = await startStore()
const store = await openStore({ url: server.url })
await store.check()

const value = Buffer.from('0102030405060708090a', 'hex')
const suffixes = Array.from({ length: hashes }, (_, n) => `c:country:1s:0.${1_000_000 + n}`)
const fence = { def: 'd'.repeat(64), rev: '1' }
const pos = Array.from({ length: 30 }, (_, n) => [`field${n}`, 1_000_000 + n]).flat()
let at = 0

/** What the client library is given. */
function words(keys, base, next) {
  const args = [base, next, fence.def, fence.rev, keys.wake, `${next}-0`, '', pos.length, ...pos]
  for (let n = 0; n < hashes; n++) {
    args.push('h', pairs * 2)
    for (let slot = 0; slot < pairs; slot++) args.push(slot, value)
  }
  args.push('x', 4, `${next}-0`, 100, 'cells', Buffer.alloc(hashes * pairs * 15))
  return [[keys.pos, keys.feed, ...suffixes.map(keys.of), keys.tail], args]
}
function written(call, isPacked) {
  call.begin()
  for (const suffix of suffixes) {
    if (isPacked) call.hash(suffix)
    else call.fields(suffix)
    for (let slot = 0; slot < pairs; slot++)
      if (isPacked) call.pair(slot, value)
      else call.field(slot, value)
  }
  if (!isPacked) call.stream('tail', `${at + 1}-0`, 100, ['cells', Buffer.alloc(hashes * pairs * 15)])
  return call.finish(fence, { base: at, next: at + 1, pos, feedFrom: Math.max(at - 100, 0) })
}
const ways = {
  library: (keys) => store.call('apply', ...words(keys, at, at + 1)).then(([applied]) => applied === 1),
  words: (keys, call) => applyBatch(store, keys, written(call, false)).then(({ applied }) => applied),
  packed: (keys, call) => applyBatch(store, keys, written(call, true)).then(({ applied }) => applied),
}
const spent = Object.fromEntries(Object.keys(ways).map((name) => [name, { here: [], store: [] }]))
for (let round = 0; round <= ROUNDS; round++)
  for (const [name, send] of Object.entries(ways)) {
    const keys = partitionKeys(`bench${name}${round}`, 0, 1)
    const call = new ApplyCall(keys)
    await open(store, keys, 0, fence.def, { cluster: 'c', topic: 't' })
    const [here, there] = [process.cpuUsage(), cpuSeconds(server.pid)]
    for (at = 0; at < calls; at++)
      if (!(await send(keys, call))) throw new Error(`${name}: call ${at} was refused`)
    const { user, system } = process.cpuUsage(here)
    if (round === 0) continue // warm
    spent[name].here.push((user + system) / 1000 / calls)
    spent[name].store.push(((cpuSeconds(server.pid) - there) * 1000) / calls)
    await store.pipeline([['FLUSHALL', 'ASYNC']])
  }
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
console.log(`${calls} calls of ${hashes} hashes x ${pairs} pairs, median of ${ROUNDS}; ms of CPU a call`)
for (const [name, { here, store: there }] of Object.entries(spent))
  console.log(
    `  ${name.padEnd(8)} here ${median(here).toFixed(3)} (${(median(spent.library.here) / median(here)).toFixed(1)}x)` +
      `   store ${median(there).toFixed(3)} (${(median(spent.library.store) / median(there)).toFixed(2)}x)`,
  )
await store.close()
await server.stop()
