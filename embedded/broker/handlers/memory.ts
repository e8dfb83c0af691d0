/** Room that is given even when there is none, so that nobody starves: one batch of the usual size. */
const LEAST_GRANT_BYTES = 1024 * 1024

/** Memory for answers that are being read from the disk, or on their way to clients. */
export class Room {
  readonly #limitBytes: number
  #takenBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get takenBytes(): number {
    return this.#takenBytes
  }

  /** Takes up to `bytes`, and answers how many. Whoever takes gives back. */
  take(bytes: number): number {
    const granted = Math.min(bytes, Math.max(LEAST_GRANT_BYTES, this.#limitBytes - this.#takenBytes))
    this.#takenBytes += granted
    return granted
  }

  /** For what exists already, however large it is. */
  hold(bytes: number): void {
    this.#takenBytes += bytes
  }

  give(bytes: number): void {
    this.#takenBytes -= bytes
  }
}

export interface Holder {
  /** Lets go of everything, for good. */
  giveUp(): void
}

/** Memory of requests that have not wholly arrived, or wait their turn. Where it does not suffice, the largest holder gives up. */
export class HeldBytes {
  readonly #limitBytes: number
  readonly #byHolder = new Map<Holder, number>()
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  set(holder: Holder, bytes: number): void {
    this.#totalBytes += bytes - (this.#byHolder.get(holder) ?? 0)
    if (bytes === 0) this.#byHolder.delete(holder)
    else this.#byHolder.set(holder, bytes)
    while (this.#totalBytes > this.#limitBytes) {
      const [largest] = [...this.#byHolder].reduce((most, each) => (each[1] > most[1] ? each : most))
      this.set(largest, 0)
      largest.giveUp()
    }
  }
}
