import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openStore } from '../../../store/connection/connection.ts'
import { leaseHolder } from '../../../store/calls/lease.ts'
import { hookDuty, memoryDuty, nodesDuty } from '../../../store/keeper/duties.ts'
import { addEvent, newestEvents } from '../../../store/keeper/events.ts'
import { forecast, type MemorySample } from '../../../store/keeper/forecast.ts'
import { REPLACED_WITHIN_MS, startKeeper, type Duty } from '../../../store/keeper/keeper.ts'
import { isInside, parseWindow } from '../../../store/keeper/window.ts'
import { store } from '../../harness/own-store.ts'
import { freePort } from '../../harness/ports.ts'
import { startTestStore } from '../../harness/store.ts'

const patience = { timeout: 20_000, interval: 20 }
vi.setConfig({ testTimeout: 60_000 })

function keeper(lease: string, holder: string, duties: readonly Duty[] = [], lines: string[] = []) {
  const log = (line: string): void => void lines.push(line)
  const started = startKeeper({ store, lease, holder, duties, log, askEveryMs: 30, leaseMs: 400 })
  onTestFinished(() => started.stop())
  return started
}

test('one of several keeps; when it ends another one does, and its duties run there', async () => {
  const ran: string[] = []
  const duty = (name: string): Duty => ({ name, everyMs: 10, run: async () => void ran.push(name) })
  const one = keeper('a', 'one', [duty('one')])
  await expect.poll(() => one.isHolder, patience).toBe(true)
  const two = keeper('a', 'two', [duty('two')])
  await expect.poll(() => ran.length, patience).toBeGreaterThan(2)
  expect(two.isHolder).toBe(false)
  expect(new Set(ran)).toEqual(new Set(['one']))
  await one.stop()
  await expect.poll(() => two.isHolder, patience).toBe(true)
  await expect.poll(() => ran.includes('two'), patience).toBe(true)
  expect(await leaseHolder(store, 'a')).toBe('two')
})

test('a keeper that vanished without a word is replaced once its lease has run out', async () => {
  await store.call('lease', ['tm:{keeper}:lease:b'], ['dead', 300])
  const next = keeper('b', 'next')
  expect(next.isHolder).toBe(false)
  await expect.poll(() => next.isHolder, patience).toBe(true)
  expect(REPLACED_WITHIN_MS).toBeLessThan(10_000) // docs/backup.md
})

test('whoever lost the lease stops what it does and says so', async () => {
  const lines: string[] = []
  let stopped = false
  const long: Duty = {
    name: 'long',
    everyMs: 0,
    run: (stop) =>
      new Promise((done) =>
        stop.addEventListener('abort', () => {
          stopped = true
          done()
        }),
      ),
  }
  const one = keeper('c', 'one', [long], lines)
  await expect.poll(() => one.isHolder, patience).toBe(true)
  await store.pipeline([['SET', 'tm:{keeper}:lease:c', 'thief', 'PX', 60_000]])
  await expect.poll(() => stopped, patience).toBe(true)
  expect(one.isHolder).toBe(false)
  expect(lines.at(-1)).toContain('another process does the c of the store')
})

test('a duty that fails is said once and tried again', async () => {
  const lines: string[] = []
  let runs = 0
  const bad: Duty = {
    name: 'bad',
    everyMs: 1,
    run: () => Promise.reject(new Error(`no way (${++runs > 0})`)),
  }
  keeper('d', 'one', [bad], lines)
  await expect.poll(() => runs, patience).toBeGreaterThan(3)
  expect(lines.filter((line) => line.includes('bad: no way'))).toHaveLength(1)
})

test('events come back newest first, with who and when; a foreign key is none of them', async () => {
  await addEvent(store, { kind: 'act', text: 'one', by: 'me@here' })
  await addEvent(store, { kind: 'backup', text: 'x'.repeat(5000), by: 'ingest here 1' })
  const [newest, before] = await newestEvents(store, 2)
  expect(before).toMatchObject({ kind: 'act', text: 'one', by: 'me@here' })
  expect(newest!.text).toHaveLength(1000)
  expect(Math.abs(newest!.atMs - Date.now())).toBeLessThan(60_000)
})

