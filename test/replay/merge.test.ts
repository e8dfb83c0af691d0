import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { merged, reordered, sorted } from '../../ingest/replay/merge.ts'

interface Item {
  timeMs: number
  from: number
  at: number
}

async function* stream(times: readonly number[], from = 0): AsyncGenerator<Item> {
  for (const [at, timeMs] of times.entries()) yield { timeMs, from, at }
}
async function collect(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 })
const stable = (items: Item[]) =>
  items.toSorted((a, b) => a.timeMs - b.timeMs || a.from - b.from || a.at - b.at)

test('sorted streams merge into the stable sort of all of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 6 }), async (lists) => {
      const ordered = lists.map((list) => list.toSorted((a, b) => a - b))
      const all = (await Promise.all(ordered.map((list, from) => collect(stream(list, from))))).flat()
      expect(await collect(merged(ordered.map((list, from) => stream(list, from))))).toEqual(stable(all))
    }),
  )
})

test('a window as wide as the disorder puts all right, a narrower one loses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(times, fc.nat(40), async (list, window) => {
      const all = await collect(stream(list))
      expect(await collect(reordered(stream(list), list.length))).toEqual(stable(all))
      expect(stable(await collect(reordered(stream(list), window)))).toEqual(stable(all))
      expect(await collect(sorted(stream(list), 'a file'))).toEqual(stable(all))
    }),
  )
})

test('sorting in memory has a limit, and merging closes what it leaves', async () => {
  await expect(collect(sorted(stream([1, 2, 3]), 'big.csv', 2))).rejects.toThrow(/big\.csv: more than 2 rows/)
  let closed = 0
  async function* open(): AsyncGenerator<Item> {
    try {
      yield* stream([1, 2, 3])
    } finally {
      closed++
    }
  }
  for await (const item of merged([open(), open()])) if (item.timeMs > 1) break
  expect(closed).toBe(2)
})
