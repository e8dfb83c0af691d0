/** A worker that is gone says nothing any more: what waits is known all the same, whatever its clock said. Processes, one broker, one store. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import type { SeriesAnswer, StatusAnswer } from '../../../query-api/wire.ts'
import { startTestBroker, type TestBroker } from '../../harness/broker.ts'
import { locate, needs } from '../../harness/needs.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'
import { startTidemark, type RunningCommand } from '../../harness/tidemark.ts'

const { test } = needs('faketime')
let broker: TestBroker
let store: TestStore
let serve: RunningCommand
let base = ''
beforeAll(async () => {
  ;[broker, store] = await Promise.all([startTestBroker(), startTestStore()])
  serve = startTidemark(['serve', ...places(), '--port', '0'])
  await serve.until('serve ready on ')
  base = /serve ready on (\S+)/.exec(serve.said())![1]!
}, 60_000)
afterAll(async () => {
  await serve?.stop()
  await store?.stop()
  await broker?.stop()
})

const places = (): string[] => ['--kafka', broker.address, '--store', store.url]
const get = async <T>(path: string): Promise<T> => (await (await fetch(`${base}${path}`)).json()) as T
async function send(count: number): Promise<void> {
  const body = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ type: 'page_view', path: `/p${n}`, visitor: `v${n}`, ts: Date.now() }),
  ).join('\n')
  const { status } = await fetch(`${base}/v1/events?source=clicks`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  })
  expect(status).toBe(202)
}
const ask = (): Promise<SeriesAnswer> => get('/v1/series?metric=clicks.events&from=now-15m&interval=1m')
const counted = ({ series: [one] }: SeriesAnswer): number =>
  one!.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
async function until(what: string, holds: (answer: SeriesAnswer) => boolean): Promise<SeriesAnswer> {
  let last: unknown
  for (const endMs = Date.now() + 60_000; Date.now() < endMs; await sleep(200)) {
    const answer = await ask().catch((error: unknown) => (last = error) as null)
    if (answer?.meta === undefined) continue
    last = answer.meta
    if (holds(answer)) return answer
  }
  throw new Error(`not within a minute: ${what}; last ${JSON.stringify(last)}`)
}

const worker = async (shift: string): Promise<RunningCommand> => {
  const running = startTidemark(['ingest', ...places()], { LD_PRELOAD: locate('faketime')!, FAKETIME: shift })
  await running.until('ingest ready')
  return running
}
const isWhole =
  (sent: number) =>
  (answer: SeriesAnswer): boolean =>
    counted(answer) === sent &&
    answer.meta.behindRecords === 0 &&
    answer.meta.complete === 1 &&
    answer.meta.logEnd.from === 'kafka'

test('a worker whose clock is an hour behind, or ahead, counts as one that is right; killed, it is missed at once', async () => {
  const behind = await worker('-3600s')
  await send(5)
  expect((await until('all is counted and known', isWhole(5))).meta.asOfMs).toBeGreaterThan(
    Date.now() - 60_000,
  )
  await behind.stop()

  const ahead = await worker('+3600s')
  await send(5)
  expect((await until('all is counted and known', isWhole(10))).meta.asOfMs).toBeLessThanOrEqual(
    Date.now() + 1000,
  )
  process.kill(ahead.pid, 'SIGKILL')
  await ahead.ended
  await send(7)
  const waiting = await until('what waits is known', ({ meta }) => meta.behindRecords === 7)
  expect(waiting.meta.asOfMs).toBeLessThanOrEqual(Date.now())
  const dead = await until('it is taken for dead', ({ meta }) => meta.complete === 0)
  expect(dead.meta.behindRecords).toBe(7)
  expect(dead.meta.lagMs).toBeGreaterThan(0)
  expect(dead.meta.incomplete!.every(({ state }) => state === 'stale')).toBe(true)
  const { sources, kafka } = await get<StatusAnswer>('/v1/status')
  expect(kafka.state).toBe('up')
  expect(
    sources
      .find(({ source }) => source === 'clicks')!
      .partitions.reduce((sum, { behindRecords }) => sum + behindRecords, 0),
  ).toBe(7)
}, 180_000)
