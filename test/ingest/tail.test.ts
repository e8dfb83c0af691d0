import { expect, test } from 'vitest'
import { TailOutput } from '../../ingest/outputs/tail.ts'
import type { Changes } from '../../ingest/outputs/output.ts'
import type { Delta } from '../../model/delta.ts'
import type { Run } from '../../model/run.ts'

/** Ids that one batch of `count` records leaves in the tail; `isMarked` says which carry a mark. */
function idsOf(count: number, isMarked: (offset: number) => boolean): string[] {
  const numbers = Array.from({ length: count }, (_, n) => n)
  const value = Buffer.from('{}')
  const run = {
    count,
    events: numbers,
    steps: numbers,
    batch: {
      vias: new Map(numbers.filter(isMarked).map((n) => [n, 'http'])),
      partOf: () => null,
      offsets: numbers,
      eventsFrom: numbers,
      tsMs: numbers,
      bytes: numbers.map(() => value),
      valueAt: numbers.map(() => 0),
      valueLength: numbers.map(() => value.length),
      events: { timeMs: numbers },
    },
  } as unknown as Run
  const ids: string[] = []
  const output = new TailOutput()
  output.begin()
  output.add(run)
  output.write({} as Delta, { stream: (_: string, id: string) => void ids.push(id) } as unknown as Changes)
  return ids
}

const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `${from + n + 1}-0`)

test('of events without a mark the newest few are kept', () => {
  expect(idsOf(100, () => false)).toEqual(ids(92, 100))
})

test('of many with a mark the newest are kept, so that the newest event of all is always there', () => {
  expect(idsOf(500, () => true)).toEqual(ids(468, 500))
  expect(idsOf(20, () => true)).toEqual(ids(0, 20))
})

test('marked and unmarked ones stand in the order of the log', () => {
  expect(idsOf(100, (offset) => offset < 50)).toEqual([...ids(18, 50), ...ids(92, 100)])
  expect(idsOf(100, (offset) => offset === 3)).toEqual([...ids(3, 4), ...ids(92, 100)])
})
