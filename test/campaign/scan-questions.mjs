// Random questions over a real web log, answered from the log because no breakdown holds them, and recounted in Python from the records on disk.
//   node test/campaign/scan-questions.mjs [--short] [--data FOLDER] [--seed N] [--questions N]
// Metric, fields, conditions up to three deep (texts, numbers, groups), ranges and zones are drawn; none may be refused. Without --data (or TIDEMARK_DATA) the slice in test/fixtures stands in.
// A seed is printed: the same one asks the same questions again.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { build } from '../../build.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { freePort, root, start, tidemark } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    data: { type: 'string' },
    seed: { type: 'string' },
    questions: { type: 'string' },
  },
})
const count = Number(flags.questions ?? (flags.short ? 20 : 200))
const seed = Number(flags.seed ?? (flags.short ? 7 : Date.now() % 1_000_000))
const data = flags.data ?? process.env.TIDEMARK_DATA ?? join(root, 'test/fixtures')
const folder = join(data, 'weblog')
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => /\.tsv(\.gz)?$/.test(name))
      .map((name) => join(folder, name))
  : []
if (files.length === 0) {
  console.log(`there is no web log in ${folder}`)
  console.log('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}

const definition = {
  sources: {
    hits: {
      topic: 'hits',
      key: 'visitor',
      time: 'ts',
      fields: {
        visitor: 'string',
        method: 'string',
        path: 'string',
        referrer: 'string?',
        device: 'string?',
        status: 'number?',
        bytes: 'number?',
        section: { compute: 'cut', of: 'path', chars: 6 },
        page: { compute: 'url.path', of: 'path' },
        size: { compute: 'bucket', of: 'bytes', edges: [100, 1000, 10_000, 100_000] },
        hour: { compute: 'hour' },
      },
      breakdowns: ['method'],
      metrics: {
        hits: 'count',
        gets: { count: true, where: ['method:is:GET'] },
        traffic: { sum: 'bytes', decimals: 0 },
        size: { stats: 'bytes', decimals: 0 },
        visitors: { uniques: 'visitor' },
        heavy: { count: true, where: ['(bytes:gt:20000|status:between:400,599)'] },
      },
      derived: {
        share: { ratio: ['heavy', 'hits'] },
        each: { ratio: ['traffic', 'visitors'] },
        others: { difference: ['hits', 'gets'] },
        hourly: { per: '1h', of: 'traffic' },
      },
    },
  },
  keep: { '1s': '45m', '1m': '2d', '15m': '14d', '1h': '90d' },
}
const mapping = {
  topic: 'hits',
  key: 'visitor',
  time: { column: 'time_ms', field: 'ts' },
  fields: {
    visitor: { column: 'visitor' },
    method: { column: 'method' },
    path: { column: 'path', maxBytes: 1024 },
    referrer: { column: 'referrer', as: 'host' },
    device: { column: 'user_agent', as: 'device' },
    status: { column: 'status', as: 'number' },
    bytes: { column: 'bytes', as: 'number' },
  },
}

await build()
const { readDefinition } = await import(join(root, 'dist/model/definition/file.js'))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-scan-questions-'))
const file = (name, value) => {
  const path = join(scratch, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

let state = seed
const below = (n) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
const oneOf = (list) => list[below(list.length)]
const MINUTE = 60_000
const DAY = 86_400_000

/** What the log holds of each field, to ask for. */
function samplesOf() {
  const rows = files.flatMap((path) => {
    const bytes = readFileSync(path)
    const [head, ...lines] = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trim().split('\n')
    const names = head.split('\t')
    return lines.map((line) => Object.fromEntries(line.split('\t').map((value, at) => [names[at], value])))
  })
  const times = rows.map((row) => Number(row.time_ms))
  return { rows, fromMs: Math.min(...times), toMs: Math.max(...times) }
}

const escaped = (value) => value.replaceAll('\\', '\\\\').replaceAll(',', '\\,')

function condition({ rows }, depth = 0) {
  if (depth === 0 && below(5) === 0) {
    const tests = Array.from({ length: 2 + below(2) }, () => condition({ rows }, 1))
    return `(${tests.map((one) => one.replaceAll('|', '\\|')).join('|')})`
  }
  const row = oneOf(rows)
  switch (below(10)) {
    case 0:
      return `status:${oneOf(['is', 'not'])}:${row.status || 200}`
    case 1:
      return `bytes:${oneOf(['gt', 'ge', 'lt', 'le'])}:${/^\d+$/.test(row.bytes) ? row.bytes : 1000}`
    case 2:
      return `bytes:between:${below(5000)},${5000 + below(100_000)}`
    case 3:
      return `path:prefix:${escaped(row.path.slice(0, 4 + below(8)))}`
    case 4:
      return `path:contains:${escaped(row.path.slice(2, 5 + below(4)) || '/')}`
    case 5:
      return `visitor:not:${row.visitor},${oneOf(rows).visitor}`
    case 6:
      return `device:${oneOf(['is', 'not'])}:desktop,phone,bot`
    case 7:
      return `referrer:exists:${oneOf(['true', 'false'])}`
    case 8:
      return oneOf(['hour:in:09,10,11', 'size:not:<100', 'size:in:<100,100..1000', 'section:prefix:/p'])
    default:
      return `path:is:${escaped(row.path)},${escaped(oneOf(rows).path)}`
  }
}

function question(samples) {
  const by = [
    ...new Set(
      Array.from({ length: below(4) }, () =>
        oneOf(['path', 'visitor', 'referrer', 'device', 'method', 'section', 'page', 'size', 'hour']),
      ),
    ),
  ]
  const where = Array.from(
    { length: by.length === 0 || (by.length === 1 && by[0] === 'method') ? 1 + below(3) : below(4) },
    () => condition(samples),
  )
  const metric = `hits.${oneOf(['hits', 'gets', 'traffic', 'size.max', 'size.min', 'size.avg', 'size.stddev', 'size.count', 'visitors', 'heavy', 'share', 'each', 'others', 'hourly'])}`
  const kind = by.length > 0 && below(3) === 0 ? 'top' : 'series'
  const zone = oneOf([
    'UTC',
    'Europe/Berlin',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
  ])
  const interval = oneOf(['auto', '1m', '15m', '1h', '1d'])
  const spanMs = {
    auto: 1 + below(DAY),
    '1m': MINUTE * (1 + below(600)),
    '15m': MINUTE * (15 + below(2000)),
    '1h': DAY,
    '1d': 3 * DAY,
  }[interval]
  const from =
    samples.fromMs + below(Math.max(1, samples.toMs - samples.fromMs - spanMs / 2)) - below(3) * 1000
  const to = from + Math.max(1000, Math.floor(spanMs))
  // A method alone is what the one breakdown holds.
  const isHeld = by.every((field) => field === 'method') && where.every((one) => one.startsWith('method:'))
  return {
    kind,
    asked: {
      metric,
      by: by.join(','),
      where: isHeld ? [condition(samples)] : where,
      from,
      to,
      limit: 500,
      ...(kind === 'series' && { interval, tz: zone }),
    },
  }
}

let failed = 0
const began = Date.now()
console.log(`seed ${seed}, ${count} questions`)
const pipeline = await startPipeline({ definition: file('definition.json', definition) })
const port = await freePort()
const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)
try {
  await serve.says('serve ready')
  await pipeline.run(
    'replay',
    '--mapping',
    file('mapping.json', mapping),
    '--shift',
    'none',
    '--kafka',
    pipeline.kafka,
    ...files,
  )
  await pipeline.caughtUp()
  const samples = samplesOf()
  const answers = []
  const tookMs = []
  for (let at = 0; at < count; at++) {
    const { kind, asked } = question(samples)
    const params = new URLSearchParams()
    for (const [name, value] of Object.entries(asked))
      for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one))
    const askedMs = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/v1/${kind}?${params}`)
    const answer = await response.json()
    tookMs.push(performance.now() - askedMs)
    if (response.ok) answers.push({ kind, asked, answer })
    else {
      console.log(`refused: ${kind} ${JSON.stringify(asked)}: ${JSON.stringify(answer).slice(0, 300)}`)
      failed++
    }
  }
  tookMs.sort((a, b) => a - b)
  console.log(
    `answered ${answers.length}; median ${tookMs[tookMs.length >> 1].toFixed(0)} ms, slowest ${tookMs.at(-1).toFixed(0)} ms, of ${samples.rows.length} records`,
  )
  const recount = start('python3', [
    '-B',
    join(root, 'audit/scan_answers.py'),
    '--log',
    join(pipeline.dir, 'broker'),
    '--definition',
    file('source.json', readDefinition(definition)[0]),
    '--answers',
    file('answers.json', answers),
  ])
  const code = await recount.ended
  console.log(`${recount.out.text.trim()}\n${recount.out.error.slice(-2000)}`.trim())
  if (code !== 0) failed++
} catch (error) {
  console.log(error.message, serve.out.error.slice(-2000))
  failed++
} finally {
  await serve.kill('SIGTERM')
  await pipeline.stop()
  if (failed === 0) rmSync(scratch, { recursive: true, force: true })
}
console.log(`${((Date.now() - began) / 1000).toFixed(0)} s`)
console.log(`${failed === 0 ? 1 : 0} passed, ${failed} failed, 0 skipped`)
process.exit(failed === 0 ? 0 : 1)
