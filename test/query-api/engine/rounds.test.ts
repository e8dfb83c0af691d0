/** Live queries that are due together look at the store once, and each has the answer it would have alone. */
import { expect, test } from 'vitest'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { answerOne, type PreparedQuery } from '../../../query-api/engine/rows/one-snapshot.ts'
import { PreparedSeries } from '../../../query-api/engine/series/series.ts'
import { PreparedTop } from '../../../query-api/engine/ranking/top.ts'
import { Rounds } from '../../../query-api/engine/rows/rounds.ts'
import { Sources } from '../../../query-api/sources/sources.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'

const T0 = Date.parse('2026-03-04T12:00:00Z')

test('one look for all; a query that fails leaves the others', async () => {
  const filler = new Filler(store, testSource('rounds', { '1s': '1h', '1m': '2d' }), 2)
  await filler.open()
  for (const partition of [0, 1]) await filler.applyBatch(partition, [{ ts: T0 - 5000, country: 'DE' }], T0)
  let looks = 0
  const counting: Store = Object.create(store, {
    each: { value: (...args: Parameters<Store['each']>) => (looks++, store.each(...args)) },
  }) as Store
  const sources = new Sources({ store: counting, now: () => T0 })
  const rounds = new Rounds({ open: (source) => sources.get(source), now: () => T0 })
  const texts = ['', '&by=country', '&by=device'].map((by) => `metric=rounds.events${by}&from=now-1m`)
  const prepared = (): PreparedQuery<unknown>[] => [
    ...texts.map((text) => new PreparedSeries(readSeriesQuery(text))),
    new PreparedTop(readTopQuery('metric=rounds.events&by=country&from=now-1m')),
  ]
  const alone = []
  for (const one of prepared()) alone.push(await answerOne(await sources.get('rounds'), one, () => T0))

  const round = prepared()
  await rounds.answer('rounds', round[0]!)
  looks = 0
  await rounds.answer('rounds', round[0]!)
  const ofOne = looks
  await Promise.all(round.map((one) => rounds.answer('rounds', one))) // what was not held is read
  looks = 0
  const fine = new PreparedSeries(readSeriesQuery('metric=rounds.events&from=now-2d&interval=1s'))
  const answers = await Promise.allSettled([...round, fine].map((one) => rounds.answer('rounds', one)))
  expect(looks).toBe(ofOne)
  expect(answers.slice(0, -1)).toEqual(alone.map((value) => ({ status: 'fulfilled', value })))
  expect(answers.at(-1)).toMatchObject({ status: 'rejected', reason: { kind: 'interval_too_fine' } })
})

test('what a store that is away says reaches everybody who waits', async () => {
  const rounds = new Rounds({ open: () => Promise.reject(new Error('away')), now: () => T0 })
  const query = new PreparedSeries(readSeriesQuery('metric=rounds.events&from=now-1m'))
  const answers = await Promise.allSettled([rounds.answer('s', query), rounds.answer('s', query)])
  expect(answers.map((one) => one.status)).toEqual(['rejected', 'rejected'])
  await expect(rounds.answer('s', query)).rejects.toThrow('away')
})
