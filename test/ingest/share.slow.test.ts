/** A source that floods the store waits at its share of it, with its reason; another one counts on. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdingsOf, type Holdings } from '../../ingest/holdings.ts'
import { whyItWaits } from '../../ingest/share.ts'
import { runSource, type RunningSource } from '../../ingest/source.ts'
import { openProducer } from '../../log/kafka.ts'
import type { LogProducer } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { readHaltNote } from '../../store/calls/halt-note.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readInfo } from '../../store/node-info.ts'
import { readPosition } from '../../store/calls/open.ts'
import { readGenerations } from '../../store/calls/read-generations.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { clicks } from './loop.ts'

const MAX_BYTES = 24 * 2 ** 20
let server: TestStore
let store: Store
let broker: TestBroker
let producer: LogProducer
const running: RunningSource[] = []

beforeAll(async () => {
  server = await startTestStore({ maxmemoryBytes: MAX_BYTES })
  store = await openStore({ url: server.url })
  await store.check()
  broker = await startTestBroker()
  producer = await openProducer({ brokers: [broker.address], clientId: 'test' })
}, 60_000)
afterAll(async () => {
  await Promise.all(running.map((source) => source.stop()))
  await producer?.close()
  await store?.close()
  await broker?.stop()
  await server?.stop()
}, 60_000)

const holds = (source: string, bytes: number, allowedBytes = 100): Holdings => ({
  source,
  bytes,
  allowedBytes,
  parts: [
    { what: 'names of path', bytes: bytes * 0.75 },
    { what: 'cells by path in 1m', bytes: bytes * 0.25 },
  ],
})

test('only who holds more than its share waits, and only in a store that is nearly full', () => {
  const all = [holds('a', 300), holds('b', 100), holds('c', 200, 400)]
  const waiting = (used: number, isWaiting = false): string[] =>
    all.map(({ source }) => source).filter((source) => whyItWaits(source, all, used, isWaiting) !== null)
  expect(waiting(0.91)).toEqual([])
  expect(waiting(0.93)).toEqual(['a'])
  expect(waiting(0.9, true)).toEqual(['a']) // it waits until there is room
  expect(waiting(0.87, true)).toEqual([])
  expect(whyItWaits('a', [all[0]!], 0.99, false)).toBe(null) // alone it has all of the store
  expect(whyItWaits('a', all, 0.93, false)).toBe(
    'the store is 93 % full, and a holds about 50 % of what is counted; by its definition its share is 17 %. Most of it: names of path, 75 %; cells by path in 1m, 25 %. The other sources go on; this one does when there is room',
  )
})

test('names without end: the flood waits, says what grows, and goes on when there is room; the other source never stops', {
  timeout: 120_000,
}, async () => {
  const patience = { timeout: 60_000, interval: 100 }
  const make = async (): Promise<{ source: Source; lines: string[] }> => {
    const name = `s${randomUUID().slice(0, 8)}`
    const source = { ...clicks, name, topic: name, budget: 100_000 }
    const lines: string[] = []
    running.push(
      await runSource({
        source,
        store,
        kafka: { brokers: [broker.address], clientId: 'test' },
        fileMs: 1,
        partitions: 1,
        sessionTimeoutMs: 6000,
        keepOldMs: 600_000,
        log: (line) => lines.push(line),
        crashed: () => {},
      }),
    )
    return { source, lines }
  }
  const [flood, other] = [await make(), await make()]
  const send = (source: Source, from: number, to: number): Promise<unknown> =>
    producer.send(
      source.topic,
      Array.from({ length: to - from }, (_, at) => ({
        key: null,
        partition: 0,
        value: JSON.stringify({
          ts: Date.now(),
          type: 'page_view',
          path: `/${source.name}/${from + at}`,
          visitor: 'v',
        }),
      })),
    )
  const keysOf = ({ name }: Source) => partitionKeys(name, 0, 1)
  const counted = async (source: Source): Promise<number> =>
    (await readPosition(store, keysOf(source), source))?.state.events.counted ?? 0
  await send(other.source, 0, 10)
  // As much as it takes: how soon a store is full hangs on its version.
  let sent = 0
  await expect
    .poll(async () => {
      const note = await readHaltNote(store, keysOf(flood.source))
      if (note === null && sent < 100_000 && (await counted(flood.source)) > sent - 200)
        await send(flood.source, sent, (sent += 300)) // slower than the look at the store's memory
      return note
    }, patience)
    .toMatchObject({ code: 'STORE_SHARE', command: expect.stringContaining('maxmemory') })
  await send(flood.source, sent, (sent += 100))
  expect(flood.lines.join('\n')).toMatch(
    /WAITS: the store is 9\d % full, and s\w+ holds about \d+ % .* Most of it: .*path/,
  )
  expect(await counted(flood.source)).toBeLessThan(sent)

  // What it holds is estimated about right: of the order of what the server took, which holds its buffers too.
  const [first] = await store.info()
  const { usedBytes } = readInfo(first!.node, first!.text)
  const estimate = (await holdingsOf(store, (await readGenerations(store, flood.source.name))!)).bytes
  expect(estimate).toBeGreaterThan(usedBytes / 6)
  expect(estimate).toBeLessThan(usedBytes * 2)

  await send(other.source, 10, 40)
  await expect.poll(() => counted(other.source), patience).toBe(40)
  expect(other.lines.filter((line) => /WAITS|HALTED/.test(line))).toEqual([])
  const state = (await readPosition(store, keysOf(flood.source), flood.source))!
  expect(Date.now() - state.endAtMs!).toBeLessThan(10_000) // it lives, and says how much waits
  await expect
    .poll(async () => (await readPosition(store, keysOf(flood.source), flood.source))!.end, patience)
    .toBe(sent)

  await store.pipeline([['CONFIG', 'SET', 'maxmemory', String(20 * MAX_BYTES)]])
  await expect.poll(() => counted(flood.source), patience).toBe(sent)
  await expect.poll(() => readHaltNote(store, keysOf(flood.source)), patience).toBe(null)
})
