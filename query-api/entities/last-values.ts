/**
 * Which values of `by` the latest values of a partition are kept under (`last`: JSON `[entity, value of by]` to the latest). The hash has no
 * index by entity, so the few distinct values of `by` are learned by looking through it once, and again only when it has grown.
 */
import type { Store } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { byOfLastField, readLatest, type LatestValue } from '../../store/layout/last.ts'
import type { EntityRow } from '../wire.ts'

/** Values of `by` that are told of one entity. */
export const MAX_LAST = 50
const FIELDS_A_READ = 1000
/** Looking through takes at most this share of the time. */
const SHARE = 0.05
const AT_LEAST_MS = 1000

export class LastKeys {
  readonly #store: Pick<Store, 'pipeline'>
  readonly #key: string
  readonly #now: () => number
  #values: LatestValue[] = []
  #size = 0
  #restUntilMs = 0
  #looking: Promise<void> | null = null

  constructor(store: Pick<Store, 'pipeline'>, keys: PartitionKeys, now: () => number) {
    this.#store = store
    this.#key = keys.last
    this.#now = now
  }

  /** In order; the first {@link MAX_LAST}. */
  async values(): Promise<readonly LatestValue[]> {
    const [size] = (await this.#store.pipeline([['HLEN', this.#key]])) as [number]
    if (size !== this.#size && (this.#now() >= this.#restUntilMs || this.#values.length === 0)) {
      this.#looking ??= this.#look(size).finally(() => (this.#looking = null))
      await this.#looking
    }
    return this.#values
  }

  async #look(size: number): Promise<void> {
    const began = performance.now()
    const found = new Set<LatestValue>()
    let cursor = '0'
    do {
      const [reply] = (await this.#store.pipeline([
        ['HSCAN', this.#key, cursor, 'COUNT', FIELDS_A_READ],
      ])) as [[Buffer, Buffer[]]]
      cursor = reply[0].toString()
      for (let at = 0; at < reply[1].length; at += 2) found.add(byOfLastField(reply[1][at]!.toString()))
    } while (cursor !== '0')
    this.#values = [...found]
      .sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
      .slice(0, MAX_LAST)
    this.#size = size
    this.#restUntilMs = this.#now() + Math.max(AT_LEAST_MS, (performance.now() - began) / SHARE)
  }
}

/** Null where the entity has nothing there, or bytes that are not ours. */
export function readLast(
  by: LatestValue,
  of: readonly string[],
  reply: Buffer | null,
): EntityRow['last'][number] | null {
  const latest = reply === null ? null : readLatest(reply)
  if (latest === null) return null
  return {
    by: by === null ? null : String(by),
    atMs: latest.timeMs,
    values: Object.fromEntries(of.map((field, at) => [field, latest.values[at] ?? null])),
  }
}
