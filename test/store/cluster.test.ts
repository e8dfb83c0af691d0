/** The whole way over a cluster of three masters: worker, recount, live stream; and a function library that one master loses. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveReset, SeriesAnswer, StatusAnswer } from '../../query-api/wire.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestCluster, type TestCluster } from '../harness/cluster.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { recount, runProgram, startTidemark, type RunningCommand } from '../harness/tidemark.ts'
import { TestEventSource } from '../query-api/event-source.ts'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const COUNT = 3000

describe('a cluster of three masters', () => {
  let broker: TestBroker
  let cluster: TestCluster
  let ingest: RunningCommand
  let serve: RunningCommand
  let base = ''

  const simulate = (count: number): Promise<string> =>
    runProgram(process.execPath, [main, 'simulate', '--kafka', broker.address, '--count', String(count)])
  const status = async (): Promise<StatusAnswer> =>
    (await (await fetch(`${base}/v1/status`)).json()) as StatusAnswer
  const folded = async (): Promise<number> =>
    (await status()).sources.flatMap(({ partitions }) => partitions).reduce((sum, { next }) => sum + next, 0)

  beforeAll(async () => {
    ;[broker, cluster] = await Promise.all([startTestBroker(), startTestCluster()])
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    await simulate(COUNT)
    const engines = ['--kafka', broker.address, '--store', cluster.url]
    ingest = startTidemark(['ingest', ...engines, '--session-timeout-ms', '6000'])
    serve = startTidemark(['serve', ...engines, '--port', String(port)])
    await Promise.all([ingest.until('ingest ready'), serve.until('serve ready')])
  })
  afterAll(async () => {
    await Promise.all([ingest?.stop(), serve?.stop()])
    await Promise.all([broker?.stop(), cluster?.stop()])
  })

  test('everything arrives, on every master', async () => {
    await expect.poll(folded, { timeout: 20_000, interval: 200 }).toBe(COUNT)
    for (const master of [0, 1, 2]) expect(await cluster.ask(master, 'DBSIZE')).toBeGreaterThan(0)
  })

  test('one that lost its functions gets them back, and a live stream goes on', async () => {
    const live = new TestEventSource(
      `${base}/v1/live?q=${encodeURIComponent('series?metric=readings.readings&from=now-1h')}`,
    )
    const total = (): number =>
      (live.answer(0)?.series[0]?.values ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0)
    await live.until(
      ({ event, data }) => event === 'reset' && (data as LiveReset<SeriesAnswer>).answer.series.length > 0,
    )
    const heard = async (): Promise<number[]> =>
      Promise.all(
        [0, 1, 2].map(
          async (master) => ((await cluster.ask(master, 'PUBSUB', 'SHARDCHANNELS')) as string[]).length,
        ),
      )
    await expect.poll(heard, { timeout: 5000 }).not.toContain(0)
    const before = total()
    await cluster.ask(1, 'FUNCTION', 'FLUSH')
    await simulate(300)
    await expect.poll(folded, { timeout: 15_000, interval: 200 }).toBe(COUNT + 300)
    expect(String(await cluster.ask(1, 'FUNCTION', 'LIST'))).toContain('tidemark_')
    await live.until(({ event }) => event === 'patch' || event === 'reset', live.heard.length - 1)
    await expect.poll(total, { timeout: 5000 }).toBeGreaterThan(before)
    live.close()
  })

  needs('python3').test('the recount agrees', async () => {
    const again = () =>
      recount([
        '--log',
        broker.dataDir,
        '--store',
        `127.0.0.1:${cluster.ports[0]}`,
        '--require-caught-up',
        '--min-cells',
        '100',
      ])
    // No verdict (3, 4: a node that does not answer, a write in between) may be another one a moment later; a difference, or records not counted, stays one.
    let { code, said } = await again()
    const tries = [said]
    for (const until = Date.now() + 15_000; (code === 3 || code === 4) && Date.now() < until; ) {
      ;({ code, said } = await again())
      tries.push(said)
    }
    expect(code, tries.join('\n')).toBe(0)
  })
})
