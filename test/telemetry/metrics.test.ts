/** Names and labels of every metric, docs/metrics.md in step with them, and the small server that shows them. */
import { endpointMetrics } from '../../cli/telemetry/endpoint-metrics.ts'
import { openCounts } from '../../store/endpoint/counts.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ingestMetrics } from '../../cli/telemetry/ingest-metrics.ts'
import { startMetricsServer } from '../../cli/telemetry/metrics-server.ts'
import { whyNotReady } from '../../cli/telemetry/readiness.ts'
import { backupMetrics } from '../../cli/telemetry/backup-metrics.ts'
import { replacedMetric, storeServerMetrics } from '../../cli/telemetry/plain-metrics.ts'
import { openMetrics, type MetricRow } from '../../cli/telemetry/registry.ts'
import { readsMetric, serveMetrics, timedStore } from '../../cli/telemetry/serve-metrics.ts'
import { storeMetrics } from '../../cli/telemetry/store-metrics.ts'
import { readInfo } from '../../store/node-info.ts'
import { Halt } from '../../ingest/halt.ts'
import { lagMs, lagRecords, type PartitionView } from '../../ingest/instrumentation.ts'
import type { Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'

const INFO =
  'used_memory:1000\r\nmaxmemory:4000\r\nconnected_slaves:1\r\naof_enabled:1\r\naof_last_write_status:ok\r\n'
const noStore = (): never => {
  throw new StoreError('STORE_UNREACHABLE', 'test')
}
const store: Store = {
  call: async () => noStore(),
  callEncoded: async () => noStore(),
  pipeline: async () => [Buffer.from('x')],
  each: async () => [],
  scan: noStore,
  weigh: noStore,
  subscribe: noStore,
  nodes: () => [],
  everywhere: async ([name]) => (name === 'INFO' ? [{ node: 'a:1', reply: INFO }] : []),
  losses: () => new Map(),
  evicting: () => null,
  check: noStore,
  close: async () => {},
  info: async () => [{ node: 'a:1', text: INFO }],
}
const at = (changes: Partial<PartitionView> = {}): PartitionView => ({
  partition: 0,
  next: 90,
  end: 100,
  endAtMs: 10_000,
  lastTsMs: 7_000,
  waitingBytes: 5,
  halted: null,
  ...changes,
})

/** Everything that any process exports. */
function all(): { metrics: ReturnType<typeof openMetrics>; rows: readonly MetricRow[] } {
  const metrics = openMetrics('1.2.3')
  const partitions = (): PartitionView[] => [
    at(),
    at({ partition: 1, next: -1 }),
    at({ partition: 2, halted: new Halt('UNREADABLE', 'x') }),
  ]
  const running = new Map([['clicks', { partitions }]])
  const counts = ingestMetrics(
    metrics,
    () => running,
    () => 12_000,
  )
  const watch = counts.watch('clicks')
  watch.applied({
    records: 0,
    pairs: 0,
    cells: 0,
    callMs: 1,
    storeMs: 1,
    lastTsMs: null,
    events: { counted: 0, late: 0, rejected: 0, duplicate: 0 },
    rejects: [],
  })
  watch.applied({
    records: 7,
    pairs: 0,
    cells: 30,
    callMs: 3,
    storeMs: null,
    lastTsMs: 1,
    events: { counted: 4, late: 1, rejected: 2, duplicate: 0 },
    rejects: ['not_json', 'not_json'],
  })
  watch.refused?.('BASE')
  watch.rewound?.()
  storeMetrics(metrics, store)
  timedStore(store, metrics)
  storeServerMetrics(metrics, () => 2)
  replacedMetric(metrics, () => 0)
  readsMetric(metrics)
  backupMetrics(metrics, 21_600_000, async () => ({
    everyMs: 21_600_000,
    kept: [
      { name: 'b', takenAtMs: 3000, tookMs: 0, bytes: 0, keys: 0, verifiedMs: null },
      { name: 'a', takenAtMs: 1000, tookMs: 500, bytes: 9, keys: 2, verifiedMs: 2000 },
    ],
  }))
  const api = serveMetrics(metrics)
  api.live(() => ({ streams: 3, queries: 2 }))
  api.computed({ kind: 'series', ms: 4 })
  api.answered({ method: 'GET', route: '/v1/series', status: 200, ms: 2 })
  api.answered({ method: 'PROPFIND', route: null, status: 404, ms: 1 })
  api.answered({ method: 'GET', route: '/*', status: 200, ms: 1 })
  endpointMetrics(metrics, openCounts(), () => 1)
  return { metrics, rows: metrics.rows() }
}

const LABELS =
  'source partition verdict reason why code method route status kind call node from nodejs replica family quantile version'.split(
    ' ',
  )

describe('names', () => {
  test.each(all().rows.map((row) => [row.name, row] as const))('%s', (name, { type, help, labels }) => {
    expect(name).toMatch(/^tidemark_[a-z]+(_[a-z]+)*$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(name).not.toMatch(/_(ms|milliseconds|mb|kb|minutes)(_|$)/)
    expect(help).toMatch(/^\S.*\.$/)
    for (const label of labels) expect(LABELS).toContain(label)
  })

  test('docs/metrics.md is the table of them', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8')
    const written = [...text.matchAll(/^\| `(tidemark_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm)].map(
      ([, name, type, labels, help]) => ({ name, type, labels, help }),
    )
    const declared = all().rows.map(({ name, type, labels, help }) => ({
      name,
      type,
      labels: labels.map((label) => `\`${label}\``).join(' ') || '-',
      help,
    }))
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }): number =>
      (a.name ?? '') < (b.name ?? '') ? -1 : 1
    expect(written.sort(byName)).toEqual(declared.sort(byName))
  })
})

