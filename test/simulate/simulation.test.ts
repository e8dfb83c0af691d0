import { expect, test } from 'vitest'
import { createClicks } from '../../ingest/simulate/clicks.ts'
import { sourceNames, type Click, type SimulatedRecord } from '../../ingest/simulate/events.ts'
import { createRandom } from '../../ingest/simulate/random.ts'
import { backfill, paced, spread } from '../../ingest/simulate/schedule.ts'
import { createSimulation, type SimulationOptions } from '../../ingest/simulate/simulation.ts'
import { busyness } from '../../ingest/simulate/site.ts'
import { faults } from '../../ingest/simulate/spoil.ts'
import { openLedger, truthTable } from '../../ingest/simulate/truth.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'

const startMs = Date.UTC(2026, 4, 1, 9)
const SPAN_MS = 15 * 60_000
const usual: SimulationOptions = {
  seed: 11,
  sources: sourceNames,
  late: 0.01,
  duplicate: 0.005,
  malformed: 0.02,
}

function make(options: SimulationOptions, count: number): SimulatedRecord[] {
  const simulation = createSimulation(options)
  return [...spread(count, startMs, SPAN_MS)].flat().map((timeMs) => simulation.next(timeMs))
}

function book(records: readonly SimulatedRecord[]) {
  const ledger = openLedger(11, new Map(sourceNames.map((name) => [name, { topic: name, partitions: 1 }])))
  for (const record of records) ledger.add(record, 0)
  return ledger.truth
}

test('the same seed and times give the same bytes and the same truth', () => {
  const [once, again] = [make(usual, 5_000), make(usual, 5_000)]
  expect(again).toEqual(once)
  expect(book(again)).toEqual(book(once))
  expect(make({ ...usual, seed: 12 }, 100)).not.toEqual(once.slice(0, 100))
})

test('what the simulator calls good is good to the decoder of the worker, and each fault is rejected for its own reason', () => {
  const decoders = new Map(readDefinition(shipped).map((source) => [source.name, compileDecoder(source)]))
  const seen = new Set<string>()
  for (const { source, value, fault, event, eventMs, key } of make({ ...usual, malformed: 0.2 }, 20_000)) {
    const decoded = decoders.get(source)!(value, startMs + SPAN_MS)
    if (fault === null) {
      if (!('events' in decoded)) throw new Error(`${decoded.reject.reason}: ${value?.toString()}`)
      expect(decoded.events[0]!.timeMs).toBe(eventMs)
      expect(event === null ? null : 'visitor' in event ? event.visitor : event.device).toBe(key)
    } else {
      expect('reject' in decoded && decoded.reject.reason, value?.toString('latin1')).toBe(fault)
      seen.add(fault)
    }
  }
  expect([...seen].toSorted()).toEqual(faults.toSorted())
})

test('the truth is what a recount of the bytes finds', () => {
  const records = make(usual, 30_000)
  const { sources } = book(records)
  const clicks = records
    .filter(({ source, fault }) => source === 'clicks' && fault === null)
    .map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>)
  expect(sources.clicks?.events).toBe(clicks.length)
  expect(sources.clicks?.by['type']?.['purchase']).toBe(
    clicks.filter(({ type }) => type === 'purchase').length,
  )
  expect(sources.clicks?.by['country']?.['DE']).toBe(clicks.filter(({ country }) => country === 'DE').length)
  // Added as integers of the decimal text, so that no double rounds on the way.
  const cents = clicks.reduce(
    (sum, { amount }) =>
      sum + (amount === undefined ? 0n : BigInt(Number(amount).toFixed(2).replace('.', ''))),
    0n,
  )
  expect(BigInt(sources.clicks!.sums['amountCents']!)).toBe(cents)
  expect(cents).toBeGreaterThan(0n)
  expect(sources.readings!.records + sources.clicks!.records).toBe(30_000)
  const totals = Object.values(sources)
  expect(totals.reduce((sum, { late }) => sum + late, 0) / 30_000).toBeCloseTo(0.01, 2)
  expect(totals.reduce((sum, { duplicates }) => sum + duplicates, 0) / 30_000).toBeCloseTo(0.005, 2)
  for (const of of totals)
    expect(of.events + Object.values(of.malformed).reduce((sum, count) => sum + count, 0)).toBe(of.records)
  expect(truthTable(book(records))).toContain(`clicks: ${sources.clicks!.records} records`)
})

