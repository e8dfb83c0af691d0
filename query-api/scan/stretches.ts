/** The order in which a partition is read, newest first, and how far back that has come. Pure. */

/** Offsets `[from, until)`. */
export interface Stretch {
  readonly from: number
  readonly until: number
}

/** `[from, until)` in stretches that begin at multiples of `offsets`, the newest first. */
export function newestFirst(from: number, until: number, offsets: number): Stretch[] {
  const stretches: Stretch[] = []
  for (let end = until; end > from; ) {
    const begin = Math.max(from, Math.floor((end - 1) / offsets) * offsets)
    stretches.push({ from: begin, until: end })
    end = begin
  }
  return stretches
}

/** Events by whose times a stretch is placed: the middle one, because any single clock may be wrong. */
const JUDGED = 11

/** About the time of the oldest events of the stretches that were read. */
export class Reached {
  #times: number[] = []
  /** Infinity before the first stretch is read. */
  ms = Infinity

  begin(): void {
    this.#times = []
  }

  /** A record was read, with events up to this time; -Infinity where it has none. */
  read(maxMs: number): void {
    if (maxMs > -Infinity && this.#times.length < JUDGED) this.#times.push(maxMs)
  }

  end(): void {
    const times = this.#times.sort((a, b) => a - b)
    if (times.length > 0) this.ms = Math.min(this.ms, times[times.length >> 1]!)
  }
}
