/** The cells of all names of a window add up to its total; a key that is gone breaks that, whichever it is. */
import { beforeAll, expect, test } from 'vitest'
import { numbersDuty } from '../../../store/keeper/numbers-duty.ts'
import { addUp, drawWindow } from '../../../store/keeper/sample.ts'
import { Filler, testSource } from '../../query-api/fill.ts'
import { store } from '../../harness/own-store.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const source = testSource('sampled', { '1m': '2d', '1h': '90d' })
const LAST = T0 + 59 * 10_000
let filler: Filler

/** Whole numbers of a fixed order that looks like none. */
function lots(): () => number {
  let state = 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

beforeAll(async () => {
  filler = new Filler(store, source, 1)
  await filler.open()
  const events = Array.from({ length: 600 }, (_, at) => ({
    ts: T0 + (at % 60) * 10_000,
    country: `c${at % 230}`,
    device: at % 3 === 0 ? 'phone' : 'desk',
    paid: at % 7 === 0 ? 1.25 : -0.5,
  }))
  await filler.applyBatch(0, events, T0 + 600_000)
})

/** Where windows do not add up: breakdown and interval. Looks at each window there is. */
async function found(): Promise<string[]> {
  const faults = new Set<string>()
  for (let breakdown = 1; breakdown < source.breakdowns.length; breakdown++)
    for (const [interval, { name, ms }] of source.intervals.entries())
      for (let windowNumber = Math.floor(T0 / ms); windowNumber * ms <= LAST; windowNumber++) {
        const draw = { breakdown, interval, windowNumber }
        const fault = await addUp(store, filler.keys(0), source, draw)
        if (fault !== null) faults.add(`${source.breakdowns[breakdown]!.name} ${name}`)
      }
  return [...faults].sort()
}

test('what is whole adds up; a chunk of rare names, of frequent ones, of the total, or the names: each is missed', async () => {
  expect(await found()).toEqual([])
  const keys = (await store.pipeline([['KEYS', `${filler.keys(0).prefix}[cn]:*`]]))[0] as Buffer[]
  const names = keys.map(String).map((key) => key.slice(filler.keys(0).prefix.length))
  const one = (pattern: RegExp): string => names.find((name) => pattern.test(name))!
  for (const [suffix, where] of [
    [one(/^c:country:1h:2\./), ['country 1h']],
    [one(/^c:country:1h:0\./), ['country 1h']],
    [one(/^c:country:1m:1\./), ['country 1m']],
    [one(/^c:all:1h:/), ['country 1h', 'country+device 1h']],
    [one(/^n:country:/), ['country 1h', 'country 1m']],
  ] as const) {
    const key = filler.keys(0).of(suffix)
    const [dump] = (await store.pipeline([['DUMP', key]])) as [Buffer]
    await store.pipeline([['DEL', key]])
    expect([suffix, await found()]).toEqual([suffix, where])
    await store.pipeline([['RESTORE', key, 0, dump]])
  }
  expect(await found()).toEqual([])
})

test('the keeper says a loss once, with place and numbers, and that it comes again and again', async () => {
  const said: [string, boolean][] = []
  const duty = numbersDuty({
    store,
    lost: async (_source, _catalog, why, mayMend) => void said.push([why, mayMend]),
    random: lots(),
  })
  const { signal } = new AbortController()
  for (let n = 0; n < 10; n++) await duty.run(signal)
  expect(said).toEqual([])
  for (const key of (
    await store.pipeline([['KEYS', `${filler.keys(0).prefix}c:country:1h:*`]])
  )[0] as Buffer[])
    await store.pipeline([['DEL', key]])
  for (let n = 0; n < 50 && said.length < 2; n++) await duty.run(signal)
  expect(said[0]).toEqual([
    'the 1h of 2026-03-04T05:00:00.000Z by country has 600 events in all and 0 by name',
    true,
  ])
  expect(said[1]![1]).toBe(false)
})

test('metrics that some breakdowns keep, and events that count under each of several values, are no loss', async () => {
  const partly = testSource('partly', { '1m': '2d' }, undefined, {
    fields: { visitor: 'string?', country: 'string?', device: 'string?', tags: 'string[]', paid: 'number?' },
    breakdowns: ['country', 'device', 'tags'],
    metrics: {
      people: { uniques: 'visitor', breakdowns: ['all', 'device'] },
      events: 'count',
      revenue: { sum: 'paid', decimals: 2, breakdowns: ['all', 'device', 'tags'] },
    },
  })
  const own = new Filler(store, partly, 1)
  await own.open()
  const events = Array.from({ length: 40 }, (_, at) => ({
    ts: T0 + at * 1000,
    country: `c${at % 5}`,
    device: `d${at % 3}`,
    visitor: `v${at}`,
    paid: at,
    tags: ['a', 'b', 'c'].slice(at % 3),
  }))
  await own.applyBatch(0, events, T0 + 60_000)
  const [random, seen] = [lots(), new Set<number>()]
  for (let n = 0; n < 60; n++) {
    const draw = (await drawWindow(store, own.keys(0), partly, random))!
    seen.add(draw.breakdown)
    expect([draw, await addUp(store, own.keys(0), partly, draw)]).toEqual([draw, null])
  }
  expect([...seen].sort()).toEqual([1, 2])
  const [key] = (await store.pipeline([['KEYS', `${own.keys(0).prefix}c:device:1m:*`]]))[0] as Buffer[]
  await store.pipeline([['DEL', key!]])
  const minute = { breakdown: 2, interval: 0, windowNumber: T0 / 60_000 }
  expect(await addUp(store, own.keys(0), partly, minute)).toEqual({
    metric: 'events',
    total: '40',
    parts: '0',
  })
})
