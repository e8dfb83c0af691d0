/** Ids of events, so that one that is sent again counts once: what is remembered of them lies in the store, and is read once when a worker begins. */
import { SeenIds, bucketsAt } from '../../model/seen-ids.ts'
import type { EventId } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { DIGESTS_A_FIELD, idFields, idsSuffix, readIds } from '../../store/layout/ids.ts'
import type { Changes, Output } from './output.ts'

export class IdsOutput implements Output {
  readonly pairsPerEvent = 1
  readonly seen: SeenIds
  readonly #id: EventId
  readonly #keys: PartitionKeys
  /** By bucket: its last field, as far as it is filled. */
  readonly #open = new Map<number, Buffer>()
  #isLoaded = false

  constructor(id: EventId, keys: PartitionKeys) {
    this.#id = id
    this.#keys = keys
    this.seen = new SeenIds(id)
  }

  /** Must be called before anything is folded; `clockMs`: the log clock, as the store has it. */
  async load(store: Store, clockMs: number | null): Promise<void> {
    if (this.#isLoaded) return
    const buckets = bucketsAt(this.#id, clockMs)
    const replies = (await store.pipeline(
      buckets.map((bucket): Command => ['HGETALL', this.#keys.of(idsSuffix(bucket))]),
    )) as Buffer[][]
    for (const [at, bucket] of buckets.entries()) {
      const { digests, open } = readIds(replies[at]!)
      for (const some of digests) this.seen.load(bucket, some)
      if (open !== null) this.#open.set(bucket, open)
    }
    this.#isLoaded = true
  }

  get pairs(): number {
    return Math.ceil(this.seen.freshCount / DIGESTS_A_FIELD)
  }

  begin(): void {
    this.seen.discard()
  }

  discard(): void {
    this.seen.discard()
  }

  add(): void {}

  reads(): Command[] {
    return []
  }

  take(): void {}

  write({ state }: Delta, changes: Changes): void {
    const { added, past } = this.seen.keep(state.logClockMs)
    for (const [bucket, { from, digests }] of added) {
      const { fields, open } = idFields(from, this.#open.get(bucket) ?? null, digests)
      changes.fields(idsSuffix(bucket))
      for (const [field, bytes] of fields) changes.field(field, bytes)
      this.#open.set(bucket, open)
    }
    for (const bucket of past) {
      this.#open.delete(bucket)
      changes.remove(idsSuffix(bucket))
    }
  }
}
