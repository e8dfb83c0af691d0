/** Series of days, weeks and months of a zone, through a real store, against a plain count over days that Python's zoneinfo named. */
import { describe, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import type { SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource } from '../fill.ts'
import { changes, DAY, daysIn, eventsOver, expectDays, HOUR, newName, send } from './filled-days.ts'
import { app, clock, get, oracle, refused, store } from '../engine/filled-series.ts'

describe('days of a zone', () => {
  test('are those of their events, and their sum that of the range', async () => {
    await expectDays(changes[7]!, ['events', 'load.stddev'])
  })

  test('what does not add up is merged: uniques are of the day, quantiles of its values, first and last in its order', async () => {
    const days = daysIn('Asia/Kathmandu', 10, 2)
    const events = eventsOver(days[0]!, days[2]!)
    clock.nowMs = days[2]! + HOUR
    const name = newName()
    const source = readDefinition({
      sources: {
        [name]: {
          topic: name,
          key: 'visitor',
          time: 'ts',
          fields: { visitor: 'string', country: 'string?', load: 'number?' },
          breakdowns: ['country'],
          metrics: {
            visitors: { uniques: 'visitor' },
            load: { quantiles: 'load', decimals: 1 },
            opened: { first: 'load', decimals: 1 },
            closed: { last: 'load', decimals: 1 },
          },
        },
      },
      keep: { '15m': 'forever', '1h': 'forever' },
    })[0]!
    const filler = new Filler(store, source, 2)
    await filler.open()
    await send(filler, events)
    const ask = async (metric: string): Promise<(number | null)[]> =>
      (await get(`metric=${name}.${metric}&interval=1d&tz=Asia/Kathmandu&from=${days[0]}&to=${days[2]}`))
        .series[0]!.values
    const inDays = [0, 1].map((n) => events.filter(({ ts }) => ts >= days[n]! && ts < days[n + 1]!))
    expect(inDays[0]!.length).toBeGreaterThan(40)
    expect(await ask('visitors')).toEqual(inDays.map((of) => new Set(of.map(({ visitor }) => visitor)).size))
    expect(await ask('opened')).toEqual(inDays.map((of) => of[0]!.load))
    expect(await ask('closed')).toEqual(inDays.map((of) => of.at(-1)!.load))
    for (const [n, p50] of (await ask('load.p50')).entries()) {
      const loads = inDays[n]!.map(({ load }) => load!).sort((a, b) => a - b)
      const middle = Math.ceil(loads.length / 2) - 1
      expect(p50).toBeGreaterThan(loads[middle - 1]! * 0.98)
      expect(p50).toBeLessThan(loads[middle + 1]! * 1.02)
    }
  })

  test('weeks begin as asked, months have their lengths', async () => {
    clock.nowMs = Date.parse('2025-04-20T00:00:00Z')
    const filler = new Filler(store, testSource(newName(), { '1h': 'forever' }), 2)
    await filler.open()
    const events = eventsOver(Date.parse('2025-02-20T00:00:00Z'), clock.nowMs, 5 * HOUR)
    await send(filler, events)
    const ask = (rest: string): Promise<SeriesAnswer> =>
      get(`metric=${filler.source.name}.events&tz=Europe/Berlin&${rest}`)
    const starts = async (rest: string): Promise<string[]> =>
      (await ask(rest)).timesMs.map((ms) => new Date(ms).toISOString())
    const week = 'interval=1w&from=2025-03-26&to=2025-04-01'
    expect(await starts(week)).toEqual(['2025-03-23T23:00:00.000Z', '2025-03-30T22:00:00.000Z'])
    expect(await starts(`${week}&week_start=sunday`)).toEqual([
      '2025-03-22T23:00:00.000Z',
      '2025-03-29T23:00:00.000Z',
    ])
    const months = await ask('interval=1mo&from=2025-03-01&to=2025-04-02&compare=previous')
    expect(months.timesMs).toEqual([
      Date.parse('2025-03-01T00:00+01:00'),
      Date.parse('2025-04-01T00:00+02:00'),
    ])
    expect(months.series[0]!.values[0]).toBe(oracle(events, 'events', months.timesMs[0]!, months.timesMs[1]!))
    expect(months.previous!.timesMs).toEqual([
      Date.parse('2025-01-01T00:00+01:00'),
      Date.parse('2025-02-01T00:00+01:00'),
    ])
  })

  test('compared with the same local stretch a day, a week, a year before', async () => {
    clock.nowMs = Date.parse('2025-04-02T12:00:00+02:00')
    const filler = new Filler(store, testSource(newName(), { '15m': 'forever', '1h': 'forever' }), 2)
    await filler.open()
    const events = [
      ...eventsOver(Date.parse('2024-03-30T00:00:00Z'), Date.parse('2024-04-03T00:00:00Z')),
      ...eventsOver(Date.parse('2025-03-22T00:00:00Z'), clock.nowMs),
    ]
    await send(filler, events)
    const days = ['2025-03-30T00:00+01:00', '2025-03-31T00:00+02:00'].map((text) => Date.parse(text))
    const before: [compare: string, days: [string, string, string]][] = [
      ['previous_day', ['2025-03-29T00:00+01:00', '2025-03-30T00:00+01:00', '2025-03-31T00:00+02:00']],
      ['previous_week', ['2025-03-23T00:00+01:00', '2025-03-24T00:00+01:00', '2025-03-25T00:00+01:00']],
      ['previous_year', ['2024-03-31T00:00+01:00', '2024-04-01T00:00+02:00', '2024-04-02T00:00+02:00']],
      ['previous', ['2025-03-28T00:00+01:00', '2025-03-29T00:00+01:00', '2025-03-30T00:00+01:00']],
    ]
    for (const [compare, texts] of before) {
      const starts = texts.map((text) => Date.parse(text))
      const answer = await get(
        `metric=${filler.source.name}.events&tz=Europe/Berlin&interval=1d&from=2025-03-30&to=2025-04-01&compare=${compare}`,
      )
      expect(answer.timesMs).toEqual(days)
      expect([compare, answer.previous!.timesMs]).toEqual([compare, starts.slice(0, 2)])
      expect(answer.previous!.values[0]).toEqual(
        [0, 1].map((n) => oracle(events, 'events', starts[n]!, starts[n + 1]!)),
      )
    }
    const top = await app.inject(
      `/v1/top?metric=${filler.source.name}.events&by=country&tz=Europe/Berlin&from=2025-03-30&to=2025-03-31&compare=previous_day`,
    )
    const { total, meta } = top.json<TopAnswer>()
    expect(meta).toMatchObject({ fromMs: days[0], toMs: days[1] })
    expect(meta.previous).toEqual({
      fromMs: Date.parse('2025-03-29T00:00+01:00'),
      toMs: days[0],
      known: true,
    })
    expect([total.value, total.previous]).toEqual([
      oracle(events, 'events', days[0]!, days[1]!),
      oracle(events, 'events', meta.previous!.fromMs, days[0]!),
    ])
    const hours = await get(
      `metric=${filler.source.name}.events&tz=Europe/Berlin&interval=1h&from=2025-03-31T09:00&to=2025-03-31T12:00&compare=previous_week`,
    )
    expect(hours.previous!.shiftMs).toBe(7 * DAY - HOUR)
  })
})

test('a day that a zone left out is neither drawn nor compared with', async () => {
  clock.nowMs = Date.parse('2012-01-03T00:00:00Z')
  const filler = new Filler(store, testSource(newName(), { '1h': 'forever' }), 2)
  await filler.open()
  const events = eventsOver(Date.parse('2011-12-20T00:00:00Z'), clock.nowMs, 5 * HOUR)
  await send(filler, events)
  // Samoa went from 29 December 2011, at -10:00, to 31 December, at +14:00.
  const starts = (days: readonly number[]): number[] =>
    days.map((day) => Date.parse(`2011-12-${day}T00:00${day < 30 ? '-10:00' : '+14:00'}`))
  const ask = async (from: string, to: string): Promise<SeriesAnswer> =>
    get(
      `metric=${filler.source.name}.events&tz=Pacific/Apia&interval=1d&from=${from}&to=${to}&compare=previous`,
    )
  const over = await ask('2011-12-28', '2012-01-01')
  expect([over.timesMs, over.previous!.timesMs]).toEqual([starts([28, 29, 31]), starts([25, 26, 27])])
  expect(over.previous!.values[0]).toEqual(
    starts([25, 26, 27]).map((ms) => oracle(events, 'events', ms, ms + DAY)),
  )
  const after = await ask('2011-12-31', '2012-01-01')
  expect([after.timesMs, after.previous!.timesMs]).toEqual([starts([31]), starts([29])])
})

describe('where only coarser windows are left', () => {
  test('a day has what divides it, and says exactly what it has not', async () => {
    const days = daysIn('Asia/Kolkata', 100, 20)
    clock.nowMs = days.at(-1)!
    const events = eventsOver(days[0]!, clock.nowMs)
    const keep = { '15m': '5d', '1h': '10d', '1d': 'forever' }
    const filler = new Filler(store, testSource(newName(), keep), 2)
    await filler.open()
    await send(filler, events)
    const answer = await get(
      `metric=${filler.source.name}.events&tz=Asia/Kolkata&interval=1d&from=${days[0]}&to=${clock.nowMs}`,
    )
    const partial = answer.meta.partial!
    for (const [at, startMs] of answer.timesMs.entries()) {
      const missing = partial.filter(({ atMs }) => atMs === startMs)
      const counted = events.filter(
        ({ ts }) =>
          ts >= startMs &&
          ts < days[at + 1]! &&
          !missing.some(({ fromMs, toMs }) => ts >= fromMs && ts < toMs),
      ).length
      const isWhollyMissing = missing.length === 1 && missing[0]!.toMs - missing[0]!.fromMs === DAY
      expect([at, answer.series[0]!.values[at]]).toEqual([at, isWhollyMissing ? null : counted])
    }
    // The newest five are whole, those of hours lack the half hours at their edges, those of UTC days all.
    expect(partial.filter(({ atMs }) => atMs >= days[16]!)).toEqual([])
    expect(partial.filter(({ atMs }) => atMs === days[12])).toEqual([
      { atMs: days[12], fromMs: days[12], toMs: days[12]! + HOUR / 2 },
      { atMs: days[12], fromMs: days[13]! - HOUR / 2, toMs: days[13] },
    ])
    expect(partial.find(({ atMs }) => atMs === days[2])).toEqual({
      atMs: days[2],
      fromMs: days[2],
      toMs: days[3],
    })
    const auto = await get(
      `metric=${filler.source.name}.events&tz=Asia/Kolkata&from=${days[0]}&to=${clock.nowMs}`,
    )
    expect(auto.timesMs).toEqual(answer.timesMs)
    const utc = await get(`metric=${filler.source.name}.events&interval=1d&from=${days[0]}&to=${clock.nowMs}`)
    expect(utc.meta.tz).toBeUndefined()
    expect(utc.timesMs.every((ms) => ms % DAY === 0)).toBe(true)
  })
})

describe('refusals', () => {
  const ask = async (rest: string): Promise<string> => (await refused(`metric=a.b&${rest}`)).detail!
  test('say what to ask instead', async () => {
    expect(await ask('tz=Europe/Berlni')).toBe(
      'tz: not a place of the IANA tables; did you mean Europe/Berlin? It takes a name such as Europe/Berlin, or UTC; a fixed offset belongs to the time itself (2026-03-01T00:00:00+01:00)',
    )
    expect(await ask('tz=Etc/GMT+3')).not.toContain('tz:') // a plus that nobody escaped
    expect(await ask('from=2026-03-01T12:00')).toContain('from: names no zone')
    expect(await ask('week_start=tuesday')).toContain('monday or sunday')
    expect(await ask('compare=yesterday')).toContain('previous_week')
    const filler = new Filler(store, testSource(newName()), 1)
    await filler.open()
    const of = async (rest: string): Promise<string> =>
      (await refused(`metric=${filler.source.name}.events&${rest}`)).detail!
    clock.nowMs = Date.parse('2025-06-01T00:00:00Z')
    expect(await of('interval=1mo&compare=previous_day')).toContain('compare: previous_day does not fit')
    expect(await of('interval=1d&from=2015-01-01&to=2025-01-01&tz=Asia/Tokyo')).toContain('interval=1w')
  })
})
