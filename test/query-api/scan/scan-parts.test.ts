/** What a reader is given of an answer while the log is read for it: in doubt, said so, and then the answer itself. */
import { describe, expect, test, vi } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { Parts } from '../../../query-api/scan/parts.ts'
import { newestFirst, Reached } from '../../../query-api/scan/stretches.ts'
import type { LivePart, LiveReset, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { testSource, type Sent } from '../fill.ts'
import { randomEvents, T0, world, type World } from './scan-world.ts'

const RECORDS = 300
const STRETCH = 64
const MINUTE = 60_000

/** A log that is read a stretch at a time: the reading of `at` and of what is before it waits until it is let go of. */
async function slowly(more: object = {}): Promise<{ own: World; let: (at: number) => void }> {
  const own = await world(store, {
    parts: { stretchOffsets: STRETCH, leastMs: 0, share: Infinity },
    limits: { partMs: 0 },
    ...more,
  })
  const events = randomEvents(RECORDS, 11)
  for (let at = 0; at < RECORDS; at += 20) await own.send(0, events.slice(at, at + 20))
  let [waits, isBefore]: [(() => void)[], (offset: number) => boolean] = [[], () => true]
  own.log.before = (offset) => (isBefore(offset) ? new Promise((go) => waits.push(go)) : Promise.resolve())
  const letGo = (at: number): void => {
    isBefore = (offset) => offset < at
    const going = waits
    waits = []
    for (const go of going) go()
  }
  return { own, let: letGo }
}

const question = (name: string, more = 'by=visitor'): string =>
  `metric=${name}.events&interval=1m&limit=500&from=${T0}&to=${T0 + 600_000}&${more}`
const plain = (events: readonly Sent[], minute: number): number =>
  events.filter(({ ts }) => Math.floor((ts - T0) / MINUTE) === minute).length
const sums = ({ series, timesMs }: SeriesAnswer): (number | null)[] =>
  timesMs.map((_, at) =>
    series.every(({ values }) => values[at] === null)
      ? null
      : series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
  )

describe('the part that is read', () => {
  test('is of the newest records, says how much it is, and knows nothing of the time before; then comes the answer', async () => {
    const { own, let: letGo } = await slowly()
    const parts: SeriesAnswer[] = []
    const session = own.scans.series(readSeriesQuery(question(own.name)))
    const answer = session.answer(await own.sources.get(own.name), { part: (part) => parts.push(part) })
    letGo(2 * STRETCH)
    await vi.waitFor(() => expect(parts.at(-1)?.meta.reading?.records).toBe(RECORDS - 2 * STRETCH), 10_000)
    const { meta } = parts.at(-1)!
    expect(meta).toMatchObject({ complete: 0, asOfMs: null, lagMs: null, from: 'log' })
    expect(meta.reading).toMatchObject({ total: RECORDS, newestFirst: true, knownToMs: expect.any(Number) })
    expect(meta).not.toHaveProperty('lostBeforeMs')
    const seen = sums(parts.at(-1)!)
    const first = Math.floor((own.sent[2 * STRETCH]!.ts - T0) / MINUTE)
    expect(seen.slice(0, first)).toEqual(Array.from({ length: first }, () => null))
    for (let minute = first + 1; minute < 10; minute++) expect(seen[minute]).toBe(plain(own.sent, minute))
    letGo(0)
    const whole = await answer
    expect(sums(whole)).toEqual(Array.from({ length: 10 }, (_, minute) => plain(own.sent, minute)))
    expect(whole.meta).not.toHaveProperty('reading')
    expect(whole.meta.asOfMs).not.toBeNull()
    // Each part is of more than the one before, and none comes once the answer is there.
    const read = parts.map((part) => part.meta.reading!.records)
    expect(read).toEqual(read.toSorted((a, b) => a - b))
    expect(read.every((records) => records < RECORDS)).toBe(true)
    const told = parts.length
    await own.send(0, randomEvents(20, 12))
    await session.answer(await own.sources.get(own.name), { part: (part) => parts.push(part) })
    expect(parts.length).toBe(told)
    session.release()
  })

  test('is of the oldest where duplicates are known by what came before', async () => {
    const source = testSource('parted', undefined, undefined, { id: 'visitor' })
    const { own, let: letGo } = await slowly({ source })
    const parts: SeriesAnswer[] = []
    const session = own.scans.series(readSeriesQuery(question(own.name)))
    const answer = session.answer(await own.sources.get(own.name), { part: (part) => parts.push(part) })
    // From the first record on: what waits is let go of by and by.
    own.log.before = (offset) => (offset > 100 ? new Promise((go) => waits.push(go)) : Promise.resolve())
    const waits: (() => void)[] = []
    letGo(0)
    await vi.waitFor(() => expect(waits.length).toBeGreaterThan(0), 10_000)
    await new Promise((turn) => setTimeout(turn, 20))
    own.log.before = null
    for (const go of waits) go()
    const whole = await answer
    expect(whole.series.map(({ values }) => values.reduce((sum, one) => sum! + (one ?? 0), 0))).toEqual(
      whole.series.map(() => 1),
    )
    for (const { meta } of parts) expect(meta.reading!.newestFirst).toBe(false)
    session.release()
  })

  test('a ranking has parts too; one who asks for none costs none; one who leaves ends the reading', async () => {
    const { own, let: letGo } = await slowly()
    const parts: TopAnswer[] = []
    const leaves = new AbortController()
    const query = readTopQuery(`metric=${own.name}.events&by=visitor&from=${T0}&to=${T0 + 600_000}&limit=100`)
    const answer = own.scans
      .top(query)
      .answer(await own.sources.get(own.name), { part: (part) => parts.push(part), signal: leaves.signal })
    letGo(3 * STRETCH)
    await vi.waitFor(() => expect(parts.length).toBeGreaterThan(0), 10_000)
    const total = parts.at(-1)!.total.value!
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThanOrEqual(RECORDS - 3 * STRETCH)
    const left = answer.catch(() => 'left')
    leaves.abort()
    letGo(0)
    expect(await left).toBe('left')
    expect(own.scans.kept).toEqual({ scans: 0, cells: 0 })
  })
})

test('a live stream: parts until the first answer, by which a reader can tell them from it, and none after', async () => {
  const { own, let: letGo } = await slowly()
  const app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    now: () => own.nowMs,
    scans: own.scans,
  })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const source = new TestEventSource(
    `${base}/v1/live?q=${encodeURIComponent(`series?${question(own.name)}`)}`,
  )
  try {
    letGo(2 * STRETCH)
    const { data } = await source.until(({ event }) => event === 'part')
    const { q, part } = data as LivePart
    expect([q, part.meta.complete, part.meta.reading!.total]).toEqual([0, 0, RECORDS])
    expect(source.answer(0)).toBeNull()
    letGo(0)
    const reset = await source.until(({ event }) => event === 'reset')
    const answer = (reset.data as LiveReset<SeriesAnswer>).answer
    expect(sums(answer)).toEqual(Array.from({ length: 10 }, (_, minute) => plain(own.sent, minute)))
    await own.send(0, [{ ts: T0 + 5000, visitor: 'late' }])
    await source.until(() => source.answer(0)!.series.some(({ labels }) => labels['visitor'] === 'late'))
    const names = source.heard.map(({ event }) => event)
    expect(names.lastIndexOf('part')).toBeLessThan(names.indexOf('reset'))
  } finally {
    source.close()
    await app.close()
  }
})

