/** Every measure of the list: what it must do because it is one. What each of them answers is in measures-values.test.ts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Metric } from '../../model/definition.ts'
import { goesBySeries, hasRow, MEASURES, measureOf, type EventPlace } from '../../model/measures/index.ts'
import { partsOf, type Part } from '../../model/measures/part.ts'
import { layout, type Cell } from '../../model/measures.ts'
import { holdCell, packCell, unpackCell, type Pieces } from '../../model/pack.ts'
import { textHashOf } from '../../model/text-hash.ts'
import { partOfSteps } from './series-part.ts'

interface Came {
  readonly units: number
  readonly place: EventPlace
}

const metricOf = (kind: string): Metric => ({ kind, name: kind, field: 'f', decimals: 2, where: [] })
/** Behind another measure of each form, so that a place that is off shows. */
const metricsOf = (kind: string): Metric[] => ['count', 'quantiles', kind].map(metricOf)

const place = fc.record({
  timeMs: fc.integer({ min: 0, max: 20 }),
  offset: fc.integer({ min: 0, max: 3 }),
  index: fc.integer({ min: 0, max: 2 }),
})
const numbers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -200, max: 200 }),
  fc.constantFrom(0, 2 ** 53, -(2 ** 53), 128, -128, 2 ** 32),
)
const texts = fc
  .oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 5000 }))
  .map((n) => textHashOf(`v${n}`))
const cameTo = (kind: string): fc.Arbitrary<Came[]> => {
  const { input } = measureOf({ kind })
  const units = input === 'none' ? fc.constant(0) : input === 'text' ? texts : numbers
  return fc.array(fc.record({ units, place }), { maxLength: input === 'text' ? 900 : 300, size: 'max' })
}

function cellOf(kind: string, came: readonly Came[]): Cell {
  const row = layout(metricsOf(kind))
  const cell: Cell = unpackCell(packCell([...new Array<number>(row.slots).fill(0)], row), row)
  const part = partOf(kind, came)
  const measure = measureOf({ kind })
  if (measure.slots === 0) cell[row.slots + row.starts[2]!] = part
  else for (const [slot, value] of (part as number[]).entries()) cell[row.starts[2]! + slot] = value
  return cell
}

function partOf(kind: string, came: readonly Came[]): Part {
  const measure = measureOf({ kind })
  if (goesBySeries(measure)) return partOfSteps(measure, came)
  if (hasRow(measure)) {
    const row = new Array<number>(measure.slots).fill(0)
    for (const { units, place } of came) measure.add(row, 0, units, place)
    return row
  }
  const state = measure.create()
  if (came.length > 0)
    measure.addAll(
      state,
      Float64Array.from(came, ({ units }) => units),
      came.length,
      came.length,
    )
  return state
}

/** With what lies beside it. */
const packedOf = (kind: string, part: Part): { bytes: Buffer; pieces: Pieces } => {
  const pieces: Pieces = new Map()
  const cell = measureOf({ kind }).slots === 0 ? [0, part] : (part as number[])
  return { bytes: packCell(cell, layout([metricOf(kind)]), pieces), pieces }
}

const bytesOf = (kind: string, part: Part): string => {
  const { bytes, pieces } = packedOf(kind, part)
  return [bytes, ...[...pieces].flat()].map((one) => one.toString('hex')).join(' ')
}

