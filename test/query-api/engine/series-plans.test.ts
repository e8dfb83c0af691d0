/** Which breakdown and interval answers a question of /v1/series. */
import { describe, expect, test } from 'vitest'
import { clock, T0, filled, get, refused } from './filled-series.ts'

describe('plans', () => {
  test.each([
    ['now-15m', '1s'],
    ['now-14m', '1s'],
    ['now-16m', '1m'],
    ['now-14h', '1m'],
    ['now-7d', '1h'],
    ['latest-10m', '1s'],
  ])('from=%s is answered at %s', async (from, interval) => {
    const filler = await filled(1)
    clock.nowMs = T0 + 3 * 86_400_000
    await filler.applyBatch(0, [{ ts: clock.nowMs - 1000 }], clock.nowMs)
    const to = from.startsWith('latest') ? 'latest' : 'now'
    expect((await get(`metric=${filler.source.name}.events&from=${from}&to=${to}`)).meta.interval).toBe(
      interval,
    )
  })

  test('a fine interval that no longer covers the range gives way to a coarser one', async () => {
    const filler = await filled(1)
    clock.nowMs = T0 + 3 * 86_400_000
    await filler.applyBatch(
      0,
      [
        { ts: clock.nowMs, visitor: 'a' },
        { ts: clock.nowMs, visitor: 'b' },
        { ts: clock.nowMs, visitor: 'c' },
      ],
      clock.nowMs,
    )
    expect((await get(`metric=${filler.source.name}.events&from=now-60m&to=now-50m`)).meta.interval).toBe(
      '1m',
    )
  })

  test('refusals say what would do', async () => {
    const filler = await filled(1)
    clock.nowMs = T0
    const metric = `metric=${filler.source.name}.events`
    expect(await refused(`${metric}&interval=1s&from=now-2h`)).toMatchObject({
      status: 400,
      type: 'urn:tidemark:problem:interval_too_fine',
      detail: expect.stringContaining('interval=1m'),
    })
    expect(await refused(`${metric}&from=1970-01-01`)).toMatchObject({
      status: 400,
      type: 'urn:tidemark:problem:range_too_long',
    })
    expect(await refused(`${metric}&from=now&to=now-1h`)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/from' }],
    })
    expect(await refused(`${metric}&from=now&to=now`)).toMatchObject({ status: 400 })
    expect(await refused(`${metric}&interval=5s`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('1s, 1m, 1h'),
    })
    expect(await refused(`${metric}&by=visitor`)).toMatchObject({
      status: 422,
      detail: expect.stringContaining('add visitor to "breakdowns:"'),
      errors: [{ pointer: '/by', detail: 'breakdowns: [country, [country, device], visitor]' }],
    })
    expect(await refused(`${metric}&by=load`)).toMatchObject({ status: 400, errors: [{ pointer: '/by' }] })
    expect(await refused(`${metric}&by=nothing`)).toMatchObject({ status: 400 })
    for (const wrong of ['cuntry:is:DE', 'country:gt:5', '(country:is:DE|cuntry:is:FR)'])
      expect(await refused(`${metric}&where=load:gt:1&where=${wrong}&where=country:is:DE`)).toMatchObject({
        status: 400,
        errors: [{ pointer: '/where/1' }],
      })
    expect(await refused(`metric=${filler.source.name}.nothing`)).toMatchObject({
      status: 404,
      errors: [{ pointer: '/metric' }],
    })
    expect(await refused(`metric=${filler.source.name}.load.p99`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('avg'),
    })
    expect(await refused('metric=nobody.events')).toMatchObject({ status: 404 })
  })

  test('fields in any order, and a field alone out of a wider breakdown', async () => {
    const filler = await filled(1)
    clock.nowMs = T0 + 5000
    await filler.applyBatch(
      0,
      [
        { ts: T0, country: 'DE', device: 'phone' },
        { ts: T0, country: 'FR', device: 'phone' },
      ],
      clock.nowMs,
    )
    const range = `interval=1s&from=${T0}&to=${T0 + 1000}`
    const pair = await get(`metric=${filler.source.name}.events&by=device,country&${range}`)
    expect(pair.series.map(({ labels }) => labels)).toEqual([
      { device: 'phone', country: 'DE' },
      { device: 'phone', country: 'FR' },
    ])
    const alone = await get(`metric=${filler.source.name}.events&by=device&${range}`)
    expect(alone.series).toEqual([{ labels: { device: 'phone' }, values: [2] }])
  })

  test('too many cells: auto steps down, a named interval is refused', async () => {
    const filler = await filled(1, { '1s': '1h', '1m': '2d' }, 100_000)
    clock.nowMs = T0 + 900_000
    for (let from = 0; from < 2000; from += 25)
      await filler.applyBatch(
        0,
        Array.from({ length: 25 }, (_, n) => ({ ts: T0, country: `c${from + n}` })),
        clock.nowMs,
      )
    const query = `metric=${filler.source.name}.events&by=country&from=${T0}&to=${T0 + 900_000}`
    expect((await get(query)).meta.interval).toBe('1m')
    expect(await refused(`${query}&interval=1s`)).toMatchObject({
      status: 422,
      type: 'urn:tidemark:problem:too_many_cells',
    })
  })
})
