/** Before a budget is spent, `/v1/status` says which, and what came. */
import { expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { StatusAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource, type Sent } from '../fill.ts'

test('from 85 % on, with the field, how far it is and some of it; by the day that the clock says', async () => {
  const nowMs = Date.now()
  const source = {
    ...testSource('spent', undefined, 20),
    entity: { onlineMs: 60_000, forgetMs: 86_400_000, budget: 40, last: null },
  }
  const filler = new Filler(store, source, 2)
  await filler.open()
  const app = await createServer({ store, version: '0', pageDirectory: null })
  const spent = async () =>
    ((await app.inject('/v1/status')).json() as StatusAnswer).sources.find((one) => one.source === 'spent')!
      .spentBudgets
  const events = (from: number, to: number): Sent[] =>
    Array.from({ length: to - from }, (_, n) => ({
      ts: nowMs - 1000,
      country: `c${from + n}`,
      visitor: `v${from + n}`,
    }))
  await filler.applyBatch(0, events(0, 16), nowMs)
  await filler.applyBatch(1, events(0, 5), nowMs)
  expect(await spent()).toEqual([])
  await filler.applyBatch(1, events(5, 17), nowMs)
  const all = await spent()
  expect(all.map(({ kind, by, partition, used, budget }) => [kind, by, partition, used, budget])).toEqual([
    ['names', 'country', 1, 17, 20],
    ['names', 'country+device', 1, 17, 20],
  ])
  for (const { by, sample } of all) {
    expect(sample).toHaveLength(3)
    for (const name of sample) expect(name).toMatch(by === 'country' ? /^\["c\d+"\]$/ : /^\["c\d+",null\]$/)
  }
  await filler.applyBatch(0, events(16, 60), nowMs)
  const now = await spent()
  expect(now.find(({ kind }) => kind === 'entities')).toEqual({
    kind: 'entities',
    by: 'visitor',
    partition: 0,
    used: 40,
    budget: 40,
    sample: [
      expect.stringMatching(/^v\d+$/),
      expect.stringMatching(/^v\d+$/),
      expect.stringMatching(/^v\d+$/),
    ],
  })
  expect(now.find(({ by }) => by === 'country')).toMatchObject({ partition: 0, budget: 20 })
  await app.close()
})

test('latest values, ids of events and series of a counter have their budgets too', async () => {
  const nowMs = Date.now()
  const [source] = readDefinition({
    sources: {
      spent2: {
        topic: 'spent2',
        key: 'visitor',
        time: 'ts',
        id: { from: 'device', within: '1d', budget: 40 },
        fields: { visitor: 'string?', country: 'string?', paid: 'number?' },
        metrics: { events: 'count', total: { counter: 'paid', decimals: 0 } },
        entity: { online: '1m', budget: 10, last: { by: 'country', of: ['paid'] } },
      },
    },
    keep: { '1m': '2d' },
  })
  const filler = new Filler(store, source!, 1)
  await filler.open()
  const app = await createServer({ store, version: '0', pageDirectory: null })
  const spent = async () =>
    ((await app.inject('/v1/status')).json() as StatusAnswer).sources.find((one) => one.source === 'spent2')!
      .spentBudgets
  const events = (from: number, to: number): Sent[] =>
    Array.from({ length: to - from }, (_, n) => ({
      ts: nowMs - 1000 + n,
      country: `c${from + n}`,
      visitor: `v${(from + n) % 9}`,
      device: `id${from + n}`,
      paid: n,
    }))
  await filler.applyBatch(0, events(0, 33), nowMs)
  expect((await spent()).map(({ kind }) => kind)).toEqual(['series', 'entities'])
  await filler.applyBatch(0, events(33, 36), nowMs)
  const all = await spent()
  expect(all.map(({ kind, by, used, budget }) => [kind, by, used, budget])).toEqual([
    ['series', 'total', 9, 10],
    ['entities', 'visitor', 9, 10],
    ['values', 'country', 36, 40],
    ['ids', 'device', 36, 40],
  ])
  const sampleOf = (kind: string): string => all.find((one) => one.kind === kind)!.sample[0] ?? ''
  expect(sampleOf('series')).toMatch(/^\["v\d"\]$/)
  expect(sampleOf('values')).toMatch(/^\["v\d","c\d+"\]$/)
  expect(sampleOf('ids')).toBe('')
  await app.close()
})
