/** An answer from the log is what a breakdown that holds the fields would have answered: every kind of metric, side by side over one store. */
import { beforeAll, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import type { Source } from '../../../model/definition.ts'
import { answerOne } from '../../../query-api/engine/rows/one-snapshot.ts'
import { PreparedSeries } from '../../../query-api/engine/series/series.ts'
import { PreparedTop } from '../../../query-api/engine/ranking/top.ts'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { store } from '../../harness/own-store.ts'
import type { Sent } from '../fill.ts'
import { randomEvents, richSource, T0, world, type World } from './scan-world.ts'

let holding: World
let lacking: World

async function pair(
  make: (name: string, isHolding: boolean) => Source,
  events: Sent[],
): Promise<[World, World]> {
  const worlds: World[] = []
  for (const isHolding of [true, false]) {
    const source = make(isHolding ? 'holding' : 'lacking', isHolding)
    // Read in many stretches, newest first: the order of reading changes no number.
    const one = await world(store, { partitions: 2, source, parts: { stretchOffsets: 100 } })
    for (const partition of [0, 1])
      await one.send(
        partition,
        events.filter((_, at) => at % 2 === partition),
      )
    worlds.push(one)
  }
  return worlds as [World, World]
}

beforeAll(async () => {
  const breakdowns = ['country', ['device', 'country'], ['tags', 'device'], ['visitor', 'device', 'country']]
  ;[holding, lacking] = await pair(
    (name, isHolding) => richSource(`rich_${name}`, isHolding ? breakdowns : []),
    randomEvents(120, 11),
  )
}, 60_000)

const RANGE = `from=${T0}&to=${T0 + 600_000}`

async function both(kind: 'series' | 'top', query: string, worlds = [holding, lacking]): Promise<unknown[]> {
  const [a, b] = worlds as [World, World]
  const read = kind === 'series' ? readSeriesQuery : readTopQuery
  const [held, scanned] = [read(`metric=${a.name}.${query}`), read(`metric=${b.name}.${query}`)]
  const prepared = 'interval' in held ? new PreparedSeries(held) : new PreparedTop(held)
  const fromCells = await answerOne<object>(await a.sources.get(a.name), prepared, a.scans.now)
  const session = 'interval' in scanned ? b.scans.series(scanned) : b.scans.top(scanned)
  const fromLog = await session.answer(await b.sources.get(b.name))
  session.release()
  return [fromCells, fromLog]
}

const bare = (answer: unknown): object => {
  const { meta, ...rest } = answer as { meta: { approximate?: unknown } }
  return { ...rest, approximate: meta.approximate }
}

test.each([
  'events&by=device&interval=1m',
  'revenue&by=device,country&interval=1m',
  'load.stddev&by=country&where=device:is:phone&interval=1m',
  'load.min&by=visitor&where=country:not:DE&where=device:exists:true&interval=1m&limit=500',
  'people&by=country&interval=1h',
  'people&by=device&interval=1m',
  'wait.p95&by=country&interval=1m',
  'newest&by=visitor,country&interval=1m&limit=500',
  'events&by=tags&interval=1m',
  'events&by=tags,device&interval=1m',
  'events&by=device&interval=1d&tz=Asia/Kathmandu&compare=previous',
  'events&by=device&interval=1s&compare=previous',
])('series of %s', async (query) => {
  const [fromCells, fromLog] = await both('series', `${query}&${RANGE}`)
  expect(bare(fromLog)).toEqual(bare(fromCells))
  expect(JSON.stringify(fromCells)).toMatch(/"values":\[[^\]]*[1-9]/)
})

test.each([
  'events&by=visitor,device',
  'load.avg&by=country',
  'people&by=device&order=asc',
  'revenue&by=tags',
])('ranking of %s', async (query) => {
  const [fromCells, fromLog] = await both('top', `${query}&limit=1000&${RANGE}`)
  expect(bare(fromLog)).toEqual(bare(fromCells))
})

test('metrics that go from reading to reading need all readings of before, and have them', async () => {
  const events = Array.from({ length: 60 }, (_, at) => ({
    ts: T0 - 300_000 + at * 15_000,
    meter: `m${at % 3}`,
    site: at % 3 > 0 ? 'north' : 'south',
    kwh: 100 + (at % 20),
    relay: at % 7 > 3 ? 'on' : 'off',
  })) as unknown as Sent[]
  const worlds = await pair(
    (name, isHolding) =>
      readDefinition({
        sources: {
          [`meters_${name}`]: {
            topic: `meters_${name}`,
            key: 'meter',
            time: 'ts',
            fields: { meter: 'string', site: 'string', kwh: 'number', relay: 'string' },
            breakdowns: isHolding ? [['meter', 'site']] : [],
            metrics: {
              energy: { counter: 'kwh', decimals: 3 },
              heating: { time_in_state: 'relay', is: ['on'], hold: '1h' },
            },
          },
        },
        keep: { '1m': '2d', '1h': '30d' },
      })[0]!,
    events,
  )
  for (const query of ['energy.increase&by=meter', 'heating&by=site&where=meter:not:m2']) {
    const [fromCells, fromLog] = await both('series', `${query}&interval=1m&${RANGE}`, worlds)
    expect(bare(fromLog)).toEqual(bare(fromCells))
    expect(JSON.stringify(fromCells)).toMatch(/"values":\[[^\]]*[1-9]/)
  }
})

test('sets and histograms that lie in pieces beside their cells are read on like all else', async () => {
  const many = (from: number): Sent[] =>
    Array.from({ length: 4000 }, (_, at) => ({
      ts: T0 + 1000,
      visitor: `v${from + at}`,
      country: 'DE',
      device: 'phone',
      load: ((from + at) * 37) % 5000,
    }))
  const worlds = await pair(
    (name, isHolding) => richSource(`pieces_${name}`, isHolding ? [['device', 'country']] : []),
    many(0),
  )
  const [, lacking] = worlds
  const session = lacking.scans.series(
    readSeriesQuery(`metric=${lacking.name}.people&by=device&where=country:is:DE&interval=1m&${RANGE}`),
  )
  for (const from of [0, 3000, 20_000]) {
    if (from > 0) for (const one of worlds) await one.send(0, many(from))
    for (const metric of ['people', 'wait.p50']) {
      const query = `${metric}&by=device&where=country:is:DE&interval=1m&${RANGE}`
      const [fromCells, fromLog] = await both('series', query, worlds)
      expect(bare(fromLog)).toEqual(bare(fromCells))
    }
    const kept = await session.answer(await lacking.sources.get(lacking.name))
    const [fromCells] = await both(
      'series',
      `people&by=device&where=country:is:DE&interval=1m&${RANGE}`,
      worlds,
    )
    expect(kept.series).toEqual((fromCells as typeof kept).series)
  }
  session.release()
}, 120_000)
