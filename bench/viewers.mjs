// What each viewer of live queries costs: node bench/viewers.mjs [--viewers N] [--rounds N] [--bytes N] [--queries N]
// In turns in one process, over the same open sockets: a frame of each query told by the readers of `/v1/live` (cursor, place, bookkeeping), all
// that come together in one write, or each by itself; and as many bytes of one buffer written by `socket.write` alone, once for each query.
// CPU of the process, its part in the kernel too; the viewers are another process. `--queries 24` is the demo's page.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../build.mjs'
import { quantile } from './lib/http-load.mjs'
import { root, sleep } from '../test/campaign/lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    viewers: { type: 'string' },
    rounds: { type: 'string' },
    bytes: { type: 'string' },
    queries: { type: 'string' },
  },
})
const viewers = Math.min(Number(flags.viewers ?? 1000), 5000)
const rounds = Math.min(Number(flags.rounds ?? 60), 1000)
const bytes = Number(flags.bytes ?? 1200)
const queries = Math.min(Number(flags.queries ?? 1), 32)

await build()
const { Frame } = await import('../dist/query-api/live/frame.js')
const { Held } = await import('../dist/query-api/live/event-stream.js')
const { Outbox } = await import('../dist/query-api/live/outbox.js')
const { Reader } = await import('../dist/query-api/live/reader.js')

const [held, outbox, sockets] = [new Held(), new Outbox(), []]
const told = Array.from({ length: queries }, () => [])
const query = (q) => ({ listen: (heard) => (told[q].push(heard), () => undefined), whole: () => null })
const server = createServer((request, response) => {
  request.socket.setNoDelay(true)
  response.removeHeader('transfer-encoding')
  response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' })
  response.write('retry: 1000\n\n')
  const options = { instance: 'abcdefgh', cursor: null, held, outbox, now: Date.now, closed: () => undefined }
  const reader = new Reader(response, options)
  for (let q = 0; q < queries; q++)
    reader.watch(reader.place(), `series?metric=clicks.events&limit=${q + 1}`, query(q), () => undefined)
  sockets.push(request.socket)
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const readers = spawn(
  process.execPath,
  [join(root, 'bench/peers/viewers.mjs'), server.address().port, viewers, 'series?metric=clicks.events'],
  { stdio: 'ignore' },
)
const rest = Buffer.from(`,"patch":"${'x'.repeat(bytes)}"}`)
let number = 0
function tell(q) {
  const frame = new Frame('patch', rest, ++number, { source: 'clicks', generation: 1, records: number })
  for (const heard of told[q]) heard(frame)
  frame.settle()
}
const ways = {
  together() {
    for (let q = 0; q < queries; q++) tell(q)
    outbox.flush()
  },
  ...(queries > 1 && {
    apart() {
      for (let q = 0; q < queries; q++) {
        tell(q)
        outbox.flush()
      }
    },
  }),
  bare() {
    for (let q = 0; q < queries; q++) for (const socket of sockets) socket.write(raw)
  },
}
const raw = Buffer.from(`id: abcdefgh.1.abcdefgh~clicks:1:1\nevent: patch\ndata: {"q":0${rest}\n\n`)
const names = Object.keys(ways)
const spent = Object.fromEntries(names.map((way) => [way, []]))
try {
  while (sockets.length < viewers) await sleep(50)
  await sleep(500)
  for (let round = 0; round < rounds * names.length; round++) {
    const way = names[round % names.length]
    const before = process.cpuUsage()
    ways[way]()
    await new Promise(setImmediate)
    const { user, system } = process.cpuUsage(before)
    spent[way].push({ all: (user + system) / viewers / queries, kernel: system / viewers / queries })
    await sleep(40)
  }
  const median = (way, part) =>
    quantile(
      spent[way].map((one) => one[part]).sort((a, b) => a - b),
      0.5,
    )
  for (const way of names)
    console.log(
      `${way.padEnd(8)}  ${median(way, 'all').toFixed(2)} us a viewer and frame, ${median(way, 'kernel').toFixed(2)} of it in the kernel`,
    )
  for (const way of names.slice(1))
    console.log(`together : ${way}  ${(median('together', 'all') / median(way, 'all')).toFixed(2)}`)
} finally {
  readers.kill()
  for (const socket of sockets) socket.destroy()
  server.close()
}