test('what is counted is what was told', async () => {
  const text = await all().metrics.text()
  const wanted = [
    'tidemark_ingest_events_total{source="clicks",verdict="counted"} 4',
    'tidemark_ingest_events_total{source="clicks",verdict="late"} 1',
    'tidemark_ingest_rejects_total{source="clicks",reason="not_json"} 2',
    'tidemark_ingest_rejects_total{source="clicks",reason="empty"} 0',
    'tidemark_ingest_records_total{source="clicks"} 7',
    'tidemark_ingest_apply_seconds_count{source="clicks"} 2',
    'tidemark_ingest_apply_records_count{source="clicks"} 1',
    'tidemark_ingest_apply_cells_sum{source="clicks"} 30',
    'tidemark_ingest_refusals_total{source="clicks",why="BASE"} 1',
    'tidemark_ingest_rewinds_total{source="clicks"} 1',
    'tidemark_ingest_partitions{source="clicks"} 3',
    'tidemark_ingest_halted_partitions{source="clicks"} 1',
    'tidemark_ingest_halt{source="clicks",partition="2",code="UNREADABLE"} 1',
    'tidemark_ingest_lag_records{source="clicks",partition="0"} 10',
    'tidemark_ingest_lag_seconds{source="clicks",partition="0"} 5',
    'tidemark_ingest_queue_bytes{source="clicks",partition="1"} 5',
    'tidemark_http_request_seconds_count{method="GET",route="/v1/series",status="200"} 1',
    'tidemark_http_request_seconds_count{method="other",route="none",status="404"} 1',
    'tidemark_http_request_seconds_count{method="GET",route="page",status="200"} 1',
    'tidemark_live_streams 3',
    'tidemark_live_queries 2',
    'tidemark_store_up 1',
    'tidemark_store_memory_used_bytes{node="a:1"} 1000',
    'tidemark_store_memory_max_bytes{node="a:1"} 4000',
    'tidemark_store_replicas{node="a:1"} 1',
    'tidemark_store_aof_ok{node="a:1"} 1',
    'tidemark_backup_place_up 1',
    'tidemark_backup_every_seconds 21600',
    'tidemark_backup_kept 2',
    'tidemark_backup_taken_timestamp_seconds 1',
    'tidemark_backup_verified_timestamp_seconds 2',
    'tidemark_backup_took_seconds 0.5',
  ]
  for (const line of wanted) expect(text.split('\n')).toContain(line)
  expect(text).not.toMatch(/tidemark_ingest_lag_records\{source="clicks",partition="1"\}/) // not opened: nothing is known, and 0 would be a lie
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
})