describe.each([...MEASURES.keys()])('%s', (kind) => {
  const measure = measureOf({ kind })
  const statistics = Object.keys(measure.statistics)
  const parts = partsOf(layout([metricOf(kind)]), 0)
  const readAll = (part: Part): (number | null)[] =>
    statistics.map((statistic) => parts.read(part, statistic))

  test('L8: parts in any order and of any size come to the same bytes and answers', () => {
    fc.assert(
      fc.property(cameTo(kind), fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), (came, which) => {
        const whole = partOf(kind, came)
        const split: Came[][] = [[], [], [], []]
        for (const [at, one] of came.entries()) split[which[at % which.length]!]!.unshift(one)
        const [a, b, c, d] = split.map((some) => partOf(kind, some)) as [Part, Part, Part, Part]
        parts.merge(d, b)
        parts.merge(a, c)
        parts.merge(a, d)
        expect(bytesOf(kind, a)).toBe(bytesOf(kind, whole))
        expect(readAll(a)).toEqual(readAll(whole))
      }),
      { numRuns: 150 },
    )
  })

  test('what is packed comes back beside other measures, and adds up as before', () => {
    fc.assert(
      fc.property(cameTo(kind), cameTo(kind), (came, more) => {
        const row = layout(metricsOf(kind))
        const [pieces, piecesAgain]: Pieces[] = [new Map(), new Map()]
        const packed = packCell(cellOf(kind, came), row, pieces)
        const again = unpackCell(packed, row, pieces)
        expect(packCell(again, row, piecesAgain)).toEqual(packed)
        expect(piecesAgain).toEqual(pieces)
        const pieceOf = (name: string): Buffer | null => pieces!.get(name) ?? null
        const its = partsOf(layout(metricsOf(kind)), 2)
        const held = holdCell(packed, row)
        expect(held.slice(0, row.slots)).toEqual(again.slice(0, row.slots))
        expect(held.slice(row.slots).every((object) => typeof object === 'string')).toBe(true)
        for (const _ of ['first', 'again'])
          expect(bytesOf(kind, its.of(held, pieceOf))).toBe(bytesOf(kind, its.of(again)))
        const [left, right] = [its.of(again), partOf(kind, more)]
        parts.merge(right, left)
        expect(bytesOf(kind, right)).toBe(bytesOf(kind, partOf(kind, [...came, ...more])))
        expect(parts.isEmpty(its.of(again))).toBe(parts.isEmpty(partOf(kind, came)))
      }),
      { numRuns: 60 },
    )
  })

  test('a copy is its own; bytes that end too early are no cell', () => {
    const came: Came[] = [5, 6, 700, -5].map((units, at) => ({
      units: measure.input === 'text' ? textHashOf(String(units)) : units,
      place: { timeMs: at, offset: at, index: 0 },
    }))
    const part = partOf(kind, came)
    const before = bytesOf(kind, part)
    parts.merge(parts.copy(part), partOf(kind, came.toReversed()))
    expect(bytesOf(kind, part)).toBe(before)
    const { bytes } = packedOf(kind, part)
    for (const read of [unpackCell, holdCell])
      for (let end = 0; end < bytes.length; end++)
        expect(() => read(bytes.subarray(0, end), layout([metricOf(kind)]))).toThrow(RangeError)
  })

  test('what reads past it finds the same bytes damaged as what unpacks it', () => {
    const row = layout([metricOf(kind)])
    const fault = (read: () => Cell): string | null => {
      try {
        read()
        return null
      } catch (error) {
        return (error as Error).message
      }
    }
    fc.assert(
      fc.property(cameTo(kind), fc.nat(), fc.nat(255), (came, at, byte) => {
        const { bytes, pieces } = packedOf(kind, partOf(kind, came))
        bytes[at % Math.min(bytes.length, 40)] = byte
        const found = fault(() => unpackCell(bytes, row, pieces))
        // What lies beside it is looked at once somebody asks.
        if (!found?.includes('piece')) expect(fault(() => holdCell(bytes, row))).toBe(found)
      }),
      { numRuns: 60 },
    )
  })

  test('its statistics say what they are', () => {
    const nothing = partOf(kind, [])
    expect(statistics.length).toBeGreaterThan(0)
    for (const statistic of statistics) {
      expect(statistic).toMatch(/^[a-z][a-z0-9]*$/)
      expect(parts.read(nothing, statistic)).toBe(measure.statistics[statistic]!.ofNothing)
      expect(parts.error(nothing, statistic)).toBeNull()
    }
    if (measure.isRankable) expect(measure.slots).toBeGreaterThan(0)
  })
})
