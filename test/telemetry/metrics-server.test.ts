import { request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { openMetrics } from '../../cli/telemetry/registry.ts'
import { startMetricsServer, type MetricsServer } from '../../cli/telemetry/metrics-server.ts'

const open: MetricsServer[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})
async function serve(host: string, whyNotReady: () => Promise<string[]> = async () => []): Promise<number> {
  const server = await startMetricsServer({ host, port: 0, metrics: openMetrics('0'), whyNotReady })
  open.push(server)
  return server.port
}
const ask = (port: number, path: string, host: string): Promise<[status: number, body: string]> =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers: { host } }, (response) => {
      let body = ''
      response
        .setEncoding('utf8')
        .on('data', (text: string) => (body += text))
        .on('end', () => resolve([response.statusCode!, body]))
    })
      .on('error', reject)
      .end()
  })

test('on loopback it answers to loopback names; a foreign name that points here reads nothing', async () => {
  const port = await serve('127.0.0.1')
  for (const path of ['/metrics', '/livez', '/readyz', '/x'])
    expect((await ask(port, path, `rebind.example:${port}`))[0]).toBe(421)
  for (const host of ['127.0.0.1', `localhost:${port}`, `[::1]:${port}`])
    expect((await ask(port, '/livez', host))[0]).toBe(200)
})

test('on an address that was opened it answers to any name, as scrapers in one network call it', async () => {
  expect((await ask(await serve('0.0.0.0'), '/livez', 'ingest:9464'))[0]).toBe(200)
})

test('why it failed stays here', async () => {
  const [status, body] = await ask(
    await serve('127.0.0.1', () => Promise.reject(new Error('connect ECONNREFUSED 10.9.8.7:6379'))),
    '/readyz',
    'localhost',
  )
  expect([status, body]).toEqual([500, '{"status":"failed"}\n'])
})
