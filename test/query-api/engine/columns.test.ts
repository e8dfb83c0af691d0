import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { PreparedSeries } from '../../../query-api/engine/series/series.ts'
import { Sources } from '../../../query-api/sources/sources.ts'
import { PreparedTop } from '../../../query-api/engine/ranking/top.ts'
import { answerOne, type PreparedQuery } from '../../../query-api/engine/rows/one-snapshot.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'

let names = 0

const T0 = Date.parse('2026-03-04T23:59:00Z')

test('a query that is answered again and again answers as one that is asked anew', {
  timeout: 120_000,
}, async () => {
  const step = fc.record({
    passMs: fc.integer({ min: 0, max: 20_000 }),
    partition: fc.integer({ min: 0, max: 1 }),
    events: fc.array(
      fc.record({
        backMs: fc.integer({ min: 0, max: 15_000 }),
        country: fc.integer({ min: 0, max: 60 }),
        device: fc.constantFrom('phone', 'desk'),
        load: fc.integer({ min: -9, max: 9 }),
      }),
      { maxLength: 15 },
    ),
    isGap: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 12 }),
      fc.constantFrom('events', 'load.avg', 'load.stddev', 'load.max'),
      fc.constantFrom('', '&by=country', '&by=device', '&by=country&where=device:is:phone'),
      fc.constantFrom(5_000, 2 ** 26),
      fc.constantFrom(20, 5000),
      async (steps, stat, by, maxBytes, budget) => {
        let nowMs = T0
        const filler = new Filler(
          store,
          testSource(`columns${names++}`, { '1s': '20s', '1m': '2d' }, budget),
          2,
        )
        await filler.open()
        for (const partition of [0, 1]) await filler.applyBatch(partition, [{ ts: T0 - 60_000 }], nowMs)
        const of = `metric=${filler.source.name}.${stat}${by}`
        const queries = [
          readSeriesQuery(`${of}&from=now-30s&interval=1s&limit=500`),
          readTopQuery(`${of}&from=now-1m&compare=previous&limit=5`),
        ] as const
        const asking = (options: { maxBytes?: number }) => {
          const sources = new Sources({ store, now: () => nowMs, ...options })
          const all: PreparedQuery<object>[] = [new PreparedSeries(queries[0]), new PreparedTop(queries[1])]
          return async () => {
            const open = await sources.get(filler.source.name)
            return Promise.all(all.map((prepared) => answerOne(open, prepared, () => nowMs)))
          }
        }
        const kept = asking({ maxBytes })
        for (const { passMs, partition, events, isGap } of steps) {
          nowMs += passMs
          await filler.applyBatch(
            partition,
            events.map(({ backMs, country, ...rest }) => ({
              ts: nowMs - backMs,
              country: `c${country}`,
              ...rest,
            })),
            nowMs,
          )
          await filler.applyBatch(1 - partition, [], nowMs)
          if (isGap) await store.pipeline([['DEL', filler.keys(partition).feed]])
          expect(await kept()).toEqual(await asking({})())
        }
      },
    ),
    { numRuns: 40 },
  )
})

test.each(['series?from=now-30s&interval=1s', 'top?from=now-30s'])(
  '%s: an execution that is given up before it took anything in leaves all windows to the next one',
  async (asked) => {
    const [kind, range] = asked.split('?')
    const filler = new Filler(store, testSource(`columns${names++}`, { '1s': '2m', '1m': '2d' }), 1)
    await filler.open()
    const seconds = Array.from({ length: 60 }, (_, n) => ({ ts: T0 + n * 1000, country: `c${n}` }))
    const nowMs = T0 + 60_000
    await filler.applyBatch(0, seconds, nowMs)
    const query = `metric=${filler.source.name}.events&by=country&limit=100&${range}`
    const prepare = (): PreparedQuery<object> =>
      kind === 'top' ? new PreparedTop(readTopQuery(query)) : new PreparedSeries(readSeriesQuery(query))
    const open = await new Sources({ store, now: () => nowMs }).get(filler.source.name)
    const kept = prepare()
    const first = await answerOne(open, kept, () => nowMs)
    // The store does not answer, or another partition has too many cells, while the range is one of later: nothing is folded.
    const laterMs = nowMs + 20_000
    kept.executions(open, { nowMs: laterMs, latestMs: nowMs, clockMs: nowMs })[0]!()
    expect(await answerOne(open, kept, () => nowMs)).toEqual(first)
    expect(await answerOne(open, prepare(), () => nowMs)).toEqual(first)
  },
)
