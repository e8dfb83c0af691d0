/**
 * What scans learned of a partition: by block of offsets, the least and the greatest time of its events. The log never changes, so it stays true, and a later
 * scan passes over blocks that hold nothing of its range. It lies in memory alone: whoever begins anew learns it again.
 */
export const BLOCK_OFFSETS = 65_536
/** Blocks remembered, of all partitions: 13 thousand million offsets. */
const MOST_BLOCKS = 200_000

interface Block {
  minMs: number
  maxMs: number
}

export class ZoneMaps {
  readonly #maps = new Map<string, ZoneMap>()
  readonly #blockOffsets: number

  constructor(blockOffsets = BLOCK_OFFSETS) {
    this.#blockOffsets = blockOffsets
  }

  /** `key`: of a partition of one log, decoded by one definition. */
  of(key: string): ZoneMap {
    if ([...this.#maps.values()].reduce((sum, { size }) => sum + size, 0) > MOST_BLOCKS) this.#maps.clear()
    const map = this.#maps.get(key) ?? new ZoneMap(this.#blockOffsets)
    this.#maps.set(key, map)
    return map
  }
}

export class ZoneMap {
  readonly blockOffsets: number
  readonly #blocks = new Map<number, Block>()

  constructor(blockOffsets = BLOCK_OFFSETS) {
    this.blockOffsets = blockOffsets
  }

  get size(): number {
    return this.#blocks.size
  }

  note(block: number, minMs: number, maxMs: number): void {
    this.#blocks.set(block, { minMs, maxMs })
  }

  /** The first offset from `offset` on whose block may hold events of the range; at most `until`. */
  skipTo(offset: number, until: number, fromMs: number, toMs: number): number {
    let at = offset
    for (;;) {
      const block = this.#blocks.get(Math.floor(at / this.blockOffsets))
      if (at >= until || block === undefined || (block.maxMs >= fromMs && block.minMs < toMs))
        return Math.min(at, until)
      at = (Math.floor(at / this.blockOffsets) + 1) * this.blockOffsets
    }
  }

  /** Offsets of `[offset, until)` that would be read. */
  sizeOf(offset: number, until: number, fromMs: number, toMs: number): number {
    let size = 0
    for (let at = offset; at < until; ) {
      at = this.skipTo(at, until, fromMs, toMs)
      const end = Math.min(until, (Math.floor(at / this.blockOffsets) + 1) * this.blockOffsets)
      size += Math.max(0, end - at)
      at = Math.max(end, at + 1)
    }
    return size
  }
}

/** Learns the blocks of one reading: those that it began at their first offset and read to their end. */
export class ZoneLearner {
  readonly #map: ZoneMap
  #block = -1
  #isWhole = false
  #minMs = Infinity
  #maxMs = -Infinity

  constructor(map: ZoneMap) {
    this.#map = map
  }

  /** Reading goes on at this offset, whatever was before it. */
  seek(offset: number): void {
    this.#begin(Math.floor(offset / this.#map.blockOffsets), offset % this.#map.blockOffsets === 0)
  }

  /** An offset was read, with events of these times or with none. */
  read(offset: number, minMs: number, maxMs: number): void {
    const block = Math.floor(offset / this.#map.blockOffsets)
    if (block !== this.#block) {
      this.#end()
      this.#begin(block, true)
    }
    if (minMs < this.#minMs) this.#minMs = minMs
    if (maxMs > this.#maxMs) this.#maxMs = maxMs
  }

  /** All before `next` was read: a block that ends there is known. */
  settle(next: number): void {
    if (next !== (this.#block + 1) * this.#map.blockOffsets) return
    this.#end()
    this.#isWhole = false
  }

  #begin(block: number, isWhole: boolean): void {
    this.#block = block
    this.#isWhole = isWhole
    this.#minMs = Infinity
    this.#maxMs = -Infinity
  }

  #end(): void {
    if (this.#isWhole) this.#map.note(this.#block, this.#minMs, this.#maxMs)
  }
}
