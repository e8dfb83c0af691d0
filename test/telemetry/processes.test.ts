/** Metrics and probes of real processes, against the simulator's own ledger and a store that goes away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { freePort } from '../harness/ports.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { runProgram, startTidemark, type RunningCommand } from '../harness/tidemark.ts'

const COUNT = 600
let broker: TestBroker
let store: TestStore
let ingest: RunningCommand
let serve: RunningCommand
let ports: { metrics: number; page: number }
let truth: { sources: Record<string, { records: number; events: number; malformed: Record<string, number> }> }

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const get = async (port: number, path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: answer.status, text: await answer.text() }
}
/** Sum of all lines of a metric whose labels hold `words`. */
const metric = async (port: number, name: string, ...words: string[]): Promise<number> => {
  const { text } = await get(port, '/metrics')
  const lines = text
    .split('\n')
    .filter(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) &&
        words.every((word) => line.includes(word)),
    )
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

beforeAll(async () => {
  ;[broker, store] = await Promise.all([startTestBroker(), startTestStore()])
  ports = { metrics: await freePort(), page: await freePort() }
  const ledger = await runProgram(process.execPath, [
    main,
    'simulate',
    '--kafka',
    broker.address,
    '--count',
    String(COUNT),
    '--malformed',
    '0.1',
    '--json',
  ])
  truth = JSON.parse(ledger.slice(ledger.indexOf('{'))) as typeof truth
  const engines = ['--kafka', broker.address, '--store', store.url]
  ingest = startTidemark(
    ['ingest', ...engines, '--metrics-port', String(ports.metrics), '--session-timeout-ms', '6000'],
    { TIDEMARK_LOG_FORMAT: '' },
  )
  serve = startTidemark(['serve', ...engines, '--port', String(ports.page)])
  await Promise.all([ingest.until('ingest ready'), serve.until('serve ready')])
})
afterAll(async () => {
  await Promise.all([ingest?.stop(), serve?.stop()])
  await Promise.all([broker?.stop(), store?.stop()])
})

test('ingest counts what the simulator says it sent', async () => {
  const sources = Object.entries(truth.sources)
  for (const [source, { records, malformed }] of sources) {
    const bad = Object.values(malformed).reduce((sum, count) => sum + count, 0)
    expect(bad).toBeGreaterThan(0)
    await expect
      .poll(() => metric(ports.metrics, 'tidemark_ingest_records_total', source), { timeout: 15_000 })
      .toBe(records)
    expect(await metric(ports.metrics, 'tidemark_ingest_rejects_total', source)).toBe(bad)
    expect(await metric(ports.metrics, 'tidemark_ingest_events_total', source, 'verdict="rejected"')).toBe(
      bad,
    )
    expect(await metric(ports.metrics, 'tidemark_ingest_events_total', source)).toBe(records)
    expect(await metric(ports.metrics, 'tidemark_ingest_apply_records_sum', source)).toBe(records)
    expect(await metric(ports.metrics, 'tidemark_ingest_partitions', source)).toBe(4)
  }
  await expect.poll(() => metric(ports.metrics, 'tidemark_ingest_lag_records'), { timeout: 5000 }).toBe(0)
  await expect.poll(async () => (await get(ports.metrics, '/readyz')).status, { timeout: 10_000 }).toBe(200)
  expect(await metric(ports.metrics, 'tidemark_store_memory_used_bytes')).toBeGreaterThan(100_000)
})

test('its log is JSON where nobody reads along', () => {
  const lines = ingest
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { process: string; level: string })
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(line).toMatchObject({ process: 'ingest', pid: ingest.pid, level: 'info' })
})

test('serve counts its requests by route', async () => {
  for (const path of ['/v1/catalog', '/v1/catalog', '/nothing/at/all', '/v1/series?metric=wrong'])
    await get(ports.page, path)
  const count = 'tidemark_http_request_seconds_count'
  await expect.poll(() => metric(ports.page, count, 'route="/v1/catalog",status="200"')).toBe(2)
  expect(await metric(ports.page, count, 'route="none",status="404"')).toBe(1)
  expect(await metric(ports.page, count, 'route="/v1/series",status="400"')).toBe(1)
  const reading = new AbortController()
  const live = await fetch(
    `http://127.0.0.1:${ports.page}/v1/live?q=${encodeURIComponent('series?metric=clicks.events')}`,
    { signal: reading.signal },
  )
  await expect.poll(() => metric(ports.page, 'tidemark_live_streams')).toBe(1)
  await expect
    .poll(() => metric(ports.page, 'tidemark_live_frame_seconds_count', 'kind="series"'))
    .toBeGreaterThan(0)
  reading.abort()
  await live.text().catch(() => '')
  await expect.poll(() => metric(ports.page, 'tidemark_live_streams')).toBe(0)
  expect(await metric(ports.page, count, '/v1/live')).toBe(0)
})

test('a store that is away shows in probe and metrics, and so does its return', async () => {
  await store.kill9()
  await expect
    .poll(async () => (await get(ports.metrics, '/readyz')).text, { timeout: 10_000 })
    .toContain('the store did not answer')
  await expect.poll(() => metric(ports.metrics, 'tidemark_store_up'), { timeout: 5000 }).toBe(0)
  expect((await get(ports.metrics, '/livez')).status).toBe(200)
  await expect
    .poll(() => metric(ports.metrics, 'tidemark_ingest_refusals_total', 'why="STORE_'), { timeout: 10_000 })
    .toBeGreaterThan(0)
  expect((await get(ports.metrics, '/metrics')).text).toMatch(/^tidemark_ingest_lag_records\{/m)
  await store.restart()
  await expect.poll(async () => (await get(ports.metrics, '/readyz')).status, { timeout: 15_000 }).toBe(200)
  await expect.poll(() => metric(ports.metrics, 'tidemark_store_up'), { timeout: 5000 }).toBe(1)
})

test('told to stop while the engines are away, it stops', async () => {
  const lonely = startTidemark([
    'ingest',
    '--kafka',
    `127.0.0.1:${await freePort()}`,
    '--store',
    `redis://127.0.0.1:${await freePort()}`,
  ])
  await lonely.until('trying again')
  expect(await lonely.stop()).toBe(0)
  expect(lonely.said()).not.toContain('ingest ready')
})
