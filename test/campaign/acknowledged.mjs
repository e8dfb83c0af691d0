// Writes that were answered with success must be there after every kill and failover.
//   node test/campaign/acknowledged.mjs [--short] [--faults N] [--bare N] [--seed N] [--appendfsync everysec]
// Writers send unique keys through `tidemark store endpoint` to a primary with one replica and note each answer, while the primary is killed and the replica promoted,
// with their link cut before or not, killed and started again, or cut off while still alive. After every fault each key that was acknowledged must be in whoever is primary
// then. The same faults with the hold switched off (the same writers, straight to the engine) must lose some: else the checker proves nothing. Ends with a count.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { makePair } from './lib/pair.mjs'
import { sleep, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    faults: { type: 'string' },
    bare: { type: 'string' },
    seed: { type: 'string' },
    appendfsync: { type: 'string' },
  },
})
const faults = Math.min(Number(flags.faults ?? (flags.short ? 10 : 100)), 1000)
const bareFaults = Math.min(Number(flags.bare ?? (flags.short ? 4 : 20)), 1000)
const seed = Number(flags.seed ?? Date.now() % 100_000)
const WRITERS = 6
/** For a process to start, and for the first writes to be answered, on a machine that others keep busy. */
const PATIENCE_MS = 180_000
const began = Date.now()
const elapsed = () => `${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s`
let state = seed >>> 0
const random = (below) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return (state >>> 8) % below
}

const isWord = (text) => text.startsWith('word:')
const command = (...words) =>
  `*${words.length}\r\n${words.map((one) => `$${one.length}\r\n${one}\r\n`).join('')}`

/**
 * Sends batches of 1 to 16 writes of keys that nobody sent before, with a word among them that must come back in its place, and notes what each was answered. Ends with
 * its connection or when told.
 */
function write(port, name, seen) {
  const socket = connect(port, '127.0.0.1')
  let [sent, rest, over] = [[], '', false]
  const batch = () => {
    if (over) return
    sent = Array.from({ length: 1 + random(16) }, (_, n) => `w:${name}:${seen.next++}:${n}`)
    sent.splice(random(sent.length + 1), 0, `word:${name}:${seen.next}`)
    socket.write(
      sent.map((text) => (isWord(text) ? command('ECHO', text) : command('SET', text, '1'))).join(''),
    )
  }
  socket.on('connect', batch)
  socket.on('data', (bytes) => {
    const lines = (rest + bytes).split('\r\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line.startsWith('$')) continue // of the word behind it
      const asked = sent.shift()
      const isRight = asked !== undefined && line === (isWord(asked) ? asked : '+OK')
      if (!isRight && (asked === undefined || !line.startsWith('-'))) seen.outOfOrder++
      else if (asked === undefined || isWord(asked)) continue
      else if (isRight) seen.acknowledged.push(asked)
      else if (/unknown, not lost/.test(line)) seen.unknown++
      else seen.refused++
    }
    if (sent.length === 0) batch()
  })
  socket.on('error', () => undefined)
  const writer = { isOpen: true, closed: null, stop: () => ((over = true), socket.destroy()) }
  writer.closed = new Promise((done) => socket.on('close', done)).then(() => (writer.isOpen = false))
  return writer
}

/** One that is ready. It may give up because the engine is slow to answer on a busy machine: it is started again then, as an operator would. */
async function startEndpoint(url) {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const endpoint = tidemark(
      'store',
      'endpoint',
      '--port',
      '0',
      '--store',
      url,
      '--replicas',
      '1',
      '--wait',
      '1s',
    )
    try {
      await endpoint.says('ready on', PATIENCE_MS)
      return endpoint
    } catch (error) {
      await endpoint.kill('SIGKILL')
      if (Date.now() > until) throw error
      console.log(`the endpoint is started again: ${error.message.slice(-300).trim()}`)
    }
  }
}

/** Until the first of them has an acknowledgement. Those who were let go before connect again. */
async function firstAcknowledged(writers, seen, begin) {
  const before = seen.acknowledged.length
  for (const until = Date.now() + PATIENCE_MS; seen.acknowledged.length === before; await sleep(5)) {
    if (Date.now() > until)
      throw new Error(`no write is acknowledged: ${seen.unknown} unknown, ${seen.refused} refused so far`)
    for (const [at, writer] of writers.entries()) if (!writer.isOpen) writers[at] = begin(at)
  }
}

