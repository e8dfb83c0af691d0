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

export class Held {
  readonly #limits: HeldLimits
  #pieces: { readonly bytes: Buffer; readonly isWrite: boolean }[] = []
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

  push(bytes: Buffer, isWrite: boolean): void {
    this.#pieces.push({ bytes, isWrite })
    this.bytes += bytes.length
    this.#limits.bytes += bytes.length
    if (isWrite) this.writes++
  }

  /** All of it, to be sent now. `fault`: what every write is answered instead. */
  release(fault: Buffer | null): Buffer {
    const pieces = this.#pieces.map(({ bytes, isWrite }) => (isWrite && fault !== null ? fault : bytes))
    this.#limits.bytes -= this.bytes
    this.#pieces = []
    this.writes = this.bytes = 0
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }
}
