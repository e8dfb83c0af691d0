/** Values that are kept from answer to answer are those that one who kept nothing spreads out. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MergedRow } from '../../../query-api/engine/series/merged-row.ts'
import { SpreadValues, type Shown } from '../../../query-api/engine/series/spread-values.ts'

const COLUMNS = 4
const run = <T>(work: Generator<void, T>): T => {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
const row = (values: readonly (number | null)[]): MergedRow => ({
  columns: values.flatMap((value, column) => (value === null ? [] : column)),
  values: values.filter((value) => value !== null),
  weights: [],
  cells: [],
  error: null,
})

test('whatever moves: the range, what is known, what is read, the series that are shown, single windows', () => {
  const step = fc.record({
    first: fc.integer({ min: 0, max: 12 }),
    length: fc.integer({ min: 1, max: 14 }),
    known: fc.tuple(fc.nat(30), fc.nat(30)),
    hidden: fc.nat(30),
    columns: fc.uniqueArray(fc.nat(COLUMNS - 1)),
    changed: fc.array(
      fc.tuple(fc.nat(30), fc.array(fc.option(fc.nat(9)), { minLength: COLUMNS, maxLength: COLUMNS })),
    ),
  })
  let same = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
      const windows = new Map<number, MergedRow>()
      const kept = new SpreadValues(0)
      const told: { values: (number | null)[][]; copy: string }[] = []
      for (const { first, length, known, hidden, columns, changed } of steps) {
        for (const [window, values] of changed) windows.set(window, row(values))
        const shown: Shown = {
          first,
          known: { from: Math.min(...known), to: Math.max(...known) },
          columns,
          rows: Array.from({ length }, (_, at) =>
            first + at === hidden ? null : (windows.get(first + at) ?? null),
          ),
        }
        const values = run(kept.of(shown, COLUMNS))
        expect(values).toEqual(run(new SpreadValues(0).of(shown, COLUMNS)))
        for (const [n, column] of columns.entries())
          for (const [at, one] of shown.rows.entries()) {
            const place = one?.columns.indexOf(column) ?? -1
            const isKnown = first + at >= shown.known.from && first + at < shown.known.to
            expect(values[n]![at]).toBe(place >= 0 ? one!.values[place] : isKnown ? 0 : null)
          }
        told.push({ values, copy: JSON.stringify(values) })
        same++
      }
      for (const { values, copy } of told) expect(JSON.stringify(values)).toBe(copy)
    }),
    { numRuns: 60 },
  )
  expect(same).toBeGreaterThan(100)
})