/** How each goes: answers once whoever shall be primary is. */
const kinds = {
  'primary killed, replica promoted': async (pair) => {
    await pair.killPrimary()
    await pair.promote()
  },
  'link cut, then primary killed, replica promoted': async (pair) => {
    pair.relay.cut()
    await sleep(200 + random(300))
    await pair.killPrimary()
    await pair.promote()
  },
  'primary cut off but alive, replica promoted': async (pair) => {
    pair.relay.cut()
    await sleep(100)
    await pair.promote()
    await sleep(300)
  },
  'primary killed and started again': async (pair) => {
    await pair.killPrimary()
    await pair.restartPrimary()
  },
}

async function campaign(pair, count, throughEndpoint) {
  const seen = { acknowledged: [], unknown: 0, refused: 0, outOfOrder: 0, next: 0 }
  const lost = {}
  const names = Object.keys(kinds)
  let isWhole = true
  for (let n = 0; n < count; n++) {
    const kind = names[n % names.length]
    const url = `redis://127.0.0.1:${pair.primary.port}`
    const [endpoint] = await Promise.all([
      throughEndpoint ? startEndpoint(url) : null,
      isWhole ? null : pair.rejoin(),
    ])
    isWhole = false
    await pair.synced()
    const port = endpoint ? Number(/127\.0\.0\.1:(\d+)/.exec(endpoint.out.text)[1]) : pair.primary.port
    const before = seen.acknowledged.length
    const begin = (w) => write(port, `${throughEndpoint ? 'e' : 'd'}${n}.${w}`, seen)
    const writers = Array.from({ length: WRITERS }, (_, w) => begin(w))
    await firstAcknowledged(writers, seen, begin)
    await sleep(150 + random(350))
    await kinds[kind](pair)
    for (const writer of writers) writer.stop()
    await Promise.all(writers.map(({ closed }) => closed))
    await endpoint?.kill('SIGKILL')
    // Every key that was ever acknowledged, not only those of this fault.
    let missing = 0
    for (let at = 0; at < seen.acknowledged.length; at += 1000) {
      const there = await pair.primary.client.mget(seen.acknowledged.slice(at, at + 1000))
      missing += there.filter((value) => value === null).length
    }
    lost[kind] = (lost[kind] ?? 0) + missing
    console.log(
      `${elapsed()}  ${throughEndpoint ? 'endpoint' : 'bare    '} ${String(n + 1).padStart(3)} of ${count}  ${kind}: ${seen.acknowledged.length - before} acknowledged, ${missing} of ${seen.acknowledged.length} lost`,
    )
    // What is lost is lost once: it is not counted again.
    if (missing > 0) seen.acknowledged = []
  }
  await pair.rejoin()
  return { ...seen, lost: Object.values(lost).reduce((sum, one) => sum + one, 0) }
}

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-acknowledged-'))
let failed = 0
try {
  console.log(`seed ${seed}: ${faults} faults through the endpoint, ${bareFaults} without`)
  const pair = await makePair(dir, { appendfsync: flags.appendfsync ?? 'always' })
  try {
    const held = await campaign(pair, faults, true)
    const bare = await campaign(pair, bareFaults, false)
    console.log(
      `through the endpoint: ${held.acknowledged.length} acknowledged, ${held.unknown} unknown, ${held.lost} lost, ${held.outOfOrder} answers out of order or twice`,
    )
    console.log(`straight to the engine: ${bare.lost} of those acknowledged lost`)
    if (held.lost > 0 || held.outOfOrder > 0 || held.acknowledged.length < 100 * faults ** 0.5) failed++
    if (bare.lost === 0) {
      console.log('the same faults lose nothing without the hold: this run proves nothing')
      failed++
    }
  } finally {
    await pair.stop()
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
console.log(`${2 - failed} passed, ${failed} failed, 0 skipped`)
process.exit(failed === 0 ? 0 : 1)
