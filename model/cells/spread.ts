/** Events of a run once for each value that a field of several values has in them; once with none where it is absent. */
import type { ColumnLayout } from '../columns/column-layout.ts'
import { valuesOfList } from '../columns/conditions.ts'
import type { Source } from '../definition.ts'
import { OTHER_ID } from '../dictionary.ts'
import { MOST_VALUES } from '../decode/read-value.ts'
import { Run } from '../run.ts'
import type { TextDictionary } from '../columns/text-dictionary.ts'

/** By breakdown: the text column of its field of several values; -1 where it has none. */
export function listColumnsOf({ breakdowns, fields }: Source, layout: ColumnLayout): number[] {
  return breakdowns.map((breakdown) => {
    const at = fields.findIndex(({ name, list }) => list === true && breakdown.fields.includes(name))
    return at < 0 ? -1 : layout.textOf[at]!
  })
}

/** Values that an event has, about. */
const VALUES_ABOUT = 4

/** Pairs that an event writes, about, and cells that it touches, at most. `rankings`: by breakdown * intervals + interval. */
export function costOfEvent(
  rankings: readonly number[],
  intervals: number,
  listColumns: readonly number[],
): { pairs: number; cells: number } {
  const isSpread = (map: number): boolean => listColumns[Math.floor(map / intervals)]! >= 0
  return {
    pairs: rankings.reduce((sum, count, map) => sum + (1 + count) * (isSpread(map) ? VALUES_ABOUT : 1), 0),
    cells: rankings.reduce((sum, _, map) => sum + (isSpread(map) ? MOST_VALUES : 1), 0),
  }
}

export class Spread {
  readonly column: number
  readonly run: Run
  /** By place in {@link run}: the code of the value. */
  codes = new Int32Array(256)
  readonly #dictionary: TextDictionary
  readonly #known = new Map<number, readonly number[]>()
  #epoch = 0

  /** `column`: of the field among the texts. */
  constructor(column: number, run: Run, dictionary: TextDictionary) {
    this.column = column
    this.run = run
    this.#dictionary = dictionary
  }

  of({ batch, count, events, steps, kept, clockMs, isWhole }: Run): void {
    if (this.#epoch !== this.#dictionary.epoch || this.#known.size > MOST_KNOWN) this.#known.clear()
    this.#epoch = this.#dictionary.epoch
    const { run } = this
    run.begin(batch)
    run.isWhole = isWhole
    const texts = batch.events.texts[this.column]!
    for (let n = 0; n < count; n++)
      for (const code of this.#codesOf(texts[events[n]!]!)) {
        if (run.count === this.codes.length) {
          const codes = new Int32Array(run.count * 2)
          codes.set(this.codes)
          this.codes = codes
        }
        this.codes[run.count] = code
        run.add(events[n]!, steps[n]!, kept[n]!, clockMs[n]!)
      }
  }

  /** An event whose values have no name, however many, is in `__other__` once. `ids`: by place in {@link run}. */
  othersOnce(ids: Int32Array): void {
    const { run } = this
    let [count, last] = [0, -1]
    for (let n = 0; n < run.count; n++) {
      if (ids[n] === OTHER_ID) {
        if (run.events[n] === last) continue
        last = run.events[n]!
      }
      ids[count] = ids[n]!
      run.events[count] = run.events[n]!
      run.steps[count] = run.steps[n]!
      run.kept[count] = run.kept[n]!
      run.clockMs[count] = run.clockMs[n]!
      count++
    }
    run.count = count
  }

  #codesOf(list: number): readonly number[] {
    if (list === 0) return ABSENT
    let codes = this.#known.get(list)
    if (codes === undefined) {
      codes = valuesOfList(this.#dictionary.textOf(list)!).map((one) => this.#dictionary.codeOfText(one))
      this.#known.set(list, codes)
    }
    return codes
  }
}

const ABSENT = [0]
/** Lists whose values are remembered. */
const MOST_KNOWN = 1 << 16
