import { expect, test } from 'vitest'
import { enter as decide, rebuild, swap, toDrop, type Wanted } from '../../ingest/generations.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import type { CatalogGeneration, Generations } from '../../store/calls/read-generations.ts'

const source = readDefinition(shipped)[0]!
const one = (
  generation: number,
  def: string,
  state: CatalogGeneration['state'],
  sinceMs = 0,
  dropping = false,
): CatalogGeneration => ({ generation, source, def, state, sinceMs, ...(dropping && { dropping }) })
function catalog(...all: CatalogGeneration[]): Generations {
  return {
    active: all.find(({ state }) => state === 'active')!,
    partitions: 4,
    version: 7,
    last: Math.max(...all.map(({ generation }) => generation)),
    all,
    superseded: new Map(),
    skips: new Map(),
    evicted: new Map(),
  }
}
const wanted = (def: string, more: Partial<Wanted> = {}): Wanted => ({
  source,
  def,
  fileMs: 0,
  partitions: 4,
  nowMs: 99,
  first: 1,
  wasCounted: false,
  ...more,
})
const states = (put: readonly CatalogGeneration[] = []): string[] =>
  put.map(({ generation, def, state }) => `${generation} ${def} ${state}`)
/** Where the worker is let in. */
function enter(...args: Parameters<typeof decide>) {
  const entry = decide(...args)
  if (entry.generation === null) throw new Error(`it waits for generation ${entry.by.generation}`)
  return entry
}
const marked = (now: Generations, def: string, fileMs: number): Generations => ({
  ...now,
  superseded: new Map([[def, { def, fileMs, atMs: 1 }]]),
})
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
  expect(enter(catalog(one(1, 'a', 'active'), one(2, 'b', 'filling')), wanted('b'), always)).toEqual({
    generation: 2,
    change: null,
  })
})

test('a definition that comes anew decides: going back gives up what was filling', () => {
  const now = catalog(one(1, 'a', 'active'), one(2, 'b', 'filling'))
  expect(states(enter(now, wanted('a'), always).change?.put)).toEqual(['2 b old'])
  expect(states(enter(now, wanted('c'), always).change?.put)).toEqual(['3 c filling', '2 b old'])
})

test('flip-back resumes an old generation while the log holds what it lacks, and never one that is going', () => {
  const now = catalog(one(1, 'a', 'old'), one(2, 'b', 'active'))
  expect(enter(now, wanted('a'), always)).toMatchObject({ generation: 1 })
  expect(states(enter(now, wanted('a'), always).change?.put)).toEqual(['1 a filling'])
  expect(enter(now, wanted('a'), () => false).generation).toBe(3)
  expect(
    enter(catalog(one(1, 'a', 'old', 0, true), one(2, 'b', 'active')), wanted('a'), always).generation,
  ).toBe(3)
})

test('a generation that lost a part is filled anew beside itself', () => {
  const { generation, change } = enter(catalog(one(4, 'a', 'active')), wanted('a'), always, true)
  expect([generation, states(change?.put)]).toEqual([5, ['5 a filling']])
})

test('no number is given twice, though its generation is gone', () => {
  expect(enter({ ...catalog(one(1, 'a', 'active')), last: 5 }, wanted('b'), always)).toMatchObject({
    generation: 6,
    change: { last: 6 },
  })
})

test('partitions that were added enter the catalog', () => {
  expect(enter(catalog(one(1, 'a', 'active')), wanted('a', { partitions: 6 }), always).change).toEqual({
    put: [],
    partitions: 6,
  })
})

test('a swap makes one answer and the other old; only a filling one takes over', () => {
  const now = catalog(one(1, 'a', 'active'), one(2, 'b', 'filling'))
  expect(swap(now, 2, 99)).toMatchObject({ active: 2 })
  expect(states(swap(now, 2, 99)?.put)).toEqual(['1 a old', '2 b active'])
  expect(swap(now, 1, 99)).toBe(null)
  expect(swap(catalog(one(1, 'a', 'active'), one(2, 'b', 'old')), 2, 99)).toBe(null)
})

test('old generations go when their time is over, and those that began to go', () => {
  const now = catalog(
    one(1, 'a', 'old', 10),
    one(2, 'b', 'old', 90),
    one(3, 'c', 'active'),
    one(4, 'd', 'old', 99, true),
  )
  expect(toDrop(now, 100, 50).map(({ generation }) => generation)).toEqual([1, 4])
})

