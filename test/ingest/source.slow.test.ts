/** Whole sources at work over a broker and a store: what becomes of them when the catalog, the store or the definition changes under them. */
import { randomUUID } from 'node:crypto'
import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { run as partitionCommand } from '../../cli/partition.ts'
import { runSource, type RunningSource, type SourceOptions } from '../../ingest/source.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import type { LogAdmin, LogProducer } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { catalogKey, partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/open.ts'
import { readGenerations, type Generations } from '../../store/read-generations.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { frame } from '../log/batches.ts'
import { clicks } from './loop.ts'

let server: TestStore
let store: Store
let broker: TestBroker
let admin: LogAdmin
let producer: LogProducer
const kafka = () => ({ brokers: [broker.address], clientId: 'test' })
const patience = { timeout: 30_000, interval: 100 }

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await store.check()
  broker = await startTestBroker()
  admin = await openAdmin(kafka())
  producer = await openProducer(kafka())
}, 60_000)
const running: RunningSource[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((source) => source.stop()))
}, 60_000)
afterAll(async () => {
  await producer?.close()
  await admin?.close()
  await store?.close()
  await broker?.stop()
  await server?.stop()
})

interface Started {
  readonly running: RunningSource
  readonly lines: string[]
  readonly crashes: Error[]
}

async function start(source: Source, more: Partial<SourceOptions> = {}): Promise<Started> {
  const lines: string[] = []
  const crashes: Error[] = []
  const started = await runSource({
    source,
    store,
    kafka: kafka(),
    fileMs: 1,
    partitions: 2,
    sessionTimeoutMs: 6000,
    keepOldMs: 600_000,
    log: (line) => lines.push(line),
    crashed: (error) => crashes.push(error),
    ...more,
  })
  running.push(started)
  return { running: started, lines, crashes }
}
const stop = async (started: Started): Promise<void> => {
  running.splice(running.indexOf(started.running), 1)
  await started.running.stop()
}
const fresh = (): Source => {
  const name = `s${randomUUID().slice(0, 8)}`
  return { ...clicks, name, topic: name }
}
const edited = (source: Source): Source => ({ ...source, budget: source.budget + 1 })
async function send({ topic }: Source, from: number, to: number): Promise<void> {
  const records = Array.from({ length: to - from }, (_, at) => ({
    key: null,
    partition: at % 2,
    value: JSON.stringify({ ts: Date.now(), type: 'page_view', path: '/', visitor: 'v' }),
  }))
  await producer.send(topic, records)
}
const catalogOf = (source: Source): Promise<Generations | null> => readGenerations(store, source.name)
async function counted(source: Source, generation = 1): Promise<number> {
  const positions = await Promise.all(
    [0, 1].map((partition) => readPosition(store, partitionKeys(source.name, partition, generation), source)),
  )
  return positions.reduce((sum, position) => sum + (position?.standing.events.counted ?? 0), 0)
}
const states = (catalog: Generations | null): string =>
  (catalog?.all ?? []).map(({ generation, state }) => `${generation} ${state}`).join(', ')
const standsWith = (source: Source, all: string) =>
  expect.poll(async () => states(await catalogOf(source)), patience).toBe(all)

