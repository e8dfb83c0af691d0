import { expect, test } from 'vitest'
import { memoryScale } from '../../dashboard/store/memory-scale.ts'

const HOUR_MS = 3_600_000
const sample = (hour: number, data: number) => ({
  atMs: hour * HOUR_MS,
  usedBytes: data + 150,
  maxBytes: 0,
  parts: { data, replication: 50, clients: 1, 'disk buffer': 0, server: 99 },
})

test('bands lie upon each other, the largest lowest; the topmost ends at the line, with what is too small for one', () => {
  const { bands, line, labels } = memoryScale([sample(0, 800), sample(1, 850), sample(2, 900)], null)
  expect(bands.map(({ part }) => part)).toEqual(['data', 'server', 'replication'])
  const bottom = labels[0]!.y
  expect(bands[0]!.lower.map(([, y]) => y)).toEqual([bottom, bottom, bottom])
  for (const [at, band] of bands.entries()) {
    expect(band.upper).toEqual(at === bands.length - 1 ? line : bands[at + 1]!.lower)
    for (const [index, [x, y]] of band.upper.entries()) {
      expect(x).toBe(line[index]![0])
      expect(y).toBeLessThan(band.lower[index]![1])
    }
  }
})

test('samples that do not say what the memory was for have no bands; those behind them do', () => {
  const { parts: _, ...old } = sample(0, 800)
  expect(memoryScale([old, { ...old, atMs: HOUR_MS }], null).bands).toEqual([])
  const { bands, line } = memoryScale([old, sample(1, 850), sample(2, 900)], null)
  expect(bands[0]!.upper.map(([x]) => x)).toEqual(line.slice(1).map(([x]) => x))
})

test('once all keys were weighed the data is told by kind; the small ones of more than five bands are one', () => {
  const kinds = { cells: 500, names: 200, rankings: 60, ids: 40, 'other keys': 0 }
  const weighed = (hour: number) => ({ ...sample(hour, 800), kinds })
  const { bands, line } = memoryScale([sample(0, 800), weighed(1), weighed(2)], null)
  expect(bands.map(({ part, nowBytes }) => [part, nowBytes])).toEqual([
    ['cells', 500],
    ['names', 200],
    ['server', 99],
    ['rankings', 60],
    ['all else', 91],
  ])
  expect(bands.at(-1)!.upper).toEqual(line.slice(1))
  // One sample of them is no line yet.
  expect(memoryScale([sample(0, 800), weighed(1)], null).bands[0]!.part).toBe('data')
})