test('stretches are whole multiples, newest first, and leave nothing out', () => {
  expect(newestFirst(70, 200, 64)).toEqual([
    { from: 192, until: 200 },
    { from: 128, until: 192 },
    { from: 70, until: 128 },
  ])
  expect(newestFirst(5, 5, 64)).toEqual([])
  expect(newestFirst(5, 64, 64)).toEqual([{ from: 5, until: 64 }])
})

test('how far back is read goes by the middle of many clocks, not by one that is wrong', () => {
  const reached = new Reached()
  reached.begin()
  for (const ms of [500, 1, 510, 505, 9e12]) reached.read(ms)
  expect(reached.ms).toBe(Infinity)
  reached.end()
  expect(reached.ms).toBe(505)
  reached.begin()
  reached.read(-Infinity)
  reached.end()
  expect(reached.ms).toBe(505)
})

test('parts that cannot be made are none, and what is made when all is read is not told', async () => {
  const told: number[] = []
  let make = (): Promise<number> => Promise.reject(new Error('the store is away'))
  const forgot = vi.fn()
  const parts = new Parts({
    make: () => make(),
    told: (one: number) => told.push(one),
    forget: forgot,
    leastMs: 0,
  })
  parts.more()
  await new Promise((turn) => setTimeout(turn, 10))
  let answer: ((one: number) => void) | null = null
  make = () => new Promise((done) => (answer = done))
  parts.more()
  await vi.waitFor(() => expect(answer).not.toBeNull(), 5000)
  parts.end()
  expect(forgot).not.toHaveBeenCalled()
  answer!(7)
  await vi.waitFor(() => expect(forgot).toHaveBeenCalledOnce(), 10_000)
  expect(told).toEqual([])
})
