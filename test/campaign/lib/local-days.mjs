// A year of days that are not 24 hours long, in six zones: the real web log laid around each change of a clock, and the NAB series with their own times, asked by
// days of each zone, and recounted in Python (audit/local_days.py), value by value. Sessions and funnels are recounted in the store too, cell by cell.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { startPipeline } from './pipeline.mjs'
import { freePort, root, start, tidemark } from './processes.mjs'

export const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]
const HOUR = 3_600_000
const DAY = 24 * HOUR

const definition = {
  sources: {
    hits: {
      topic: 'hits',
      key: 'visitor',
      time: 'ts',
      fields: { visitor: 'string', method: 'string', path: 'string', bytes: 'number?' },
      breakdowns: ['method'],
      metrics: {
        hits: 'count',
        traffic: { sum: 'bytes', decimals: 0 },
        mean: { stats: 'bytes', decimals: 0 },
        visitors: { uniques: 'visitor' },
        size: { quantiles: 'bytes', decimals: 0 },
      },
      derived: { each: { ratio: ['traffic', 'visitors'] } },
      sessions: { page: 'path', gap: '30m' },
      funnels: { download: { within: '1d', steps: { any: ['method:is:GET'], large: ['bytes:gt:20000'] } } },
    },
    readings: {
      topic: 'readings',
      key: 'device',
      time: 'ts',
      fields: { device: 'string', site: 'string', signal: 'string', value: 'number' },
      breakdowns: ['signal'],
      metrics: {
        readings: 'count',
        value: { stats: 'value', decimals: 6 },
        spread: { quantiles: 'value', decimals: 2 },
        devices: { uniques: 'device' },
      },
    },
  },
  keep: { '15m': 'forever', '1h': 'forever' },
}
const mapping = {
  topic: 'hits',
  key: 'visitor',
  time: { column: 'time_ms', field: 'ts' },
  fields: {
    visitor: { column: 'visitor' },
    method: { column: 'method' },
    path: { column: 'path', maxBytes: 1024 },
    bytes: { column: 'bytes', as: 'number' },
  },
}

/** Hours of a year in which a clock of the zone is changed, as the platform's zone data has it. */
function changesOf(zone, year) {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const offset = (ms) => format.formatToParts(ms).find(({ type }) => type === 'timeZoneName').value
  const changes = []
  for (let ms = Date.UTC(year, 0, 1); ms < Date.UTC(year + 1, 0, 1); ms += DAY) {
    if (offset(ms) === offset(ms + DAY)) continue
    let at = ms
    while (offset(at) === offset(at + HOUR)) at += HOUR
    changes.push(at + HOUR)
  }
  return changes
}

/** The log once around each change, stretched over three days. */
function yearOf(files, changes) {
  const texts = files.map((path) =>
    (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString(),
  )
  const head = texts[0].split('\n', 1)[0]
  const rows = texts.flatMap((text) => text.trim().split('\n').slice(1))
  const times = rows.map((row) => Number(row.slice(0, row.indexOf('\t'))))
  const [fromMs, toMs] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
  const scale = (3 * DAY) / Math.max(1, toMs - fromMs)
  const laid = changes.flatMap((change) =>
    rows.map((row, n) => {
      const ms = Math.round(change + (times[n] - (fromMs + toMs) / 2) * scale)
      return [ms, `${ms}${row.slice(row.indexOf('\t'))}`]
    }),
  )
  laid.sort((a, b) => a[0] - b[0])
  return `${[head, ...laid.map(([, row]) => row)].join('\n')}\n`
}

/** Answers what was found, in a sentence; throws where anything differs. */
export async function localDays({ weblog, nab, scratch, isShort }) {
  const file = (name, value) => {
    const path = join(scratch, name)
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }
  const year = new Date().getUTCFullYear() - 1
  const changes = [...new Set(ZONES.flatMap((zone) => changesOf(zone, year)))].sort((a, b) => a - b)
  const { readDefinition } = await import(join(root, 'dist/model/definition/file.js'))
  const pipeline = await startPipeline({ definition: file('local-days.json', definition) })
  const port = await freePort()
  const serve = tidemark('serve', '--kafka', pipeline.kafka, '--store', pipeline.store.url, '--port', port)
  try {
    await serve.says('serve ready')
    const to = ['--shift', 'none', '--kafka', pipeline.kafka]
    const log = file('year.tsv', yearOf(weblog, changes))
    await pipeline.run('replay', '--mapping', file('year-mapping.json', mapping), ...to, log)
    await pipeline.run('replay', '--preset', 'nab', ...to, ...nab)
    await pipeline.caughtUp()
    // All that the API says by windows, too: a year of them takes a while.
    const audited = await pipeline.audit(...(isShort ? [] : ['--api', `http://127.0.0.1:${port}`]))
    const answers = []
    const ask = async (source, kind, asked) => {
      const { key: _, ...params } = asked
      const response = await fetch(`http://127.0.0.1:${port}/v1/${kind}?${new URLSearchParams(params)}`)
      const answer = await response.json()
      if (!response.ok) throw new Error(`${kind} ${JSON.stringify(asked)}: ${JSON.stringify(answer)}`)
      answers.push({ source, kind, asked, answer })
    }
    for (const tz of ZONES) {
      for (const change of changes) {
        const range = { from: change - 2 * DAY, to: change + 2 * DAY, interval: '1d', tz }
        const metrics = isShort
          ? ['visitors', 'size.p95', 'each']
          : ['hits', 'visitors', 'size.p50', 'size.p95', 'size.p99', 'mean.avg', 'each']
        for (const metric of metrics) await ask('hits', 'series', { metric: `hits.${metric}`, ...range })
        await ask('hits', 'series', { metric: 'hits.visitors', by: 'method', ...range })
        await ask('hits', 'sessions', { source: 'hits', key: 'visitor', ...range })
      }
      // The series begin in 2013 and end in 2015: of each of them a change of every zone is in it.
      for (const [from, until] of [
        [Date.UTC(2013, 6, 1), Date.UTC(2014, 6, 1)],
        [Date.UTC(2014, 6, 1), Date.UTC(2015, 11, 1)],
      ])
        for (const metric of isShort
          ? ['readings', 'spread.p95']
          : ['readings', 'spread.p50', 'spread.p99', 'value.stddev', 'devices'])
          for (const by of ['', 'signal'])
            await ask('readings', 'series', {
              metric: `readings.${metric}`,
              by,
              from,
              to: until,
              interval: '1d',
              tz,
            })
    }
    const recount = start('python3', [
      '-B',
      join(root, 'audit/local_days.py'),
      '--log',
      join(pipeline.dir, 'broker'),
      '--definition',
      file('local-days-sources.json', readDefinition(definition)),
      '--answers',
      file('local-days-answers.json', answers),
    ])
    const code = await recount.ended
    const said = `${recount.out.text.trim()}\n${recount.out.error.slice(-2000)}`.trim()
    if (code !== 0) throw new Error(said)
    return `${said}\n  cells of the store, sessions and funnels too: ${audited.cells} recounted, ${Object.values(audited.differences).join(', ')} missing, extra, different${isShort ? '' : `; ${audited.compared['values of the API']} values of the API by windows, and of ratios of the two sources`}`
  } catch (error) {
    throw new Error(`${error.message}\n${serve.out.error.slice(-1000)}`, { cause: error })
  } finally {
    await serve.kill('SIGTERM')
    await pipeline.stop()
  }
}
