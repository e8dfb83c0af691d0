/** The last frames of a live query, for readers who were away for a moment: bounded in number and bytes. */
import type { Frame } from './frame.ts'

const MAX_FRAMES = 600
/** Of one query; there are at most a few hundred. */
export const HISTORY_BYTES = 131_072

export class History {
  #frames: Frame[] = []
  #bytes = 0
  /** Who has all up to this frame can go on from here; null where only a whole answer will do. */
  #from: number | null = null

  /** `isWhole`: who has it needs none of those before. */
  add(frame: Frame, isWhole: boolean): void {
    if (isWhole) {
      this.#frames = []
      this.#bytes = 0
      this.#from = frame.number
      return
    }
    this.#frames.push(frame)
    this.#bytes += frame.rest.length
    while (this.#bytes > HISTORY_BYTES || this.#frames.length > MAX_FRAMES) {
      const oldest = this.#frames.shift()!
      this.#bytes -= oldest.rest.length
      this.#from = oldest.number
    }
  }

  /** What came after a frame, of this query or another; null where that is no longer known. */
  since(number: number): readonly Frame[] | null {
    if (this.#from === null || number < this.#from) return null
    return this.#frames.filter((frame) => frame.number > number)
  }
}
