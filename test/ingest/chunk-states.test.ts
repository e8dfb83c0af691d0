/** What the worker keeps of cells that need more than a row: batch by batch it must leave in the store what all events at once come to. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkStates } from '../../ingest/outputs/chunk-states.ts'
import type { PiecesOut, StateMeasure } from '../../model/measures/measure.ts'
import { quantiles } from '../../model/measures/quantiles.ts'
import { EXACT_IN_STORE, uniques } from '../../model/measures/uniques.ts'
import { textHashOf } from '../../model/text-hash.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'

const NUMBER = 3

/** Of one cell: what the store holds, and how much was written. */
class Stored {
  cell: Buffer = Buffer.alloc(0)
  readonly pieces = new Map<number, Buffer>()
  written = 0

  out(isAll: boolean): PiecesOut {
    return {
      isAll,
      put: (piece, { bytes, length }) => {
        this.pieces.set(piece, Buffer.from(bytes.subarray(0, length)))
        this.written += length
      },
      remove: (piece) => {
        expect(this.pieces.delete(piece)).toBe(true)
      },
    }
  }

  take(pack: (out: ByteWriter, pieces: PiecesOut) => void, isAll: boolean): void {
    const writer = new ByteWriter()
    pack(writer, this.out(isAll))
    this.cell = writer.take()
    this.written += this.cell.length
  }
}

/** Adds batches to the states of a worker that starts anew before some of them; answers what it leaves in the store. */
function workedOn(
  measure: object,
  batches: readonly (readonly number[])[],
  isNew: (batch: number) => boolean,
): Stored {
  const one = measure as StateMeasure
  const stored = new Stored()
  let states = new ChunkStates()
  for (const [batch, units] of batches.entries()) {
    if (batch > 0 && isNew(batch)) {
      states = new ChunkStates()
      states.fill(one, NUMBER, stored.cell, new ByteReader(stored.cell), (piece) => {
        const bytes = stored.pieces.get(piece)
        return bytes === undefined ? null : new ByteReader(bytes)
      })
    }
    if (units.length > 0) states.add(one, NUMBER, Float64Array.from(units), units.length, units.length)
    stored.take((out, pieces) => states.pack(one, NUMBER, out, pieces), false)
  }
  return stored
}

function atOnce(measure: object, units: readonly number[]): Stored {
  const one = measure as StateMeasure
  const stored = new Stored()
  const state = one.create()
  if (units.length > 0) one.addAll(state, Float64Array.from(units), units.length, units.length)
  stored.take((out, pieces) => one.pack(state, out, pieces), true)
  return stored
}

const text = fc.integer({ min: 0, max: 3000 }).map((n) => textHashOf(`v${n}`))
const number = fc.oneof(
  fc.integer({ min: 60, max: 30_000 }),
  fc.integer({ min: -9, max: 9 }),
  fc.maxSafeInteger(),
)
const batchesOf = (unit: fc.Arbitrary<number>): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(unit, { maxLength: 200, size: 'max' }), { minLength: 1, maxLength: 12 })

describe.each([
  ['uniques', uniques, text],
  ['quantiles', quantiles, number],
] as const)('%s', (_, measure, unit) => {
  test('L8: any batches, and a worker that starts anew between them, leave the same bytes and pieces', () => {
    fc.assert(
      fc.property(
        batchesOf(unit),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (batches, isNew) => {
          const found = workedOn(measure, batches, (batch) => isNew[batch]!)
          const whole = atOnce(measure, batches.flat())
          expect(found.cell.toString('hex')).toBe(whole.cell.toString('hex'))
          expect(found.pieces).toEqual(whole.pieces)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('what an event changes in a large cell is little to write', () => {
    const units = Array.from({ length: 3000 }, (__, n) =>
      measure.input === 'text' ? textHashOf(`v${n}`) : 60 + ((n * 7919) % 29_000),
    )
    const stored = workedOn(measure, [units], () => false)
    const before = stored.written
    const more = workedOn(measure, [units, [units[5]!]], () => true)
    expect(before).toBeGreaterThan(600)
    expect(more.written - before).toBeLessThan(220)
  })
})

test('more texts than are kept exactly lie in registers, and the pieces of hashes are gone', () => {
  const texts = Array.from({ length: EXACT_IN_STORE + 1 }, (_, n) => textHashOf(`v${n}`))
  for (const isNew of [false, true]) {
    const batches = [
      texts.slice(0, 9000),
      texts.slice(9000, 10_000),
      texts.slice(10_000),
      texts.slice(0, 20),
      [textHashOf('x')],
    ]
    const found = workedOn(uniques, batches, () => isNew)
    const whole = atOnce(uniques, batches.flat())
    expect(found.cell).toEqual(whole.cell)
    expect(found.pieces).toEqual(whole.pieces)
    expect(found.pieces.size).toBe(16)
  }
})

test('what a coarser window knows already is not handed on', () => {
  const states = new ChunkStates()
  const units = Float64Array.from([5, 3, 5, 9])
  expect(states.add(uniques as StateMeasure, 0, units, 4, 4)).toBe(3)
  expect([...units.subarray(0, 3)]).toEqual([3, 5, 9])
  const more = Float64Array.from([9, 4, 3, 4])
  expect(states.add(uniques as StateMeasure, 0, more, 4, 4)).toBe(1)
  expect(more[0]).toBe(4)
})