test('late events lie 5 s to 6 h back, all others rise with the clock', () => {
  let beforeMs = 0
  for (const { eventMs, late, duplicate, fault } of make({ ...usual, late: 0.2 }, 5_000)) {
    if (late || duplicate || fault !== null) continue
    expect(eventMs).toBeGreaterThanOrEqual(beforeMs)
    beforeMs = eventMs
  }
  const simulation = createSimulation({ ...usual, late: 1, duplicate: 0, malformed: 0 })
  for (let at = 0; at < 2_000; at++) {
    const backMs = startMs - simulation.next(startMs).eventMs
    expect(backMs).toBeGreaterThanOrEqual(5_000)
    expect(backMs).toBeLessThanOrEqual(6 * 3_600_000)
  }
})

test('a duplicate is the same bytes under the same key as an earlier record', () => {
  const earlier = new Set<string>()
  let duplicates = 0
  for (const { key, value, duplicate } of make({ ...usual, duplicate: 0.1 }, 5_000)) {
    const said = `${key} ${value?.toString('latin1')}`
    if (duplicate) {
      duplicates++
      expect(earlier.has(said)).toBe(true)
    }
    earlier.add(said)
  }
  expect(duplicates).toBeGreaterThan(300)
})

test('clicks look like a site: sessions begin with a page view, popularity falls, purchases have two decimals', () => {
  const records = make({ ...usual, sources: ['clicks'], late: 0, duplicate: 0, malformed: 0 }, 40_000)
  const clicks = records.map(({ event }) => event).filter((event) => event !== null && 'visitor' in event)
  const count = (path: string) => clicks.filter((click) => click.path === path).length
  expect(count('/')).toBeGreaterThan(count('/products'))
  expect(count('/products')).toBeGreaterThan(count('/docs/faq') * 5)
  const shares = { page_view: 0, click: 0, purchase: 0 }
  for (const click of clicks) {
    shares[click.type]++
    expect(click.amount !== undefined).toBe(click.type === 'purchase')
    expect(click.loadMs !== undefined).toBe(click.type === 'page_view')
  }
  expect(shares.page_view).toBeGreaterThan(shares.click)
  expect(shares.click).toBeGreaterThan(shares.purchase)
  expect(shares.purchase / clicks.length).toBeGreaterThan(0.003)
  expect(new Set(clicks.map(({ country }) => country)).size).toBe(16)
})

test('visitors look like people: some leave at once, others read on, fewer go each step to a purchase, and some come back', () => {
  const next = createClicks(createRandom(3)).next
  const byVisitor = new Map<string, Click[]>()
  // Twenty minutes at the demo's rate: visits that began early have ended.
  for (let at = 0; at < 96_000; at++) {
    const click = next(startMs + at * 12.5)
    const known = byVisitor.get(click.visitor)
    if (known === undefined) byVisitor.set(click.visitor, [click])
    else known.push(click)
  }
  const timeOf = ({ ts }: Click): number => Date.parse(ts)
  const visits: Click[][] = []
  let returns = 0
  for (const clicks of byVisitor.values()) {
    expect(new Set(clicks.map(({ country, device }) => `${country} ${device}`)).size).toBe(1)
    let visit: Click[] = []
    for (const click of clicks) {
      const last = visit.at(-1)
      if (last !== undefined && timeOf(click) - timeOf(last) > 300_000) {
        visits.push(visit)
        visit = []
        returns++
      }
      visit.push(click)
    }
    visits.push(visit)
  }
  const share = (of: (visit: readonly Click[]) => boolean): number => visits.filter(of).length / visits.length
  const steps = ['/products/', '/cart', '/checkout'].map((path) =>
    share((visit) => visit.some((click) => click.path.startsWith(path))),
  )
  const bought = share((visit) => visit.some(({ type }) => type === 'purchase'))
  for (const [at, step] of steps.entries()) expect(step).toBeGreaterThan(1.5 * (steps[at + 1] ?? bought))
  expect(bought).toBeGreaterThan(0.01)
  const bounced = share(({ length }) => length === 1)
  expect([bounced > 0.25, bounced < 0.5, returns > 100]).toEqual([true, true, true])
  const lengthsMs = visits
    .filter(({ length }) => length > 1)
    .map((one) => timeOf(one.at(-1)!) - timeOf(one[0]!))
  expect(lengthsMs.reduce((sum, ms) => sum + ms, 0) / lengthsMs.length).toBeGreaterThan(60_000)
  // Whoever was here is known by the same name on another day, in another run.
  const dayLater = createClicks(createRandom(4)).next
  const again = Array.from({ length: 96_000 }, (_, at) => dayLater(startMs + 86_400_000 + at * 12.5).visitor)
  expect(new Set(again.filter((visitor) => byVisitor.has(visitor))).size).toBeGreaterThan(20)
})

