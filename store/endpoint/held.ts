/** Answers that wait, in order, until the disks that matter have what was written. */

export class Held {
  #pieces: { readonly bytes: Buffer; readonly isWrite: boolean }[] = []
  /** Answers of writes among them. */
  writes = 0
  bytes = 0

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  push(bytes: Buffer, isWrite: boolean): void {
    this.#pieces.push({ bytes, isWrite })
    this.bytes += bytes.length
    if (isWrite) this.writes++
  }

  /** All of it, to be sent now. `fault`: what every write is answered instead. */
  release(fault: Buffer | null): Buffer {
    const pieces = this.#pieces.map(({ bytes, isWrite }) => (isWrite && fault !== null ? fault : bytes))
    this.#pieces = []
    this.writes = this.bytes = 0
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }
}