describe('what the store loses', { timeout: 90_000 }, () => {
  test('the catalog alone: written again as it was, and counting goes on meanwhile', async () => {
    const source = fresh()
    const one = await start(source)
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    await store.pipeline([['DEL', catalogKey(source.name)]])
    await send(source, 10, 20)
    await expect.poll(() => counted(source), patience).toBe(20)
    await standsWith(source, '1 active')
    expect(one.lines.join('\n')).toContain('the store lost its catalog; the catalog is written again')
    expect(one.crashes).toEqual([])
  })

  test('everything, under a worker: counted anew in place, once; nobody halts, the loss is counted, and no answer passes for whole meanwhile', async () => {
    const source = fresh()
    const one = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    for (const rewinds of [1, 2]) {
      const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
      await store.pipeline(keys.map((key) => ['UNLINK', key]))
      await expect
        .poll(async () => states(await catalogOf(source)), { ...patience, interval: 5 })
        .toBe('1 filling')
      await expect.poll(() => counted(source), patience).toBe(40)
      await standsWith(source, '1 active')
      expect((await readPosition(store, partitionKeys(source.name, 0, 1), source))!.rewinds).toBe(rewinds)
    }
    expect(one.lines.filter((line) => /HALTED|SUPERSEDED|generation 2/.test(line))).toEqual([])
  })

  test('everything, while no worker runs: the same', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await stop(before)
    const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    await store.pipeline(keys.map((key) => ['UNLINK', key]))
    const after = await start(source)
    expect(states(await catalogOf(source))).toMatch(/^1 (filling|active)$/)
    await expect.poll(() => counted(source), patience).toBe(40)
    await standsWith(source, '1 active')
    expect(after.lines.filter((line) => /HALTED|generation 2/.test(line))).toEqual([])
    expect(after.lines.join('\n')).toContain('the store lost this partition')
  })

  test('one partition of what answers: filled anew beside it, in one generation', async () => {
    const source = fresh()
    await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await store.pipeline([['DEL', partitionKeys(source.name, 1, 1).pos]])
    await standsWith(source, '1 old, 2 active')
    expect(await counted(source, 2)).toBe(40)
  })
})

describe('definitions', { timeout: 90_000 }, () => {
  test('an older copy of the store across an edit is no other worker: the definition enters again', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    await stop(before)
    const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    const dumps = (await store.pipeline(keys.map((key) => ['DUMP', key]))) as Buffer[]
    const after = await start(edited(source), { fileMs: 2 })
    await standsWith(source, '1 old, 2 active')
    const [now] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    await store.pipeline(now.map((key) => ['UNLINK', key]))
    await store.pipeline(keys.map((key, at) => ['RESTORE', key, 0, dumps[at]!]))
    await send(source, 10, 20)
    await standsWith(source, '1 old, 2 active')
    expect(await counted(edited(source), 2)).toBe(20)
    expect(after.crashes).toEqual([])
    expect(after.lines.filter((line) => /HALTED|WAITS/.test(line))).toEqual([])
  })

  test('one that was superseded waits, says so, and counts again when its file is written or a person says so', async () => {
    const source = fresh()
    const old = await start(source, { fileMs: 5 })
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    const young = await start(edited(source), { fileMs: 3 })
    await expect.poll(() => old.running.waiting(), patience).toContain('was superseded')
    await standsWith(source, '1 old, 2 active')
    await stop(old)
    const again = await start(source, { fileMs: 5 }) // its supervisor starts it again
    expect(again.running.waiting()).toContain('--take-over')
    expect(again.lines.join('\n')).toContain('WAITS')
    await send(source, 10, 20)
    await expect.poll(() => counted(edited(source), 2), patience).toBe(20)
    expect(states(await catalogOf(source))).toBe('1 old, 2 active')
    await start(source, { fileMs: 5, takeOver: true })
    await standsWith(source, '1 active, 2 old')
    await expect
      .poll(() => [again.running.waiting(), young.running.waiting() === null], patience)
      .toEqual([null, false])
    await expect.poll(() => counted(source), patience).toBe(20)
  })
})

