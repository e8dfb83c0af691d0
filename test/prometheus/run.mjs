// Prometheus' own client, expression engine and alerting rules against the API: a source is filled with events of the last minutes, and numbers are compared with
// those events, random expressions with Prometheus' engine over the same series, alerts with what the events say.
//   node test/prometheus/run.mjs [--expressions N] [--seed N]
// Needs go (what it builds is pinned in go/go.sum): about two minutes the first time, so no part of CI.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { startPipeline } from '../campaign/lib/pipeline.mjs'
import { freePort, root, start, tidemark } from '../campaign/lib/processes.mjs'

const { values: flags } = parseArgs({
  options: { expressions: { type: 'string', default: '300' }, seed: { type: 'string', default: '11' } },
})
const definition = {
  sources: {
    shop: {
      topic: 'shop',
      key: 'visitor',
      time: 'ts',
      fields: { visitor: 'string', type: 'string', country: 'string?', device: 'string?', load: 'number?' },
      breakdowns: ['country', ['country', 'device']],
      metrics: {
        events: 'count',
        views: { count: true, where: ['type:is:view'] },
        orders: { count: true, where: ['type:is:order'] },
        time: { stats: 'load', decimals: 3 },
      },
    },
  },
  keep: { '1s': '45m', '1m': '2d', '1h': '90d' },
}

let state = Number(flags.seed)
const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
const one = (values) => values[Math.floor(random() * values.length)]
/** The last 32 minutes; one visitor in seven says no country, one event in ten no device. */
function eventsUntil(endMs) {
  const events = []
  for (let ts = endMs - 32 * 60_000; ts < endMs; ts += 500 + Math.floor(random() * 1500)) {
    const visitor = Math.floor(random() * 60)
    events.push({
      ts,
      visitor: `v${visitor}`,
      type: random() < 0.15 ? 'order' : 'view',
      load: Math.round(random() * 5000) / 1000,
      ...(visitor % 7 !== 0 && { country: ['DE', 'FR', 'US'][visitor % 3] }),
      ...(random() < 0.9 && { device: one(['phone', 'desk']) }),
    })
  }
  return events
}

async function send(url, events) {
  for (let at = 0; at < events.length; at += 500) {
    const response = await fetch(`${url}/v1/events?source=shop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events.slice(at, at + 500)),
    })
    if (response.status !== 202) throw new Error(await response.text())
  }
}

await build()
const program = join(root, '.cache/prometheus/trial')
const built = start('go', [
  'build',
  '-C',
  join(root, 'test/prometheus/go'),
  '-mod=readonly',
  '-ldflags=-s -w',
  '-o',
  program,
  '.',
])
if ((await built.ended) !== 0) {
  console.log(`go could not build it:\n${built.out.error.slice(-3000)}`)
  process.exit(1)
}
const file = join(root, '.cache/prometheus/definition.json')
writeFileSync(file, JSON.stringify(definition))
const pipeline = await startPipeline({ definition: file })
const port = await freePort()
const serve = tidemark(
  'serve',
  '--store',
  pipeline.store.url,
  '--kafka',
  pipeline.kafka,
  '--definition',
  file,
  '--port',
  port,
)
let code = 1
try {
  await serve.says('serve ready')
  const url = `http://127.0.0.1:${port}`
  const end = Math.floor(Date.now() / 60_000) * 60_000
  const shop = eventsUntil(end)
  await send(url, shop)
  await pipeline.caughtUp()
  const events = join(pipeline.dir, 'events.json')
  writeFileSync(events, JSON.stringify({ end, shop }))
  const trial = start(program, [url, events, flags.expressions, flags.seed])
  code = await trial.ended
  console.log(trial.out.text.trimEnd())
  if (trial.out.error !== '') console.log(trial.out.error.slice(-3000))
} finally {
  await serve.kill('SIGTERM')
  await pipeline.stop()
}
process.exit(code ?? 1)