test('what was lost with its catalog is answered for as a whole only when it is counted again; a first start at once', () => {
  const put = enter(null, wanted('a', { wasCounted: true }), always).change!.put!
  expect(states(put)).toEqual(['1 a filling'])
  const now: Generations = { ...catalog(one(1, 'x', 'active')), active: put[0]!, all: put }
  expect(states(swap(now, 1, 99)?.put)).toEqual(['1 a active'])
  expect(enter(now, wanted('a'), always)).toEqual({ generation: 1, change: null })
})

test('a definition that takes over marks those that give way, with the youngest file known of them', () => {
  const now = catalog({ ...one(1, 'a', 'active'), fileMs: 7 }, { ...one(2, 'b', 'filling'), fileMs: 8 })
  expect(enter(now, wanted('c', { fileMs: 9 }), always).change?.superseded).toEqual([
    { def: 'a', fileMs: 7, atMs: 99 },
    { def: 'b', fileMs: 8, atMs: 99 },
  ])
  expect(enter(now, wanted('a', { fileMs: 9 }), always).change?.superseded).toEqual([
    { def: 'b', fileMs: 8, atMs: 99 },
  ])
  expect(
    enter(catalog({ ...one(1, 'a', 'active'), fileMs: 7 }), wanted('a', { fileMs: 9 }), always).change?.put,
  ).toMatchObject([{ generation: 1, fileMs: 9 }])
})

test('a superseded definition waits through every restart, until its file is written or a person says so', () => {
  const now = marked(catalog(one(1, 'a', 'old'), one(2, 'b', 'active')), 'a', 100)
  for (const fileMs of [0, 50, 100])
    expect(decide(now, wanted('a', { fileMs }), always)).toMatchObject({
      generation: null,
      by: { generation: 2 },
    })
  expect(enter(now, wanted('a', { fileMs: 101 }), always)).toMatchObject({
    generation: 1,
    change: { readmitted: ['a'], superseded: [{ def: 'b' }] },
  })
  expect(enter(now, wanted('a', { fileMs: 0, takeOver: true }), always).generation).toBe(1)
  expect(enter(now, wanted('c', { fileMs: 1 }), always).generation).toBe(3) // one that was never there is an upgrade, whatever its file
})

test('two definitions that are started again and again settle', () => {
  let now = catalog({ ...one(1, 'a', 'active'), fileMs: 5 })
  const actives: string[] = []
  for (const def of ['b', 'a', 'b', 'a', 'b', 'a']) {
    const entry = decide(now, wanted(def, { fileMs: 5 }), always)
    if (entry.generation !== null && entry.change !== null) {
      const all = [
        ...now.all.filter(
          (had) => !entry.change!.put!.some(({ generation }) => generation === had.generation),
        ),
        ...entry.change.put!,
      ]
      now = {
        ...now,
        all,
        last: entry.change.last ?? now.last,
        superseded: new Map([
          ...now.superseded,
          ...(entry.change.superseded ?? []).map((one) => [one.def, one] as const),
        ]),
      }
      const swapped = swap(now, entry.generation, 99)
      if (swapped)
        now = {
          ...now,
          all: [
            ...now.all.filter((had) => !swapped.put!.some(({ generation }) => generation === had.generation)),
            ...swapped.put!,
          ],
          active: swapped.put!.at(-1)!,
        }
    }
    actives.push(now.active.def)
  }
  expect(actives).toEqual(['b', 'b', 'b', 'b', 'b', 'b'])
})

test('a rebuild is a generation of the same definition that waits for nothing of the one before, and a restart goes on with it', () => {
  const now = catalog(one(1, 'a', 'active'))
  const change = rebuild(now, 6, 99)
  expect(change).toMatchObject({
    last: 2,
    partitions: 6,
    put: [{ generation: 2, def: 'a', state: 'filling', anotherLog: true }],
  })
  const during = { ...now, all: [...now.all, ...change.put!], last: 2 }
  expect(enter(during, wanted('a'), () => false)).toEqual({ generation: 2, change: null })
  expect(swap(during, 2, 99)?.put?.at(-1)).toEqual({
    ...change.put![0],
    anotherLog: undefined,
    state: 'active',
  })
})