describe('tidemark partition', { timeout: 90_000 }, () => {
  const command = async (...argv: string[]): Promise<string> => {
    const said: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    try {
      await partitionCommand([...argv, '--store', server.url, '--kafka', broker.address])
    } finally {
      spy.mockRestore()
    }
    return said.join('')
  }

  test('skip goes past a batch that cannot be read; every later rebuild does too; a bomb as the last record stops nobody, also after a restart', async () => {
    const source = fresh()
    await admin.createTopic(source.topic, 2)
    await send(source, 0, 2)
    await broker.end()
    const append = (partition: number, batch: Buffer): void => {
      const folder = join(broker.dataDir, `${source.topic}-${partition}`)
      appendFileSync(
        join(
          folder,
          readdirSync(folder)
            .filter((name) => name.endsWith('.log'))
            .at(-1)!,
        ),
        batch,
      )
    }
    append(
      0,
      frame(
        { baseOffset: 1n, records: [], attributes: 1, lastOffsetDelta: 3, count: 4 },
        Buffer.from('no gzip'),
      ),
    )
    append(
      1,
      frame(
        {
          baseOffset: 1n,
          records: [],
          attributes: 1,
          lastOffsetDelta: 1,
          count: 2,
          maxTimestampMs: Date.now(),
        },
        gzipSync(Buffer.alloc(70_000_000)),
      ),
    )
    await broker.restart()
    const first = await start(source)
    await expect
      .poll(
        async () => (await readPosition(store, partitionKeys(source.name, 1, 1), source))?.standing.next,
        patience,
      )
      .toBe(3)
    await stop(first)
    await start(source) // the last record that was counted is in the bomb
    await send(source, 0, 2)
    await expect.poll(() => command('list', '--source', source.name), patience).toContain('HALTED UNREADABLE')
    const skip = [
      'skip',
      '--source',
      source.name,
      '--partition',
      '0',
      '--to',
      '5',
      '--why',
      'a broken producer',
    ]
    expect(await command('list', '--source', source.name)).toContain(
      `to go past it: tidemark partition skip --source ${source.name} --partition 0 --to 5 --why "..."`,
    )
    await expect(command(...skip)).rejects.toThrow(
      `4 offsets (1 to 4) of ${source.name}/0 will never be counted. Nothing was changed`,
    )
    await expect(command(...skip, '--yes', `${source.name}/1`)).rejects.toThrow('Nothing was changed')
    await expect(command(...skip.with(6, '99'), '--yes', `${source.name}/0`)).rejects.toThrow('ends at 6')
    expect(await command(...skip, '--yes', `${source.name}/0`)).toContain(
      `done: ${source.name}/0 goes on at offset 5`,
    )
    await expect.poll(() => counted(source), patience).toBe(4)
    await expect.poll(() => command('list', '--source', source.name), patience).not.toContain('HALTED')

    expect(
      await command('rebuild', '--source', source.name, '--why', 'to see', '--yes', source.name),
    ).toContain('generation 2')
    await standsWith(source, '1 old, 2 active')
    await expect.poll(() => counted(source, 2), patience).toBe(4) // it swaps by its own last report
    expect(
      (await readPosition(store, partitionKeys(source.name, 0, 2), source))!.standing.offsets,
    ).toMatchObject({ data: 2, skipped: 4 })
    expect((await readPosition(store, partitionKeys(source.name, 1, 2), source))!.standing).toMatchObject({
      offsets: { data: 4, skipped: 0 },
      events: { counted: 2, rejected: 1 },
    })
  })

  test('rebuild counts a topic that was made anew, though it holds less', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await stop(before)
    for (const partition of [0, 1])
      await store.pipeline([
        ['HSET', partitionKeys(source.name, partition, 1).pos, 'next', 70, 'o:data', 70, 'lastOffset', 69],
      ])
    await start(source)
    await expect
      .poll(() => command('list', '--source', source.name), patience)
      .toContain('HALTED LOG_ENDS_EARLIER')
    expect(await command('list', '--source', source.name)).toContain(
      `to go past it: tidemark partition rebuild --source ${source.name} --why "..."`,
    )
    await command('rebuild', '--source', source.name, '--why', 'made anew', '--yes', source.name)
    await standsWith(source, '1 old, 2 active')
    expect(await counted(source, 2)).toBe(40)
    expect(await command('list', '--source', source.name)).toContain('at the end')
  })
})
