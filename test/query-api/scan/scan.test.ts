/** Questions that no breakdown holds, answered from the log: beside a plain recount of the events, over a real store. */
import { beforeAll, describe, expect, test } from 'vitest'
import { parseCondition, type Condition } from '../../../query-api/language/conditions.ts'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { LogError } from '../../../log/errors.ts'
import { store } from '../../harness/own-store.ts'
import { randomEvents, T0, world, type World } from './scan-world.ts'

const conditions = (...texts: string[]): Condition[] => texts.map((text) => parseCondition(text) as Condition)
const RANGE = `from=${T0}&to=${T0 + 600_000}`
const questionOf = (name: string): string => `metric=${name}.events&by=visitor&interval=1m&${RANGE}`

describe('a scan of the log', () => {
  let own: World
  beforeAll(async () => {
    own = await world(store, { partitions: 2 })
    const events = randomEvents(400, 7)
    await own.send(
      0,
      events.filter((_, at) => at % 3 > 0),
    )
    await own.send(
      1,
      events.filter((_, at) => at % 3 === 0),
    )
  })

  test('series of a field that no breakdown holds, filtered by two others, are what the events say', async () => {
    const query = readSeriesQuery(
      `metric=${own.name}.events&by=device&where=visitor:not:v1,v2&where=country:is:DE,IT&interval=1m&${RANGE}`,
    )
    const answer = await own.scans.series(query).answer(await own.sources.get(own.name))
    const expected = new Map<string | null, number[]>()
    for (const { ts, visitor, country, device = null } of own.sent) {
      if (['v1', 'v2'].includes(visitor!) || !['DE', 'IT'].includes(country!) || ts >= T0 + 600_000) continue
      const row = expected.get(device) ?? new Array<number>(10).fill(0)
      expected.set(device, row)
      row[Math.floor((ts - T0) / 60_000)]!++
    }
    expect(Object.fromEntries(answer.series.map(({ labels, values }) => [labels['device'], values]))).toEqual(
      Object.fromEntries(expected),
    )
    expect(answer.meta).toMatchObject({ from: 'log', scannedRecords: 400, complete: 1, by: 'device' })
    expect(answer.meta.vector).toEqual({ 0: own.log.end(0), 1: own.log.end(1) })
  })

  test('numbers are compared and groups are met, for sums too', async () => {
    const query = readTopQuery(`metric=${own.name}.revenue&by=visitor&limit=1000&${RANGE}`)
    const asked = conditions('(country:is:FR|load:gt:250)', 'load:between:10,280')
    const answer = await own.scans
      .top({ ...query, conditions: asked })
      .answer(await own.sources.get(own.name))
    const expected = new Map<string, number>()
    for (const { ts, visitor, country, load = NaN, paid } of own.sent) {
      if (!(country === 'FR' || load > 250) || !(load >= 10 && load <= 280) || ts >= T0 + 600_000) continue
      expected.set(visitor!, (expected.get(visitor!) ?? 0) + Math.round((paid ?? 0) * 100))
    }
    const found = answer.rows.map(
      ({ labels, value }) => [labels['visitor'], Math.round(value! * 100)] as const,
    )
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
    expect(expected.size).toBeGreaterThan(10)
  })

  test('an equal question reads nothing again, and what came since is read on', async () => {
    const query = readSeriesQuery(
      `metric=${own.name}.load.max&by=visitor,country,device&interval=1m&limit=500&${RANGE}`,
    )
    const open = await own.sources.get(own.name)
    const [first, second] = await Promise.all([
      own.scans.series(query).answer(open),
      own.scans.series(query).answer(open),
    ])
    expect(first.meta.scannedRecords).toBe(own.sent.length)
    expect(second).toEqual(first)
    const before = own.log.reads.length
    const third = own.scans.series(query)
    expect((await third.answer(open)).series).toEqual(first.series)
    expect(own.log.reads.length).toBe(before)
    await own.send(0, [{ ts: T0 + 1000, visitor: 'late', country: 'DE', device: 'desk', load: 5 }])
    const after = await third.answer(await own.sources.get(own.name))
    expect(own.log.reads.length).toBe(before + 1)
    expect(after.series.find(({ labels }) => labels['visitor'] === 'late')!.values[0]).toBe(5)
    third.release()
  })
})

