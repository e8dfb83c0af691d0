import { expect, test } from 'vitest'
import { enter, swap, toDrop, type Wanted } from '../../ingest/generations.ts'
import { readDefinition } from '../../model/definition-file.ts'
import { shipped } from '../../model/shipped.ts'
import type { CatalogGeneration, Generations } from '../../store/read-generations.ts'

const source = readDefinition(shipped)[0]!
const one = (generation: number, def: string, state: CatalogGeneration['state'], sinceMs = 0, dropping = false): CatalogGeneration => ({ generation, source, def, state, sinceMs, ...(dropping && { dropping }) })
function catalog(...all: CatalogGeneration[]): Generations {
  return { active: all.find(({ state }) => state === 'active')!, partitions: 4, version: 7, last: Math.max(...all.map(({ generation }) => generation)), all }
}
const wanted = (def: string, more: Partial<Wanted> = {}): Wanted => ({ source, def, partitions: 4, nowMs: 99, first: 1, ...more })
const states = (put: readonly CatalogGeneration[] = []): string[] => put.map(({ generation, def, state }) => `${generation} ${def} ${state}`)
const always = (): boolean => true

test('the first worker makes the first generation, and it answers at once', () => {
  const { generation, change } = enter(null, wanted('a'), always)
  expect([generation, change?.active, states(change?.put)]).toEqual([1, 1, ['1 a active']])
  expect(enter(null, wanted('a', { first: 3 }), always).change?.active).toBe(3)
})

test('the same definition goes on where it is; another one fills beside it', () => {
  const now = catalog(one(1, 'a', 'active'))
  expect(enter(now, wanted('a'), always)).toEqual({ generation: 1, change: null })
  const { generation, change } = enter(now, wanted('b'), always)
  expect([generation, change?.active, states(change?.put)]).toEqual([2, undefined, ['2 b filling']])
})

test('a worker that joins a filling generation changes nothing', () => {
  expect(enter(catalog(one(1, 'a', 'active'), one(2, 'b', 'filling')), wanted('b'), always)).toEqual({ generation: 2, change: null })
})

test('who comes last decides: going back gives up what was filling', () => {
  const now = catalog(one(1, 'a', 'active'), one(2, 'b', 'filling'))
  expect(states(enter(now, wanted('a'), always).change?.put)).toEqual(['2 b old'])
  expect(states(enter(now, wanted('c'), always).change?.put)).toEqual(['3 c filling', '2 b old'])
})

test('flip-back resumes an old generation while the log holds what it lacks, and never one that is going', () => {
  const now = catalog(one(1, 'a', 'old'), one(2, 'b', 'active'))
  expect(enter(now, wanted('a'), always)).toMatchObject({ generation: 1 })
  expect(states(enter(now, wanted('a'), always).change?.put)).toEqual(['1 a filling'])
  expect(enter(now, wanted('a'), () => false).generation).toBe(3)
  expect(enter(catalog(one(1, 'a', 'old', 0, true), one(2, 'b', 'active')), wanted('a'), always).generation).toBe(3)
})

test('a generation that lost a part is filled anew beside itself', () => {
  const { generation, change } = enter(catalog(one(4, 'a', 'active')), wanted('a'), always, true)
  expect([generation, states(change?.put)]).toEqual([5, ['5 a filling']])
})

test('no number is given twice, though its generation is gone', () => {
  expect(enter({ ...catalog(one(1, 'a', 'active')), last: 5 }, wanted('b'), always)).toMatchObject({ generation: 6, change: { last: 6 } })
})

test('partitions that were added enter the catalog', () => {
  expect(enter(catalog(one(1, 'a', 'active')), wanted('a', { partitions: 6 }), always).change).toEqual({ put: [], partitions: 6 })
})

test('a swap makes one answer and the other old; only a filling one takes over', () => {
  const now = catalog(one(1, 'a', 'active'), one(2, 'b', 'filling'))
  expect(swap(now, 2, 99)).toMatchObject({ active: 2 })
  expect(states(swap(now, 2, 99)?.put)).toEqual(['1 a old', '2 b active'])
  expect(swap(now, 1, 99)).toBe(null)
  expect(swap(catalog(one(1, 'a', 'active'), one(2, 'b', 'old')), 2, 99)).toBe(null)
})

test('old generations go when their time is over, and those that began to go', () => {
  const now = catalog(one(1, 'a', 'old', 10), one(2, 'b', 'old', 90), one(3, 'c', 'active'), one(4, 'd', 'old', 99, true))
  expect(toDrop(now, 100, 50).map(({ generation }) => generation)).toEqual([1, 4])
})
