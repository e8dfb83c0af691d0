/** How many hashes the partitions want for a range, as far as they said so since it is that range. */
export class HashCounts {
  readonly #ofPartition: number[]
  #all = 0

  constructor(partitions: number) {
    this.#ofPartition = new Array<number>(partitions).fill(0)
  }

  /** Of all partitions. */
  get all(): number {
    return this.#all
  }

  set(partition: number, count: number): void {
    this.#all += count - this.#ofPartition[partition]!
    this.#ofPartition[partition] = count
  }

  /** The range is another one. */
  forget(): void {
    this.#ofPartition.fill(0)
    this.#all = 0
  }
}