test('nothing comes late from before a beginning', () => {
  const { next } = createSimulation({ ...usual, sources: ['clicks'], late: 0.5, sinceMs: startMs })
  const made = [...spread(2_000, startMs, SPAN_MS)].flat().map(next)
  expect(Math.min(...made.map(({ eventMs }) => eventMs))).toBe(startMs)
  expect(made.filter(({ late }) => late).length).toBeGreaterThan(500)
})

test('devices report all signals, stay within their bounds, and some fall silent for more than two minutes', () => {
  const simulation = createSimulation({
    ...usual,
    sources: ['readings'],
    late: 0,
    duplicate: 0,
    malformed: 0,
  })
  const lastMs = new Map<string, number>()
  let longestSilenceMs = 0
  for (let timeMs = startMs; timeMs < startMs + 3_600_000; timeMs += 50) {
    const { event } = simulation.next(timeMs)
    if (event === null || !('signal' in event)) throw new Error('not a reading')
    longestSilenceMs = Math.max(longestSilenceMs, timeMs - (lastMs.get(event.device) ?? timeMs))
    lastMs.set(event.device, timeMs)
    if (event.signal === 'humidity') expect(event.value).toBeLessThanOrEqual(100)
    expect(Math.round(event.value * 100)).toBeCloseTo(event.value * 100, 6)
  }
  expect(lastMs.size).toBe(24)
  expect(longestSilenceMs).toBeGreaterThan(120_000)
  expect(longestSilenceMs).toBeLessThan(400_000)
})

test('spread and backfill cover their range with the asked number of times', () => {
  const times = [...spread(4_321, startMs, SPAN_MS)].flat()
  expect(times.length).toBe(4_321)
  expect(times[0]).toBe(startMs)
  expect(times.at(-1)).toBeLessThan(startMs + SPAN_MS)
  const past = [...backfill(startMs, startMs + SPAN_MS, () => 120)].flat()
  expect(past.length).toBe(120 * 900)
  expect(past).toEqual(past.toSorted((a, b) => a - b))
  expect(past.at(-1)).toBeLessThan(startMs + SPAN_MS)
})

test('a paced run follows the clock, catches up after a pause, and ends at its count or when told', async () => {
  let clockMs = startMs
  const run = async (count: number, stopAtMs: number) => {
    clockMs = startMs
    const options = {
      ratePerSecond: () => 100,
      count,
      tickMs: 50,
      now: () => clockMs,
      stopped: () => clockMs >= stopAtMs,
    }
    const batches: number[][] = []
    // The third tick takes ten seconds: the machine slept.
    for await (const batch of paced({
      ...options,
      sleep: async (ms) => void (clockMs += clockMs === startMs + 100 ? 10_000 : ms),
    }))
      batches.push(batch)
    return batches
  }
  const batches = await run(2_000, Number.POSITIVE_INFINITY)
  expect(batches.flat().length).toBe(2_000)
  expect(batches.slice(0, 3).map(({ length }) => length)).toEqual([5, 5, 1_000])
  expect(batches.flat()).toEqual(batches.flat().toSorted((a, b) => a - b))
  expect((await run(Number.POSITIVE_INFINITY, startMs + 100)).flat().length).toBe(5)
})

test('the day has its rush hours and a mean of one', () => {
  const samples = Array.from({ length: 1_440 }, (_, minute) => busyness(startMs + minute * 60_000))
  expect(samples.reduce((sum, value) => sum + value, 0) / samples.length).toBeCloseTo(1, 2)
  expect(Math.max(...samples) / Math.min(...samples)).toBeGreaterThan(3)
})
