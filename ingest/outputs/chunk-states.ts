/** Of the cells of a chunk: what its measures have that need more than a row. Little stays packed, much is an object. */
import type { StateMeasure } from '../../model/measures/measure.ts'
import { ByteReader, ByteWriter } from '../../model/varint.ts'
import { PackedStates } from './packed-states.ts'

/** Past this many bytes a state that comes from the store is made an object. */
const FEW_BYTES = 256

const scratch = new ByteWriter()
const nothing = new Float64Array(0)
const reader = new ByteReader(Buffer.alloc(0))

export class ChunkStates {
  readonly #objects: (object | undefined)[] = []
  readonly #packed = new PackedStates()

  /** See {@link StateMeasure.addAll}, of the state of this number. */
  add(measure: StateMeasure, number: number, units: Float64Array, count: number, events: number): number {
    let object = this.#objects[number]
    if (object === undefined) {
      const before = this.#packed.read(number)
      scratch.clear()
      const fresh = measure.addPacked(before, units, count, events, scratch)
      if (fresh >= 0) {
        this.#packed.set(number, scratch.bytes, 0, scratch.length)
        return fresh
      }
      object = before === null ? measure.create() : measure.unpack(this.#packed.read(number)!)
      this.#objects[number] = object
      this.#packed.remove(number)
    }
    return measure.addAll(object, units, count, events)
  }

  pack(measure: StateMeasure, number: number, out: ByteWriter): void {
    const object = this.#objects[number]
    if (object !== undefined) measure.pack(object, out)
    else if (this.#packed.sizeOf(number) > 0) this.#packed.copyTo(number, out)
    else measure.addPacked(null, nothing, 0, 0, out)
  }

  /** Takes one out of the bytes of a cell, at `at`; answers where it ends. Throws RangeError on bytes that are none. */
  fill(measure: StateMeasure, number: number, bytes: Buffer, at: number): number {
    measure.pass(reader.over(bytes, at))
    const end = reader.at
    if (end - at <= FEW_BYTES) this.#packed.set(number, bytes, at, end)
    else this.#objects[number] = measure.unpack(reader.over(bytes, at))
    return end
  }
}
