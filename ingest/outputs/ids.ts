/** Ids of events, so that one that is sent again counts once: what is remembered of them lies in the store, and is read once when a worker begins. */
import { FIRST_BUCKET, SeenIds, bucketsAt } from '../../model/seen-ids.ts'
import { DIGEST_BYTES } from '../../model/digest-table.ts'
import type { EventId } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import type { Command, Store } from '../../store/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import type { Changes, Output } from './output.ts'

/** A field of the hash holds so many: small ones cost more for their name than for what they hold. */
const DIGESTS_A_FIELD = 32
const FIELD_BYTES = DIGESTS_A_FIELD * DIGEST_BYTES

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
      buckets.map((bucket): Command => ['HGETALL', this.#keys.of(suffixOf(bucket))]),
    )) as Buffer[][]
    for (const [at, bucket] of buckets.entries()) {
      const flat = replies[at]!
      const fields = new Map<number, Buffer>()
      for (let i = 0; i < flat.length; i += 2) fields.set(Number(flat[i]!.toString()), flat[i + 1]!)
      for (let field = 0; field < fields.size; field++)
        this.seen.load(bucket, fields.get(field) ?? Buffer.alloc(0))
      const last = fields.get(fields.size - 1)
      if (last !== undefined && last.length < FIELD_BYTES) this.#open.set(bucket, last)
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
      let bytes = Buffer.concat([this.#open.get(bucket) ?? Buffer.alloc(0), ...digests])
      let field = Math.floor(from / DIGESTS_A_FIELD)
      changes.fields(suffixOf(bucket))
      for (; bytes.length > 0; field++) {
        changes.field(field, bytes.subarray(0, FIELD_BYTES))
        if (bytes.length < FIELD_BYTES) break
        bytes = bytes.subarray(FIELD_BYTES)
      }
      this.#open.set(bucket, bytes)
    }
    for (const bucket of past) {
      this.#open.delete(bucket)
      changes.remove(suffixOf(bucket))
    }
  }
}

const suffixOf = (bucket: number): string => `i:${bucket === FIRST_BUCKET ? 'first' : bucket}`
