/** Before a budget is spent, `/v1/status` says which, and what came. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../../query-api/http/server.ts'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler, testSource, type Sent } from './fill.ts'

let server: TestStore
let store: Store
beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await store.check()
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})

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