describe('limits of a scan', () => {
  test('too many records are refused before one is read, with the line to add and what it takes', async () => {
    const own = await world(store, { limits: { records: 99 } })
    await own.send(0, randomEvents(100, 3))
    const asked = own.scans
      .series(readSeriesQuery(questionOf(own.name)))
      .answer(await own.sources.get(own.name))
    await expect(asked).rejects.toMatchObject({
      kind: 'scan_too_long',
      message: expect.stringMatching(
        /100 records .* may read 99; .* add visitor to "breakdowns:" .* takes at most/,
      ),
    })
    expect(own.log.reads).toEqual([])
  })

  test('too many groups are refused, and nothing of it stays', async () => {
    const own = await world(store, { mostCells: 20 })
    await own.send(0, randomEvents(100, 3))
    const session = own.scans.series(readSeriesQuery(questionOf(own.name)))
    await expect(session.answer(await own.sources.get(own.name))).rejects.toMatchObject({
      kind: 'too_many_cells',
    })
    session.release()
    expect(own.scans.kept).toEqual({ scans: 0, cells: 0 })
  })

  test('one that nobody waits for any more ends; beyond two at once they wait, and beyond that they are refused', async () => {
    const own = await world(store, { limits: { atOnce: 1, waiting: 1 } })
    await own.send(0, randomEvents(50, 3))
    let go = (): void => {}
    own.log.gate = new Promise((done) => (go = done))
    const open = await own.sources.get(own.name)
    const ask = (text: string, signal?: AbortSignal): Promise<unknown> =>
      own.scans
        .series(readSeriesQuery(questionOf(own.name).replace('events', text)))
        .answer(open, signal && { signal })
        .then(
          () => 'answered',
          (error: { kind?: string }) => error.kind ?? 'left',
        )
    const leaves = new AbortController()
    const first = ask('events', leaves.signal)
    await new Promise((done) => setTimeout(done, 20))
    const waited = new AbortController()
    const gone = ask('revenue', waited.signal)
    await new Promise((done) => setTimeout(done, 20))
    waited.abort()
    expect(await gone).toBe('left')
    const second = ask('phones') // in the place of the one who left
    await new Promise((done) => setTimeout(done, 20))
    expect(await ask('revenue')).toBe('too_busy')
    leaves.abort()
    go()
    expect(await first).toBe('left')
    expect(await second).toBe('answered')
    expect(own.scans.kept.scans).toBe(1)
  })
})

describe('what the log no longer holds', () => {
  test('is said: windows of before are not known', async () => {
    const own = await world(store)
    await own.send(0, randomEvents(100, 5))
    own.log.trim(0, 50)
    // A batch is read whole: the records below the beginning are not counted.
    const query = readSeriesQuery(
      `metric=${own.name}.events&by=visitor&interval=1m&from=${T0 - 300_000}&to=${T0 + 600_000}`,
    )
    const { meta, series } = await own.scans.series(query).answer(await own.sources.get(own.name))
    expect(meta.lostBeforeMs).toBeGreaterThan(T0)
    const known = Math.floor((meta.lostBeforeMs! - T0 + 300_000) / 60_000)
    expect(series.every(({ values }) => values.slice(0, known).every((value) => value === null))).toBe(true)
  })

  test('a record that compaction took is no zero: the question is refused', async () => {
    const own = await world(store)
    for (let batch = 0; batch < 3; batch++) await own.send(0, randomEvents(10, batch))
    own.log.drop(0, 1)
    const query = readSeriesQuery(questionOf(own.name))
    await expect(own.scans.series(query).answer(await own.sources.get(own.name))).rejects.toMatchObject({
      kind: 'breakdown_needed',
      message: expect.stringContaining('offset 10 was counted, and the log no longer holds it'),
    })
  })

  test('a Kafka that does not answer, and one of another cluster, are told apart', async () => {
    const own = await world(store)
    await own.send(0, randomEvents(10, 1))
    const ask = async (): Promise<unknown> =>
      own.scans.series(readSeriesQuery(questionOf(own.name))).answer(await own.sources.get(own.name))
    own.log.fault = new LogError('LOG_UNREACHABLE', 'broker 7 at 10.1.2.3')
    await expect(ask()).rejects.toMatchObject({
      kind: 'log_unreachable',
      retry: true,
      message: expect.not.stringContaining('10.1.2.3'),
    })
    own.log.fault = null
    own.log.cluster = 'another'
    await expect(ask()).rejects.toMatchObject({
      kind: 'breakdown_needed',
      message: expect.stringContaining('Kafka here is cluster another, and cluster test was counted'),
    })
    own.log.cluster = 'test'
    expect(await ask()).toMatchObject({ meta: { scannedRecords: 10 } })
  })
})