test('the web hook gets each event behind its mark, in order, again where it failed', async () => {
  const got: string[] = []
  let status = 500
  const hook = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => {
      got.push((JSON.parse(body) as { text: string }).text)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((listening) => hook.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void hook.close())
  const duty = hookDuty(store, `http://127.0.0.1:${(hook.address() as AddressInfo).port}/secret`)
  const { signal } = new AbortController()
  await addEvent(store, { kind: 'act', text: 'long ago', by: 'me' })
  await new Promise((over) => setTimeout(over, 1100)) // the mark is a whole second
  await duty.run(signal)
  await new Promise((over) => setTimeout(over, 5))
  for (const text of ['a', 'b']) await addEvent(store, { kind: 'act', text, by: 'me' })
  await expect(duty.run(signal)).rejects.toThrow('the web hook answered 500')
  status = 200
  await duty.run(signal)
  await duty.run(signal)
  expect(got).toEqual(['a', 'a', 'b'])
  await addEvent(store, { kind: 'act', text: 'c', by: 'me' })
  await expect(hookDuty(store, `http://127.0.0.1:${await freePort()}/secret`).run(signal)).rejects.toThrow(
    /^the web hook cannot be reached \(ECONNREFUSED\): see to it, [^/]*$/,
  )
})

test('a node that was started again is an event', async () => {
  const own = await startTestStore()
  const client = await openStore({ url: own.url })
  onTestFinished(async () => {
    await client.close()
    await own.stop()
  })
  const { signal } = new AbortController()
  const duty = nodesDuty(client, 'test')
  await duty.run(signal)
  await own.restart()
  await expect
    .poll(
      () =>
        duty.run(signal).then(
          () => newestEvents(client, 1),
          () => [],
        ),
      patience,
    )
    .toMatchObject([{ kind: 'node', text: `127.0.0.1:${own.port} was started again` }])
})

const MINUTE_MS = 60_000
const grown = (samples: number, bytesAMinute: number, maxBytes: number): MemorySample[] =>
  Array.from({ length: samples }, (_, at) => ({
    atMs: at * MINUTE_MS,
    usedBytes: 1000 + at * bytesAMinute,
    maxBytes,
  }))

test('the forecast follows what really grew, and says nothing of too little', async () => {
  expect(forecast(grown(60, 10, 1_000_000))?.fullAtMs).toBeNull() // 1,665 hours away, by one hour of samples
  expect(forecast(grown(60, 10, 10_000))).toEqual({
    growthBytesADay: 14_400,
    fullAtMs: 59 * MINUTE_MS + ((10_000 - 1590) / 10) * MINUTE_MS,
    sinceMs: 0,
  })
  expect(forecast(grown(60, 10, 0))?.fullAtMs).toBeNull()
  expect(forecast(grown(60, -10, 10_000))?.fullAtMs).toBeNull()
  expect(forecast(grown(6, 10, 10_000))).toBeNull()
  expect(forecast([])).toBeNull()
})

test('memory that will not last a week is an event, once a day', async () => {
  await store.pipeline([
    ['CONFIG', 'SET', 'maxmemory', 10_000_000],
    ['DEL', 'tm:{keeper}:memory', 'tm:events'],
  ])
  const nowMs = Date.now()
  for (let at = 60; at > 0; at--) {
    const sample = { atMs: nowMs - at * MINUTE_MS, usedBytes: 7_000_000 - at * 50_000, maxBytes: 10_000_000 }
    await store.pipeline([['XADD', 'tm:{keeper}:memory', '*', 'sample', JSON.stringify(sample)]])
  }
  const duty = memoryDuty(store, 'test', () => nowMs)
  const { signal } = new AbortController()
  await duty.run(signal)
  await duty.run(signal)
  await store.pipeline([['CONFIG', 'SET', 'maxmemory', 0]])
  const events = await newestEvents(store, 10)
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({ kind: 'memory', by: 'test' })
  expect(events[0]!.text).toMatch(/the store is full at 20\d\d-.*MB a day/)
})

test('a window is of a day or of every day, and may pass midnight', () => {
  const at = (text: string, iso: string): boolean => isInside(parseWindow(text)!, Date.parse(iso))
  expect(at('02:00-04:00', '2026-03-04T02:00:00Z')).toBe(true)
  expect(at('02:00-04:00', '2026-03-04T04:00:00Z')).toBe(false)
  expect(at('Sun 23:00-01:00', '2026-03-01T23:30:00Z')).toBe(true)
  expect(at('Sun 23:00-01:00', '2026-03-02T00:30:00Z')).toBe(true)
  expect(at('Sun 23:00-01:00', '2026-03-01T00:30:00Z')).toBe(false)
  for (const wrong of ['2-4', 'Son 02:00-04:00', '02:00', '25:00-26:00', ''])
    expect(parseWindow(wrong), wrong).toBeNull()
})
