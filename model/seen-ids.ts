/**
 * Which ids of events came before, by the log clock: docs/store.md, "Rules a recount needs", 15. An id lies in the bucket of the clock at which it
 * came, an eighth of the time for which it is remembered; one that came before the clock was known stays for good.
 */
import { createHash } from 'node:crypto'
import type { EventId } from './definition.ts'
import { DigestTable, DIGEST_BYTES } from './digest-table.ts'

export const BUCKETS_A_SPAN = 8
/** The bucket of ids that came before the clock was known. */
export const FIRST_BUCKET = -1

export const bucketMs = ({ withinMs }: EventId): number => Math.ceil(withinMs / BUCKETS_A_SPAN)

/** Buckets that may hold ids that are remembered. */
export function bucketsAt(id: EventId, clockMs: number | null): number[] {
  if (clockMs === null) return [FIRST_BUCKET]
  const last = Math.floor(clockMs / bucketMs(id))
  const buckets = [FIRST_BUCKET]
  for (let bucket = last; bucket >= 0 && (bucket + 1) * bucketMs(id) + id.withinMs > clockMs; bucket--)
    buckets.push(bucket)
  return buckets
}

export function digestOf(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, DIGEST_BYTES)
}

/** New ids of a bucket, behind `from` others. */
export interface AddedIds {
  readonly from: number
  readonly digests: Buffer[]
}

export class SeenIds {
  readonly #id: EventId
  readonly #buckets = new Map<number, DigestTable>()
  /** Of this batch: not in the tables yet, so that they can be taken back. */
  readonly #fresh = new Map<string, { readonly bucket: number; readonly digest: Buffer }>()
  /** Forgotten since the last batch. */
  #past = new Set<number>()
  #count = 0
  /** The clock at which the next bucket is past. */
  #nextMs = Infinity

  constructor(id: EventId) {
    this.#id = id
  }

  /** Remembered before this batch. */
  load(bucket: number, digests: Buffer): void {
    for (let at = 0; at < digests.length; at += DIGEST_BYTES)
      this.#add(bucket, digests.subarray(at, at + DIGEST_BYTES))
  }

  /** `known`: it came before; `new`: it is remembered from here on; `full`: it is new, and finds no place. `clockMs`: as earlier records left it. */
  take(id: string, clockMs: number | null): 'known' | 'new' | 'full' {
    const digest = digestOf(id)
    const name = digest.toString('latin1')
    this.#forget(clockMs)
    if (this.#fresh.has(name)) return 'known'
    for (const table of this.#buckets.values()) if (table.has(digest)) return 'known'
    if (this.#count + this.#fresh.size >= this.#id.budget) return 'full'
    const bucket = clockMs === null ? FIRST_BUCKET : Math.floor(clockMs / bucketMs(this.#id))
    this.#fresh.set(name, { bucket, digest })
    this.#nextMs = Math.min(this.#nextMs, this.#pastAt(bucket))
    return 'new'
  }

  /** New ids of this batch. */
  get freshCount(): number {
    return this.#fresh.size
  }

  /** Takes them back. */
  discard(): void {
    this.#fresh.clear()
  }

  /** Ends the batch: what is new is remembered. Answers it by bucket, in the order in which it came, and the buckets that are past. */
  keep(clockMs: number | null): { added: ReadonlyMap<number, AddedIds>; past: Iterable<number> } {
    this.#forget(clockMs)
    const added = new Map<number, AddedIds>()
    for (const { bucket, digest } of this.#fresh.values()) {
      let list = added.get(bucket)
      if (list === undefined)
        added.set(bucket, (list = { from: this.#buckets.get(bucket)?.count ?? 0, digests: [] }))
      list.digests.push(digest)
      this.#add(bucket, digest)
    }
    this.#fresh.clear()
    const past = this.#past
    this.#past = new Set()
    return { added, past }
  }

  #add(bucket: number, digest: Buffer): void {
    let table = this.#buckets.get(bucket)
    if (table === undefined) this.#buckets.set(bucket, (table = new DigestTable()))
    const before = table.count
    table.add(digest)
    this.#count += table.count - before
    this.#nextMs = Math.min(this.#nextMs, this.#pastAt(bucket))
  }

  #pastAt(bucket: number): number {
    return bucket === FIRST_BUCKET ? Infinity : (bucket + 1) * bucketMs(this.#id) + this.#id.withinMs
  }

  #forget(clockMs: number | null): void {
    if (clockMs === null || clockMs < this.#nextMs) return
    this.#nextMs = Infinity
    for (const [bucket, table] of this.#buckets) {
      if (this.#pastAt(bucket) <= clockMs) {
        this.#buckets.delete(bucket)
        this.#count -= table.count
        this.#past.add(bucket)
      } else this.#nextMs = Math.min(this.#nextMs, this.#pastAt(bucket))
    }
    for (const [name, { bucket }] of this.#fresh) {
      if (this.#pastAt(bucket) <= clockMs) this.#fresh.delete(name)
      else this.#nextMs = Math.min(this.#nextMs, this.#pastAt(bucket))
    }
  }
}
