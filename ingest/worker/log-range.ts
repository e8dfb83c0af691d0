/** What a partition's log holds, as the last fetch saw it; and whether that is the log that was counted (law L7). */
import type { Fetched } from '../../log/log.ts'
import { Halt } from '../halt.ts'

const UNKNOWN = { start: 0, end: 0, endAtMs: 0 }

export class LogRange {
  #seen: { readonly start: number; readonly end: number; readonly endAtMs: number } = UNKNOWN

  /** `endAtMs` is 0 while no fetch has seen it. */
  get seen(): { readonly start: number; readonly end: number; readonly endAtMs: number } {
    return this.#seen
  }

  see({ logStart, logEnd, fetchedAtMs }: Fetched): void {
    this.#seen = { start: logStart, end: logEnd, endAtMs: fetchedAtMs }
  }

  forget(): void {
    this.#seen = UNKNOWN
  }

  /** Throws {@link Halt} where the log does not hold the next record, or never held the last one. False: what was seen passed, fetch again. */
  async holds(next: number, endsBefore: (next: number) => Promise<boolean>): Promise<boolean> {
    const { start, end, endAtMs } = this.#seen
    if (endAtMs === 0) return true
    // law L7: a trimmed log halts
    if (start > next)
      throw new Halt('LOG_STARTS_LATER', `offset ${next} is wanted, the log begins at ${start}`, start)
    if (end >= next) return true
    // law L7: the end is asked for again
    if (await endsBefore(next))
      throw new Halt('LOG_ENDS_EARLIER', `the store has counted up to ${next}, the log ends at ${end}`)
    this.forget()
    return false
  }
}
