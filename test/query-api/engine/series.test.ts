import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Sent } from '../fill.ts'
import { clock, T0, filled, get, oracle, STATS, close } from './filled-series.ts'

describe('numbers', () => {
  test('every statistic, over partitions, cuts and series, as a naive count says', {
    timeout: 120_000,
  }, async () => {
    const event = fc.record(
      {
        ts: fc.integer({ min: 0, max: 40_000 }).map((after) => T0 + after),
        country: fc.constantFrom('DE', 'FR', 'ü"\\', '__proto__'),
        device: fc.constantFrom('phone', 'desk'),
        load: fc.integer({ min: -1000, max: 1000 }),
        paid: fc.integer({ min: -500, max: 500 }).map((cents) => cents / 100),
      },
      { requiredKeys: ['ts'] },
    )
    const cut = fc.record({
      partition: fc.integer({ min: 0, max: 2 }),
      events: fc.array(event, { minLength: 1, maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(cut, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('1s', '1m'),
        fc.constantFrom(...STATS),
        async (cuts, interval, stat) => {
          const filler = await filled(3)
          clock.nowMs = T0 + 60_000
          const all: Sent[] = []
          // since = the first event of all: windows from there on are known.
          await filler.applyBatch(0, [{ ts: T0 }], clock.nowMs)
          all.push({ ts: T0 })
          for (const { partition, events } of cuts) {
            await filler.applyBatch(partition, events, clock.nowMs)
            all.push(...events)
          }
          for (const partition of [0, 1, 2]) await filler.applyBatch(partition, [], clock.nowMs)
          const ms = interval === '1s' ? 1000 : 60_000
          const base = `metric=${filler.source.name}.${stat}&interval=${interval}&from=${T0}&to=${T0 + 60_000}`
          const total = await get(base)
          expect(total.timesMs).toEqual(Array.from({ length: 60_000 / ms }, (_, at) => T0 + at * ms))
          close(
            total.series[0]!.values,
            total.timesMs.map((time) => oracle(all, stat, time, time + ms)),
          )

          const by = await get(`${base}&by=country`)
          expect(by.series.map(({ labels }) => labels['country'] ?? null).sort()).toEqual(
            [...new Set(all.map(({ country }) => country ?? null))].sort(),
          )
          for (const { labels, values } of by.series)
            close(
              values,
              by.timesMs.map((time) =>
                oracle(
                  all.filter(({ country }) => (country ?? null) === labels['country']),
                  stat,
                  time,
                  time + ms,
                ),
              ),
            )

          const phones = await get(`${base}&by=country&where=device:is:phone`)
          for (const { labels, values } of phones.series)
            close(
              values,
              phones.timesMs.map((time) =>
                oracle(
                  all.filter(
                    ({ country, device }) => (country ?? null) === labels['country'] && device === 'phone',
                  ),
                  stat,
                  time,
                  time + ms,
                ),
              ),
            )
        },
      ),
      { numRuns: 40 },
    )
  })

  test('sums past 2^53 stay exact until they are shown', async () => {
    const filler = await filled(2)
    clock.nowMs = T0 + 10_000
    const most = Math.floor(2 ** 53 / 100) - 1
    for (const partition of [0, 1])
      await filler.applyBatch(
        partition,
        Array.from({ length: 3 }, () => ({ ts: T0, paid: most })),
        clock.nowMs,
      )
    const { series } = await get(`metric=${filler.source.name}.revenue&interval=1m&from=${T0}&to=${T0 + 1}`)
    expect(series[0]!.values).toEqual([most * 6])
  })

  test('names past the first blocks of ids, and past the budget', async () => {
    const filler = await filled(1, undefined, 200)
    clock.nowMs = T0 + 10_000
    for (let from = 0; from < 260; from += 20)
      await filler.applyBatch(
        0,
        Array.from({ length: 20 }, (_, n) => ({ ts: T0 + (n % 3) * 1000, country: `c${from + n}` })),
        clock.nowMs,
      )
    const answer = await get(
      `metric=${filler.source.name}.events&by=country&interval=1s&from=${T0}&to=${T0 + 3000}&limit=500`,
    )
    const late = answer.meta.seriesTotal - 201 // those that found a place in the reserve, by the draw of their events
    expect(late).toBeGreaterThan(0)
    expect(late).toBeLessThanOrEqual(20)
    const other = answer.series[0]!
    expect(other.labels).toEqual({ country: '__other__' })
    expect(other.values.reduce<number>((sum, value) => sum + value!, 0)).toBe(60 - late)
    expect(
      answer.series
        .slice(1)
        .every(({ values }) => values.reduce<number>((sum, value) => sum + value!, 0) === 1),
    ).toBe(true)
    const filtered = await get(
      `metric=${filler.source.name}.events&where=country:prefix:c25&interval=1s&from=${T0}&to=${T0 + 3000}`,
    )
    expect(filtered.meta.unnamedLeftOut).toBe(true)
    const limited = await get(
      `metric=${filler.source.name}.events&by=country&interval=1s&from=${T0}&to=${T0 + 3000}&limit=2`,
    )
    expect([limited.series.length, limited.meta.seriesTotal]).toEqual([2, 201 + late])
  })

  test('a range over midnight finds the names of both days', async () => {
    const filler = await filled(1)
    const midnight = Date.parse('2026-03-05T00:00:00Z')
    clock.nowMs = midnight + 60_000
    await filler.applyBatch(
      0,
      [
        { ts: midnight - 1000, country: 'DE' },
        { ts: midnight - 1000, country: 'FR' },
        { ts: midnight, country: 'FR' },
        { ts: midnight, country: 'DE' },
        { ts: midnight + 1, country: 'FR' },
      ],
      clock.nowMs,
    )
    for (const interval of ['1s', '1h']) {
      const { series } = await get(
        `metric=${filler.source.name}.events&by=country&interval=${interval}&from=${midnight - 1000}&to=${midnight + 1000}`,
      )
      expect(series).toEqual([
        { labels: { country: 'FR' }, values: [1, 2] },
        { labels: { country: 'DE' }, values: [1, 1] },
      ])
    }
  })
})
