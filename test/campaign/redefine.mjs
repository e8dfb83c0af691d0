// The definition edited between two starts, and edited while running: old numbers stand while the new generation fills, then it takes over; the recount agrees before and after.
//   node test/campaign/redefine.mjs [--short]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { freePort, root, sleep, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' } } })
const events = flags.short ? 20_000 : 100_000
await build()
const { shipped } = await import(join(root, 'dist/model/shipped.js'))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-redefine-'))
const file = join(scratch, 'tidemark.json')
const write = (change) => {
  const definition = structuredClone(shipped)
  change(definition.sources.clicks)
  writeFileSync(file, JSON.stringify(definition, null, 2))
}
let passed = 0
let failed = 0
const check = (what, holds) => {
  console.log(`${holds ? 'good' : 'BAD '}  ${what}`)
  if (holds) passed++
  else failed++
}

write(() => {})
const pipeline = await startPipeline({ definition: file })
const port = await freePort()
const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)
await serve.says('serve ready')
const get = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json()
const total = async () => {
  const { series, meta } = await get('/v1/series?metric=clicks.events&from=now-6h&interval=1m')
  return {
    events: (series?.[0]?.values ?? []).reduce((sum, value) => sum + (value ?? 0), 0),
    generation: meta?.generation,
    rebuilding: meta?.rebuilding ?? null,
  }
}
const until = async (holds, limitMs = 90_000) => {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(100)) {
    const found = await total()
    if (holds(found)) return found
  }
  return total()
}
let ingest = pipeline.ingest
try {
  await pipeline.run('simulate', '--kafka', pipeline.kafka, '--count', events, '--seed', 3)
  await pipeline.caughtUp()
  await pipeline.audit('--min-cells', 1000, '--api', `http://127.0.0.1:${port}`)
  const before = await until(({ events }) => events > 0)
  check(
    `generation 1 answers with ${before.events} clicks, and the recount agrees`,
    before.generation === 1 && before.events > 0,
  )

  // Edited while running.
  write((clicks) => clicks.breakdowns.push(['type', 'country']))
  const seen = []
  const after = await until((found) => {
    seen.push(found)
    return found.generation === 2
  })
  check(`the new generation took over (${seen.length} answers meanwhile)`, after.generation === 2)
  check(
    'old numbers stood while it was filled',
    seen.every(({ events }) => events === before.events) && seen.some(({ generation }) => generation === 1),
  )
  check('the same clicks under the new definition', after.events === before.events)
  await pipeline.caughtUp().catch(() => {})
  await pipeline.audit('--min-cells', 1000)
  check('the recount agrees with the new generation', true)
  const crossed = await get(
    `/v1/series?metric=clicks.events&by=${encodeURIComponent('type+country')}&from=now-6h&interval=1m`,
  )
  check(
    `the new breakdown has its whole past: ${crossed.series?.length} series`,
    (crossed.series?.length ?? 0) > 10,
  )

  // A wrong edit changes nothing.
  writeFileSync(file, '{ "sources": { "clicks": ')
  await sleep(2500)
  check(
    'an edit that is wrong is told, and changes nothing',
    (await total()).generation === 2 && ingest.out.error.includes('the definition stays as it was'),
  )

  // Edited between two starts: back to the first definition, whose generation is still there, with news in the log.
  await ingest.kill('SIGTERM')
  write(() => {})
  await pipeline.run('simulate', '--kafka', pipeline.kafka, '--count', 2000, '--seed', 4)
  ingest = tidemark(
    'ingest',
    '--kafka',
    pipeline.kafka,
    '--store',
    pipeline.store.url,
    '--definition',
    file,
    '--keep-old',
    '0',
  )
  const back = await until(({ generation }) => generation === 1)
  check(
    'flip-back: the first generation was resumed and answers again',
    back.generation === 1 && back.events > before.events,
  )
  check(
    'resumed, not filled anew',
    Object.entries(await pipeline.store.positions()).some(
      ([key, pos]) => key.includes('clicks') && key.includes(':g1:') && Number(pos.next) > 0,
    ),
  )
  const left = () => pipeline.store.command('KEYS tm:{clicks*:g2:*')
  for (let waited = 0; waited < 40_000 && (await left()) !== ''; waited += 500) await sleep(500)
  check('the keys of the old generation are gone', (await left()) === '')
  await pipeline.caughtUp()
  await pipeline.audit('--min-cells', 1000)
  check('the recount agrees again', true)

  // A partition lost from a store that holds the others: filled anew beside itself.
  const lost = Object.keys(await pipeline.store.positions()).find((key) => key.includes('clicks/1'))
  await pipeline.store.command(`DEL ${lost}`)
  const healed = await until(({ generation, events }) => generation > 2 && events === back.events)
  check(
    `a lost partition was filled anew, as generation ${healed.generation}`,
    healed.generation > 2 && healed.events >= back.events,
  )
  await pipeline.caughtUp().catch(() => {})
  await sleep(2000)
  await pipeline.audit('--min-cells', 1000)
  check('the recount agrees after the loss', true)
} catch (error) {
  console.log(error.message, ingest.out.text.slice(-3000), ingest.out.error)
  failed++
} finally {
  await serve.kill('SIGTERM')
  await ingest.kill('SIGTERM')
  await pipeline.stop()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)
