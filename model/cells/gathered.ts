/**
 * What the events of a batch hand to a measure that needs an object, by cell: lists in typed arrays, used again from batch to batch. The objects hear of it
 * once a batch, so that the many cells of a batch make none.
 */
const FIRST_CELLS = 64
const FIRST_VALUES = 256

let scratch = new Float64Array(1024)
let scratchWeights = new Float64Array(1024)

/** What {@link Gathered.take} took last, from the first on; whoever has it may put it in order. */
export const taken = (): Float64Array => scratch

/** And how often each of them came. */
export const takenWeights = (): Float64Array => scratchWeights

export class Gathered {
  #isUsed = false
  #count = 0
  #values = new Float64Array(FIRST_VALUES)
  #weights = new Float64Array(FIRST_VALUES)
  /** By value: the one before it of the same cell + 1, or 0. */
  #before = new Int32Array(FIRST_VALUES)
  /** By cell: its newest value + 1, or 0. */
  #newest = new Int32Array(FIRST_CELLS)
  /** By cell: how many events its values stand for. */
  #events = new Float64Array(FIRST_CELLS)

  /** The value of one event. */
  add(cell: number, value: number): void {
    this.#isUsed = true
    this.#put(cell, value, 1)
    this.#events[cell]!++
  }

  /** The first `count` of `values`, each as often as its weight says: all that so many events say and this cell does not know already. */
  hand(cell: number, values: Float64Array, weights: Float64Array, count: number, events: number): void {
    this.#isUsed = true
    if (cell >= this.#newest.length) this.#widen(cell)
    for (let at = 0; at < count; at++) this.#put(cell, values[at]!, weights[at]!)
    this.#events[cell]! += events
  }

  addFrom(cell: number, from: Gathered, fromCell: number): void {
    const [values, before] = [from.#values, from.#before]
    for (let at = from.#newestOf(fromCell); at !== 0; at = before[at - 1]!) this.add(cell, values[at - 1]!)
  }

  /** Puts the values of a cell where {@link taken} finds them; answers how many there are. */
  take(cell: number): number {
    const [values, weights, before] = [this.#values, this.#weights, this.#before]
    let count = 0
    for (let at = this.#newestOf(cell); at !== 0; at = before[at - 1]!) {
      if (count === scratch.length) {
        scratch = widened(scratch, count + 1)
        scratchWeights = widened(scratchWeights, count + 1)
      }
      scratch[count] = values[at - 1]!
      scratchWeights[count++] = weights[at - 1]!
    }
    return count
  }

  eventsOf(cell: number): number {
    return cell < this.#events.length ? this.#events[cell]! : 0
  }

  /** `cells`: how many there were, at least. */
  clear(cells: number): void {
    if (!this.#isUsed) return
    this.#isUsed = false
    this.#newest.fill(0, 0, cells)
    this.#events.fill(0, 0, cells)
    this.#count = 0
  }

  #put(cell: number, value: number, weight: number): void {
    if (cell >= this.#newest.length) this.#widen(cell)
    if (this.#count === this.#values.length) {
      this.#values = widened(this.#values, this.#count + 1)
      this.#weights = widened(this.#weights, this.#count + 1)
      this.#before = widened(this.#before, this.#count + 1)
    }
    const at = this.#count++
    this.#values[at] = value
    this.#weights[at] = weight
    this.#before[at] = this.#newest[cell]!
    this.#newest[cell] = at + 1
  }

  #newestOf(cell: number): number {
    return cell < this.#newest.length ? this.#newest[cell]! : 0
  }

  #widen(cell: number): void {
    this.#newest = widened(this.#newest, cell + 1)
    this.#events = widened(this.#events, cell + 1)
  }
}

function widened<Numbers extends Float64Array | Int32Array>(numbers: Numbers, least: number): Numbers {
  const Type = numbers.constructor as new (length: number) => Numbers
  const wider = new Type(Math.max(numbers.length * 2, least))
  wider.set(numbers)
  return wider
}
