import { openBatch } from '../../log/walk.ts'
import { expect, test } from 'vitest'
import type { PartitionOptions } from '../../ingest/partition-options.ts'
import { readPosition } from '../../store/calls/open.ts'
import { countedIn, fetchOf, openHarness, recordsOf, type Harness } from './loop.ts'
import { running, store } from './partition-store.ts'

const harness = (changes: Partial<PartitionOptions> = {}): Harness => openHarness(store, running, changes)
const position = (h: Harness) => readPosition(store, h.keys, h.source)
const next = async (h: Harness): Promise<number | undefined> => (await position(h))?.state.next
const totalOf = async (h: Harness): Promise<number> => (await countedIn(h, store)).counted

test('what is fetched is counted, and the ledgers add up', async () => {
  const h = harness()
  expect(await h.worker.start()).toBe(0)
  h.worker.push(fetchOf(recordsOf(0, 500)))
  h.worker.push(fetchOf(recordsOf(500, 900, { malformedEvery: 100 })))
  await expect.poll(() => next(h)).toBe(900)
  const { state } = (await position(h))!
  expect(state.offsets).toEqual({ data: 900, control: 0, aborted: 0, compacted: 0, skipped: 0 })
  expect(state.events).toMatchObject({ counted: 896, rejected: 4 })
  expect(await totalOf(h)).toBe(896)
})

test('L2, L3: after a refusal nothing is believed; the store is asked, and every record still counts once', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 100)))
  await expect.poll(() => next(h)).toBe(100)
  await store.pipeline([['HINCRBY', h.keys.pos, 'rev', 1]]) // an operator's hand
  h.worker.push(fetchOf(recordsOf(100, 200)))
  await expect.poll(() => h.seen.seeks.at(-1), { timeout: 5000 }).toBe(100)
  h.worker.push(fetchOf(recordsOf(100, 200)))
  await expect.poll(() => next(h)).toBe(200)
  expect(await totalOf(h)).toBe(200)
})

test('L2: of two workers on one partition each record counts once', async () => {
  const one = harness()
  const two = harness({ keys: one.keys, source: one.source, def: one.def })
  await Promise.all([one.worker.start(), two.worker.start()])
  for (let from = 0; from < 1000; from += 100)
    for (const { worker, seen } of [one, two]) {
      // Each reads on where the store sent it last, as a consumer would.
      const at = Math.max(seen.seeks.at(-1) ?? 0, 0)
      worker.push(fetchOf(recordsOf(at, at + 100)))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  const reached = (await next(one))!
  expect(reached).toBeGreaterThan(0)
  await one.worker.stop()
  await two.worker.stop()
  expect(await totalOf(one)).toBe((await next(one))!)
})

test('L7: a store that lost the partition gets it again from the log, and what was left of it goes first', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 100)))
  await expect.poll(() => next(h)).toBe(100)
  await store.pipeline([['DEL', h.keys.pos]])
  await expect.poll(() => h.seen.seeks, { timeout: 5000 }).toEqual([0, 0])
  h.worker.push(fetchOf(recordsOf(0, 150)))
  await expect.poll(() => next(h)).toBe(150)
  expect(await totalOf(h)).toBe(150)
  expect((await position(h))!.rewinds).toBe(1)
  expect(h.seen.log.join('\n')).toContain('the store lost this partition')
})

test('L7: a store behind what the group committed is a rewind, counted', async () => {
  const h = harness({ committed: async () => 70 })
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 100)))
  await expect.poll(() => next(h)).toBe(100)
  expect((await position(h))!.rewinds).toBe(1)
})

test('L5: an unexplained gap halts the partition where it stands, and says so', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(h)).toBe(10)
  h.worker.push(fetchOf(recordsOf(12, 20)))
  await expect.poll(() => h.worker.halted?.code).toBe('UNEXPLAINED_GAP')
  expect(await next(h)).toBe(10)
  expect(h.seen.pauses).toBe(1)
})

test('L7: a log that was trimmed above the cursor, or ends before it, halts the partition', async () => {
  const ranges = [
    { logStart: 50, logEnd: 90, code: 'LOG_STARTS_LATER' },
    { logStart: 0, logEnd: 5, code: 'LOG_ENDS_EARLIER' },
  ]
  for (const { code, ...range } of ranges) {
    const h = harness()
    await h.worker.start()
    h.worker.push(fetchOf(recordsOf(0, 10)))
    await expect.poll(() => next(h)).toBe(10)
    h.worker.push({ ...fetchOf([]), ...range })
    await expect.poll(() => h.worker.halted?.code).toBe(code)
    expect(await next(h)).toBe(10)
  }
})

test('L7: an end that one answer puts too early halts nothing: the leader is asked, and reading goes on where it stood', async () => {
  const asked: number[] = []
  const h = harness({ endsBefore: async (next) => asked.push(next) > 99 })
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(h)).toBe(10)
  for (const logEnd of [9, 5, 0]) {
    h.worker.push({ ...fetchOf([]), logEnd })
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    expect(asked.splice(0)).toEqual([10])
    await expect.poll(() => h.seen.seeks.at(-1)).toBe(10)
  }
  h.worker.push(fetchOf(recordsOf(10, 20)))
  await expect.poll(() => next(h)).toBe(20)
  expect(h.worker.halted).toBe(null)
})

