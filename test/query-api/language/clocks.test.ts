import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import type { Source } from '../../../model/definition.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { EntitiesAnswer, SeriesAnswer, StatusAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { readPosition } from '../../../store/calls/open.ts'
import { store } from '../../harness/own-store.ts'
import { Filler } from '../fill.ts'

const NOW = Date.parse('2026-03-04T05:00:00Z')
const [MINUTE, DAY] = [60_000, 86_400_000]
let app: FastifyInstance
let nowMs = NOW
let names = 0

function fleet(): Source {
  return readDefinition({
    sources: {
      [`fleet${names++}`]: {
        topic: 't',
        key: 'device',
        time: 'ts',
        fields: { device: 'string', value: 'number' },
        breakdowns: ['device'],
        metrics: { readings: 'count', value: { stats: 'value', decimals: 3 } },
        entity: { online: '15m', last: { by: 'device', of: ['value'] } },
      },
    },
    keep: { '1s': '45m', '1m': '2d', '15m': '14d', '1h': '400d', '1d': 'forever' },
  })[0]!
}
const reading = (device: string, ts: number, value = 1): string =>
  JSON.stringify({ device, ts: new Date(ts).toISOString(), value })

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
})
afterAll(async () => {
  await app?.close()
})

async function get<A>(path: string): Promise<A> {
  const response = await app.inject({ url: `/v1/${path}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}
const counts = async (filler: Filler, query: string): Promise<SeriesAnswer> =>
  get(`series?metric=${filler.source.name}.readings&${query}`)
const sum = ({ series }: SeriesAnswer): number =>
  series.flatMap(({ values }) => values).reduce<number>((all, value) => all + (value ?? 0), 0)
/** By a server of its own: the list of sources is looked up every few seconds, and time stands still here. */
async function statusOf(filler: Filler): Promise<StatusAnswer['sources'][number]> {
  const own = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
  const { sources } = (await own.inject({ url: '/v1/status' })).json<StatusAnswer>()
  await own.close()
  return sources.find(({ source }) => source === filler.source.name)!
}

describe('a device whose clock is ahead, on a topic with CreateTime', () => {
  const day = 24 * 60
  test.each([
    ['50 minutes', 50],
    ['59 minutes', 59],
    ['400 days', 400 * day],
    ['73 years', 73 * 365 * day],
  ])('%s: the others are counted and shown, and it is named', async (_, minutes) => {
    nowMs = NOW
    const aheadMs = minutes * MINUTE
    // In partition 1 there is nobody but the one; in partition 0 it stands among seven, and its reading comes twice.
    for (const alone of [false, true]) {
      const filler = new Filler(store, fleet(), 2)
      await filler.open()
      const stamped = async (partition: number, device: string, ts: number, value?: number): Promise<void> =>
        filler.applyBatch(partition, [reading(device, ts, value)], NOW, { tsMs: ts })
      for (let d = 1; d <= 7; d++) await stamped(0, `d${d}`, NOW - 3000 + d)
      await stamped(alone ? 1 : 0, 'd0', NOW + aheadMs, 99)
      await stamped(alone ? 1 : 0, 'd0', NOW + aheadMs + 1, 99)
      for (let n = 0; n < 2; n++)
        for (let d = 1; d <= 7; d++) await stamped(0, `d${d}`, NOW - 2000 + n * 1000 + d)
      for (const partition of [0, 1]) await filler.applyBatch(partition, [], NOW)

      for (const interval of ['1s', '1m']) {
        const answer = await counts(filler, `interval=${interval}&from=now-5m&to=now`)
        expect(sum(answer)).toBe(21)
        if (interval === '1s') expect(answer.series[0]!.values.slice(-3)).toEqual([7, 7, 7])
      }
      expect(sum(await counts(filler, 'interval=1h&from=now-2d&to=now'))).toBe(21)
      const { partitions, provenance } = await statusOf(filler)
      expect(partitions.map(({ events }) => events.late)).toEqual([0, 0])
      expect(partitions[alone ? 1 : 0]!.newestMs).toBe(NOW + aheadMs + 1)
      if (!alone) expect(partitions[0]!.ahead).toBe(2)
      expect(provenance.latestMs ?? 0).toBeLessThanOrEqual(NOW + MINUTE)

      const devices = await get<EntitiesAnswer>(`entities?source=${filler.source.name}`)
      expect(devices.counts).toEqual({ online: 7, quiet: 0, ahead: 1, total: 8 })
      expect(devices.rows.find(({ entity }) => entity === 'd0')).toMatchObject({
        status: 'ahead',
        skewMs: aheadMs + 1,
      })
      const only = await get<EntitiesAnswer>(`entities?source=${filler.source.name}&status=ahead`)
      expect(only.rows.map(({ entity }) => entity)).toEqual(['d0'])
      expect(
        (await get<EntitiesAnswer>(`entities?source=${filler.source.name}&status=online`)).rows,
      ).toHaveLength(7)

      // Its clock is mended: from its next reading on it is as all the others.
      await stamped(alone ? 1 : 0, 'd0', NOW - 1, 5)
      for (const partition of [0, 1]) await filler.applyBatch(partition, [], NOW)
      const mended = await get<EntitiesAnswer>(`entities?source=${filler.source.name}`)
      const isKnown = !alone || minutes > day // alone, nothing says yet which of its two times of one day is right
      if (isKnown)
        expect(mended.rows.find(({ entity }) => entity === 'd0')).toMatchObject({
          status: 'online',
          skewMs: 0,
          seenMs: NOW - 1,
          last: [{ values: { value: 5 } }],
        })
      expect(sum(await counts(filler, 'interval=1s&from=now-5m&to=now'))).toBe(22)
    }
  })

  test('one partition that owns its own wrong clock does not blind the others', async () => {
    nowMs = NOW
    const filler = new Filler(store, fleet(), 2)
    await filler.open()
    // Two devices that are ahead, and nobody else in their partition.
    for (const device of ['x', 'y', 'x', 'y'])
      await filler.applyBatch(1, [reading(device, NOW + 400 * DAY)], NOW, { tsMs: NOW + 400 * DAY })
    for (const device of ['a', 'b', 'c'])
      await filler.applyBatch(0, [reading(device, NOW - 44 * MINUTE)], NOW, { tsMs: NOW })
    for (const device of ['a', 'b', 'c'])
      await filler.applyBatch(0, [reading(device, NOW - 2000)], NOW, { tsMs: NOW })
    for (const partition of [0, 1]) await filler.applyBatch(partition, [], NOW)
    expect((await statusOf(filler)).partitions[1]!.logClockMs).toBe(NOW + 400 * DAY)
    const answer = await counts(filler, 'interval=1s&from=now-30m&to=now')
    expect([sum(answer), answer.meta.latestMs]).toEqual([3, NOW + MINUTE])
    expect(sum(await counts(filler, 'interval=1m&from=now-60m&to=now'))).toBe(6)
    expect(sum(await counts(filler, 'interval=1m&from=latest-60m&to=latest'))).toBe(6)
  })
})

describe('readings of before the device knew the time', () => {
  test.each([
    ['1970-01-01T00:03:20Z', 0], // before what numbers can say: rejects
    ['1973-03-03T09:46:40Z', 2],
    ['1980-01-06T00:00:00Z', 2],
    ['2000-01-01T00:00:00Z', 2],
    ['2026-03-04T01:00:00Z', 2],
  ])('%s does not date the log, and is found where it says', async (text, counted) => {
    nowMs = NOW
    const wrongMs = Date.parse(text)
    const filler = new Filler(store, fleet(), 1)
    await filler.open()
    for (const one of [
      reading('boot', wrongMs, 1),
      reading('boot', NOW - 3000, 2),
      reading('ok', NOW - 3000, 3),
      reading('boot', wrongMs + 1000, 4),
    ])
      await filler.applyBatch(0, [one], NOW, { tsMs: NOW - 2500 })
    await filler.applyBatch(0, [], NOW)
    const before = await counts(filler, 'interval=1d&from=now-400d&to=now-1d')
    expect(before.meta.sinceMs).toBe(NOW - 2500)
    expect(before.series[0]!.values.filter((value) => value !== null)).toEqual([])
    const [theDayMs, today] = [Math.floor(wrongMs / DAY) * DAY, Math.floor(NOW / DAY) * DAY]
    const wrong = await counts(filler, `interval=1d&from=${theDayMs}&to=${theDayMs + 2 * DAY}`)
    const there = theDayMs === today ? 4 : counted || null
    expect(wrong.series[0]?.values ?? [null, null]).toEqual([there, null])
    const { partitions } = await statusOf(filler)
    expect(partitions[0]!.events).toMatchObject({ counted: 2 + counted, rejected: 2 - counted })
    // One reading hours ago makes nothing of before comparable.
    const lately = await get<TopAnswer>(
      `top?metric=${filler.source.name}.readings&by=device&from=now-1h&to=now&compare=previous`,
    )
    expect([lately.total.value, lately.meta.previous!.known, lately.total.change]).toEqual([2, false, null])
  })
})

test('a record without a Kafka timestamp is counted, and pos stays readable', async () => {
  nowMs = NOW
  const filler = new Filler(store, fleet(), 1)
  await filler.open()
  await filler.applyBatch(0, [reading('a', NOW - 3000)], NOW, { tsMs: null })
  await filler.applyBatch(0, ['{'], NOW, { tsMs: null })
  await filler.applyBatch(0, [], NOW)
  expect(sum(await counts(filler, 'interval=1s&from=now-1m&to=now'))).toBe(1)
  expect((await statusOf(filler)).partitions[0]).toMatchObject({
    state: 'counted',
    events: { counted: 1, rejected: 1 },
  })
  const { source } = filler
  for (const damaged of ['-1', '-2', '9223372036854775807', '9223372036854776000', '9.223372036854776e+18']) {
    await store.pipeline([['HSET', filler.keys(0).pos, 'lastTs', damaged]]) // as workers of before wrote it
    expect((await readPosition(store, filler.keys(0), source))!.state.lastTsMs).toBe(null)
  }
})
