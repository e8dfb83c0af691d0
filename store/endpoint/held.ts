/** Answers that wait, in order, until the disks that matter have what was written. */

/** What answers may take while they wait: those of one client, and those of all together. */
export class HeldLimits {
  /** Of all clients now. */
  bytes = 0
  readonly ofOneBytes: number
  readonly ofAllBytes: number

  constructor(ofOneBytes: number, ofAllBytes: number) {
    this.ofOneBytes = ofOneBytes
    this.ofAllBytes = ofAllBytes
  }
}

/** Answers that came one behind the other: of writes alone, or of others alone. */
interface Piece {
  readonly chunk: Buffer
  readonly from: number
  to: number
  /** How many; 0 = of others. */
  writes: number
}

export class Held {
  readonly #limits: HeldLimits
  #pieces: Piece[] = []
  /** Answers of writes among them. */
  writes = 0
  bytes = 0

  constructor(limits: HeldLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  /** Whether so many bytes more, of a value that is still coming, may be kept. */
  hasRoomFor(moreBytes: number): boolean {
    return (
      this.bytes + moreBytes <= this.#limits.ofOneBytes &&
      this.#limits.bytes + moreBytes <= this.#limits.ofAllBytes
    )
  }

  /** One whole answer of a write, or something else whole: from `from` to `to` of a chunk. */
  push(chunk: Buffer, isWrite: boolean, from = 0, to = chunk.length): void {
    const last = this.#pieces.at(-1)
    if (last?.chunk === chunk && last.to === from && last.writes > 0 === isWrite) {
      last.to = to
      if (isWrite) last.writes++
    } else this.#pieces.push({ chunk, from, to, writes: isWrite ? 1 : 0 })
    this.bytes += to - from
    this.#limits.bytes += to - from
    if (isWrite) this.writes++
  }

  /** All of it, to be sent now. `fault`: what every write is answered instead. */
  release(fault: Buffer | null): Buffer {
    const pieces = this.#pieces.flatMap(({ chunk, from, to, writes }) =>
      writes > 0 && fault !== null ? Array<Buffer>(writes).fill(fault) : chunk.subarray(from, to),
    )
    this.#limits.bytes -= this.bytes
    this.#pieces = []
    this.writes = this.bytes = 0
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }
}
