/** Of the cells of a chunk: what its measures have that need more than a row. Little stays packed, much is an object. */
import type { PiecesIn, PiecesOut, StateMeasure } from '../../model/measures/measure.ts'
import { type ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { PackedStates } from './packed-states.ts'

const scratch = new ByteWriter()
const NO_PIECES = (): null => null

export class ChunkStates {
  readonly #objects: (object | undefined)[] = []
  readonly #packed = new PackedStates()

  /** See {@link StateMeasure.addAll}, of the state of this number. */
  add(
    measure: StateMeasure,
    number: number,
    units: Float64Array,
    count: number,
    events: number,
    weights?: Float64Array,
  ): number {
    let object = this.#objects[number]
    if (object === undefined) {
      const before = this.#packed.read(number)
      scratch.clear()
      const fresh = measure.addPacked(before, units, count, events, scratch, weights)
      if (fresh >= 0) {
        this.#packed.set(number, scratch.bytes, 0, scratch.length)
        return fresh
      }
      object = before === null ? measure.create() : measure.unpack(this.#packed.read(number)!, NO_PIECES)
      this.#objects[number] = object
      this.#packed.remove(number)
    }
    return measure.addAll(object, units, count, events, weights)
  }

  /** Answers how many bytes it takes in memory beside what is packed into `out`. */
  pack(measure: StateMeasure, number: number, out: ByteWriter, pieces: PiecesOut): number {
    const object = this.#objects[number]
    if (object !== undefined) {
      measure.pack(object, out, pieces)
      return measure.bytes(object)
    }
    if (this.#packed.sizeOf(number) > 0) this.#packed.copyTo(number, out)
    else out.natural(0)
    return 0
  }

  /**
   * Takes one out of the bytes of a cell, where the reader stands, and leaves it behind it; answers as {@link pack} does. Throws RangeError on bytes and
   * pieces that are none.
   */
  fill(measure: StateMeasure, number: number, bytes: Buffer, from: ByteReader, pieces: PiecesIn): number {
    const start = from.at
    if (measure.pass(from)) {
      this.#packed.set(number, bytes, start, from.at)
      return 0
    }
    const object = measure.unpack(from.over(bytes, start), pieces)
    this.#objects[number] = object
    return measure.bytes(object)
  }
}
