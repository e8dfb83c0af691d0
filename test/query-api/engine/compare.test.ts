/** The stretch before, beside a series. */
import { describe, expect, test } from 'vitest'
import type { SeriesAnswer } from '../../../query-api/wire.ts'
import { app, clock, T0, filled } from './filled-top.ts'

describe('compare=previous on series', () => {
  test('the same series, point by point one range back', async () => {
    clock.nowMs = T0 + 10_000
    const filler = await filled(
      [
        { ts: T0 - 20_000, country: 'DE' },
        { ts: T0 - 9000, country: 'DE' },
        { ts: T0 - 9000, country: 'US' },
        { ts: T0 + 1000, country: 'DE' },
        { ts: T0 + 1001, country: 'FR' },
      ],
      clock.nowMs,
    )
    const range = `from=${T0}&to=${T0 + 10_000}&interval=1s&by=country`
    const url = (query: string): string => `/v1/series?metric=${filler.source.name}.events&${query}`
    const answer = (await app.inject(url(`${range}&compare=previous`))).json<SeriesAnswer>()
    const before = (
      await app.inject(url(`from=${T0 - 10_000}&to=${T0}&interval=1s&by=country`))
    ).json<SeriesAnswer>()
    const of = (one: SeriesAnswer, country: string): (number | null)[] | undefined =>
      one.series.find(({ labels }) => labels['country'] === country)?.values
    expect(answer.previous!.shiftMs).toBe(10_000)
    expect(answer.previous!.values).toHaveLength(2)
    expect(answer.previous!.values[0]).toEqual(of(before, 'DE'))
    expect(answer.previous!.values[1]).toEqual(of(before, 'DE')!.map(() => 0))
    const csv = await app.inject(url(`${range}&compare=previous&format=csv`))
    expect(csv.body.split('\r\n')[0]).toBe(`time,country,${filler.source.name}.events,previous`)
  })
})