test('L7: a topic that was made anew while it was read halts the partition, however far the new one reaches', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(h)).toBe(10)
  h.worker.push({ ...fetchOf([]), logEnd: 500, isAnotherLog: true })
  await expect.poll(() => h.worker.halted?.code).toBe('ANOTHER_LOG')
  expect(await next(h)).toBe(10)
})

test('L7: what a fetch saw before another worker went on says nothing about the log', async () => {
  const one = harness()
  await one.worker.start()
  one.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(one)).toBe(10)
  const two = harness({ keys: one.keys, source: one.source, def: one.def })
  await two.worker.start()
  two.worker.push(fetchOf(recordsOf(10, 20)))
  await expect.poll(() => next(one)).toBe(20)
  await two.worker.stop()
  await expect.poll(() => one.seen.seeks.at(-1), { timeout: 5000 }).toBe(20) // its next beat was refused
  one.worker.push(fetchOf(recordsOf(20, 30)))
  await expect.poll(() => next(one)).toBe(30)
  expect(one.worker.halted).toBe(null)
})

test('L7: another log is told by its last counted record', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(h)).toBe(10)
  await h.worker.stop()
  const cursor = openBatch(recordsOf(0, 10)[0]!.bytes)
  while (cursor.next());
  const same = { key: cursor.key(), value: cursor.value() }
  const again = (recordAt: PartitionOptions['recordAt']): Harness =>
    harness({ keys: h.keys, source: h.source, def: h.def, recordAt })
  expect(await again(async () => same).worker.start()).toBe(10)
  expect(await again(async () => 'below-log-start').worker.start()).toBe(10)
  for (const [recordAt, code] of [
    [async () => ({ ...same, value: Buffer.from('{}') }), 'ANOTHER_LOG'],
    [async () => 'beyond-end' as const, 'LOG_ENDS_EARLIER'],
  ] as const) {
    const other = again(recordAt)
    expect(await other.worker.start()).toBe(null)
    expect(other.worker.halted?.code).toBe(code)
  }
})

test('another definition of the source halts before anything is written', async () => {
  const h = harness()
  await h.worker.start()
  const other = harness({ keys: h.keys, source: h.source, def: 'f'.repeat(64) })
  expect(await other.worker.start()).toBe(null)
  expect(other.worker.halted?.code).toBe('DEFINITION_CHANGED')
})

test('L9: a quiet partition says every second that it is alive, without a feed entry or a new rev', async () => {
  const h = harness()
  await h.worker.start()
  h.worker.push(fetchOf(recordsOf(0, 10)))
  await expect.poll(() => next(h)).toBe(10)
  const feedLength = async (): Promise<unknown> => (await store.pipeline([['XLEN', h.keys.feed]]))[0]
  const before = await feedLength()
  const applied = h.seen.applied
  h.worker.push({ ...fetchOf([]), logEnd: 10, fetchedAtMs: 1_999_999_999_999 })
  await expect.poll(async () => (await position(h))!.endAtMs, { timeout: 5000 }).toBe(1_999_999_999_999)
  expect(h.seen.applied).toBeGreaterThan(applied)
  expect(await feedLength()).toBe(before)
  expect((await position(h))!.rev).toBe('1')
})

test('L10: above 8 MB the partition is paused, and resumed when the queue has drained', async () => {
  const h = harness()
  await h.worker.start()
  for (let from = 0; from < 60_000; from += 5000)
    h.worker.push(fetchOf(recordsOf(from, from + 5000, { padding: 120 })))
  expect(h.seen.pauses).toBe(1)
  await expect.poll(() => next(h), { timeout: 20_000 }).toBe(60_000)
  expect(h.seen.resumes).toBe(1)
})

test('L11: what the log clock has passed is unlinked, and only that', async () => {
  const h = harness()
  await h.worker.start()
  const hourMs = 3_600_000
  h.worker.push(fetchOf(recordsOf(0, 50)))
  await expect.poll(() => next(h)).toBe(50)
  const chunks = async (interval: string): Promise<number> =>
    ((await store.pipeline([['KEYS', h.keys.of(`c:*:${interval}:*`)]]))[0] as Buffer[]).length
  const [seconds, days] = [await chunks('1s'), await chunks('1h')]
  expect(seconds).toBeGreaterThan(0)
  h.worker.push(fetchOf(recordsOf(50, 60, { afterMs: 24 * hourMs })))
  h.worker.push(fetchOf(recordsOf(60, 61, { afterMs: 24 * hourMs })))
  const passed = async (): Promise<number> =>
    (
      (
        await store.pipeline([
          ['ZRANGE', h.keys.due, '-inf', String((await position(h))!.state.logClockMs), 'BYSCORE'],
        ])
      )[0] as Buffer[]
    ).length
  await expect.poll(async () => ((await next(h)) === 61 ? passed() : -1), { timeout: 8000 }).toBe(0)
  expect(await chunks('1s')).toBeLessThan(seconds * 2)
  expect(await chunks('1h')).toBeGreaterThanOrEqual(days)
})