test('lag is what is not counted, and how long ago all was', () => {
  expect([lagRecords(at()), lagMs(at(), 12_000)]).toEqual([10, 5_000])
  expect([lagRecords(at({ next: 100 })), lagMs(at({ next: 100 }), 12_000)]).toEqual([0, 2_000])
  expect([lagRecords(at({ next: -1 })), lagMs(at({ endAtMs: 0 }), 12_000)]).toEqual([null, null])
})

test('a store that does not answer, or hangs, shows as down within a second', async () => {
  for (const answer of [async () => noStore(), () => new Promise<never>(() => {})]) {
    const metrics = openMetrics('1')
    storeMetrics(metrics, { everywhere: answer, each: answer })
    const text = await metrics.text()
    expect(text).toContain('tidemark_store_up 0')
    expect(text).not.toMatch(/^tidemark_store_memory_used_bytes\{/m)
  }
  expect(readInfo('x', INFO.replace('status:ok', 'status:err'))).toMatchObject({ aofOk: false })
})

test('round trips of the store are timed, their errors counted and passed on', async () => {
  const metrics = openMetrics('1')
  const timed = timedStore(store, metrics)
  await timed.pipeline([['PING']])
  await expect(timed.call('apply', [], [])).rejects.toThrow(/did not answer/)
  const text = await metrics.text()
  expect(text).toContain('tidemark_store_call_seconds_count{call="pipeline"} 1')
  expect(text).toContain('tidemark_store_call_seconds_count{call="call"} 1')
  expect(text).toContain('tidemark_store_errors_total{code="STORE_UNREACHABLE"} 1')
})

describe('readiness', () => {
  const source = (...partitions: PartitionView[]) => new Map([['clicks', { isAssigned: true, partitions }]])
  test('says everything that is wrong', () => {
    expect(whyNotReady({ storeFault: null, sources: source(at()) }, 60_000, 12_000)).toEqual([])
    expect(whyNotReady({ storeFault: null, sources: source() }, 60_000, 12_000)).toEqual([]) // a spare worker
    expect(
      whyNotReady(
        { storeFault: 'the store did not answer', sources: new Map([['clicks', null]]) },
        60_000,
        12_000,
      ),
    ).toEqual(['the store did not answer', 'clicks: not consuming yet'])
    expect(
      whyNotReady(
        { storeFault: null, sources: new Map([['clicks', { isAssigned: false, partitions: [] }]]) },
        60_000,
        12_000,
      ),
    ).toHaveLength(1)
    expect(
      whyNotReady(
        {
          storeFault: null,
          sources: source(
            at(),
            at({ partition: 1, next: -1 }),
            at({ partition: 2, halted: new Halt('UNREADABLE', 'x') }),
          ),
        },
        4_000,
        12_000,
      ),
    ).toEqual([
      'clicks/0: 5.0 s behind, 4 s are allowed',
      'clicks/1: not opened yet',
      'clicks/2: halted, UNREADABLE',
    ])
  })
})

describe('the server of a worker', async () => {
  const why: string[] = []
  const server = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    metrics: openMetrics('1'),
    whyNotReady: async () => why,
  })
  afterAll(() => server.close())
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }

  test('answers metrics and probes', async () => {
    expect(await ask('/metrics')).toMatchObject({
      status: 200,
      type: expect.stringMatching(/^text\/plain; version=0\.0\.4/),
      text: expect.stringContaining('tidemark_build_info{version="1"'),
    })
    expect(await ask('/livez')).toMatchObject({ status: 200, text: '{"status":"ok"}\n' })
    expect(await ask('/readyz?verbose')).toMatchObject({ status: 200 })
    why.push('clicks/0: halted, UNREADABLE')
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      text: '{"status":"not ready","why":["clicks/0: halted, UNREADABLE"]}\n',
    })
    expect(await ask('/livez')).toMatchObject({ status: 200 })
  })

  test('and nothing else', async () => {
    expect(await ask('/')).toMatchObject({ status: 404 })
    expect(await ask('/__proto__')).toMatchObject({ status: 404 })
    expect(await ask('/metrics', 'POST')).toMatchObject({ status: 405 })
    await expect(
      startMetricsServer({
        host: '127.0.0.1',
        port: server.port,
        metrics: openMetrics('1'),
        whyNotReady: async () => [],
      }),
    ).rejects.toThrow(/EADDRINUSE; give another --metrics-port/)
  })
})
