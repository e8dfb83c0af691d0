/** What an answer of /v1/series knows and does not know. */
import { describe, expect, test } from 'vitest'
import { store, clock, T0, filled, get } from './filled-series.ts'

describe('what is known', () => {
  test('0 is not null: before since and after asOf nothing is known, between them nothing happened', async () => {
    const filler = await filled(2)
    clock.nowMs = T0 + 20_000
    await filler.applyBatch(0, [{ ts: T0 + 2000, load: 5 }], T0 + 9000)
    await filler.applyBatch(1, [], T0 + 8500)
    const query = `interval=1s&from=${T0}&to=${T0 + 11_000}`
    const counts = await get(`metric=${filler.source.name}.events&${query}`)
    expect(counts.series[0]!.values).toEqual([null, null, 1, 0, 0, 0, 0, 0, 0, null, null])
    expect(counts.meta).toMatchObject({
      asOfMs: T0 + 8500,
      lagMs: 11_500,
      sinceMs: T0 + 2000,
      latestMs: null,
      complete: 0,
      behindRecords: 0,
      vector: { 0: 1, 1: 0 },
    })
    const means = await get(`metric=${filler.source.name}.load.avg&${query}`)
    expect(means.series[0]!.values).toEqual([null, null, 5, null, null, null, null, null, null, null, null])
  })

  test('a window that begins where all is known up to is not known', async () => {
    const filler = await filled(1)
    clock.nowMs = T0 + 5000
    await filler.applyBatch(0, [{ ts: T0 }], T0 + 3000)
    const { series } = await get(`metric=${filler.source.name}.events&interval=1s&from=${T0}&to=${T0 + 5000}`)
    expect(series[0]!.values).toEqual([1, 0, 0, null, null])
  })

  test('a partition that lags holds asOf back to its last record', async () => {
    const filler = await filled(2)
    clock.nowMs = T0 + 10_000
    await filler.applyBatch(0, [{ ts: T0 }], T0 + 9000)
    await filler.applyBatch(1, [{ ts: T0 + 4000 }], T0 + 5000, { behind: 7 })
    const { meta } = await get(`metric=${filler.source.name}.events&from=${T0}&to=${T0 + 9000}`)
    expect(meta).toMatchObject({ asOfMs: T0 + 4000, behindRecords: 7, complete: 1 })
  })

  test('windows past their keep are null even where a chunk lingers', async () => {
    const filler = await filled(2, { '1s': '1m', '1m': '2d' })
    clock.nowMs = T0 + 200_000
    await filler.applyBatch(
      0,
      [
        { ts: T0 },
        { ts: T0 + 100_000, visitor: 'a' },
        { ts: T0 + 100_000, visitor: 'b' },
        { ts: T0 + 100_000, visitor: 'c' },
      ],
      clock.nowMs,
    )
    await filler.applyBatch(1, [], clock.nowMs)
    const { series } = await get(
      `metric=${filler.source.name}.events&interval=1s&from=${T0}&to=${T0 + 101_000}`,
    )
    // Kept while end + 60 s is past the clock at T0 + 100 s: from the window that begins at T0 + 40 s on.
    expect(series[0]!.values.findIndex((value) => value !== null)).toBe(40)
    expect(series[0]!.values[100]).toBe(3)
  })

  test('a partition that was never opened leaves the others their numbers, and the answer says what it lacks; where none is open nothing is known', async () => {
    const filler = await filled(2)
    await store.pipeline([['DEL', filler.keys(1).pos]])
    clock.nowMs = T0 + 10_000
    const ask = `metric=${filler.source.name}.events&from=${T0}&to=${T0 + 5000}`
    expect((await get(ask)).meta).toMatchObject({ asOfMs: null, complete: 0 })
    await filler.applyBatch(0, [{ ts: T0 }], clock.nowMs)
    const { series, meta } = await get(ask)
    expect(series[0]!.values).toEqual([1, 0, 0, 0, 0])
    expect(meta).toMatchObject({
      asOfMs: clock.nowMs,
      complete: 0.5,
      partitions: 2,
      incomplete: [{ partition: 1, state: 'unopened' }],
      vector: { 0: 1 },
    })
    await store.pipeline([['DEL', filler.keys(0).pos]])
    const gone = await get(ask)
    expect(gone.series[0]!.values).toEqual([null, null, null, null, null])
    expect(gone.meta).toMatchObject({
      asOfMs: null,
      lagMs: null,
      complete: 0,
      vector: {},
      rebuilding: { lost: true },
    })
  })
})
