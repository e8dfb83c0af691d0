/**
 * One call of `apply`, written as it is found out, cell by cell, without an object for any of it. One of them serves a partition from batch to batch.
 *
 *     call.begin()
 *     call.hash('c:country:1s:0.3')            // a hash that the feed tells of: cells and names
 *     call.pair(17, bytes, start, end)         //   its fields: number or text -> bytes; call.textPair(name, id) for text, call.piece(...) for what lies beside a cell
 *     call.fields('last'); call.field(a, b)    // a hash that the feed does not tell of
 *     call.sortedSet('z:...'); call.member(score, member)
 *     call.withoutFields('last'); call.gone(field)        // HDEL
 *     call.withoutMembers('due'); call.gone(member)       // ZREM
 *     call.stream('tail', '12-0', 256, ['ts', 1, ...])    // at most so many entries
 *     call.remove('c:country:1s:0.1')                     // UNLINK
 *     await applyBatch(store, keys, call.finish(fence, move))   // apply.ts
 *
 * Everything is named by its suffix (`keys.of`), in any order: all hashes are written before all other operations. Values are absolute (law L2). `finish` makes a
 * buffer of its own: the next `begin` may follow at once, whatever becomes of the call.
 */
import { BulkWriter, requestBytes } from './call-bytes.ts'
import type { Argument } from '../connection/connection.ts'
import { functionName } from '../functions.ts'
import type { PartitionKeys } from '../keys.ts'
import { ChangesWriter } from '../layout/changes.ts'

export type FeedFrom = number | 'none' | null

export interface Move {
  readonly base: number
  readonly next: number
  /** Field, value ... of `pos`, without `next`. */
  readonly pos: readonly Argument[]
  /** Entries of the feed before this offset go, and the call adds its own where `next` is past `base`. Null: the feed is left as it is. `none`: it is emptied, and the call adds nothing. */
  readonly feedFrom: FeedFrom
}

export interface Fence {
  readonly def: string
  readonly rev: string
}

export class ApplyCall {
  readonly #keys: PartitionKeys
  readonly #prefix: Buffer
  readonly #changes = new ChangesWriter()
  readonly #fixedKeys = new BulkWriter(256)
  readonly #hashKeys = new BulkWriter()
  readonly #opKeys = new BulkWriter()
  readonly #head = new BulkWriter()
  readonly #ops = new BulkWriter()
  #hash = ''
  /** Where the number of arguments of the operation that is being written goes; -1 = none is. */
  #countAt = -1
  #before = 0

  constructor(keys: PartitionKeys) {
    this.#keys = keys
    this.#prefix = Buffer.from(keys.prefix)
    this.#fixedKeys.text(keys.pos)
    this.#fixedKeys.text(keys.feed)
  }

  begin(): void {
    this.#changes.clear()
    for (const writer of [this.#hashKeys, this.#opKeys, this.#head, this.#ops]) writer.clear()
    this.#countAt = -1
  }

  /** Pairs of hashes that the feed tells of, so far. */
  get pairs(): number {
    return this.#changes.pairs
  }

  /** Bytes of the feed entry, as far as it is written. */
  get feedBytes(): number {
    return this.#changes.sink.length
  }

  /** Bytes of all of it, as far as it is written. */
  get bytes(): number {
    return this.feedBytes + this.#hashKeys.sink.length + this.#opKeys.sink.length + this.#ops.sink.length
  }

  hash(suffix: string): void {
    this.#hash = suffix
    this.#hashKeys.prefixed(this.#prefix, suffix)
    this.#changes.hash(suffix)
  }

  pair(field: number | string, value: Uint8Array, start = 0, end = value.length): void {
    if (this.#changes.isFull) this.hash(this.#hash)
    this.#changes.pair(field, value, start, end)
  }

  /** What of a cell lies beside it. */
  piece(slot: number, metric: number, piece: number, value: Uint8Array, start: number, end: number): void {
    if (this.#changes.isFull) this.hash(this.#hash)
    this.#changes.piece(slot, metric, piece, value, start, end)
  }

  textPair(field: number | string, value: number | string): void {
    if (this.#changes.isFull) this.hash(this.#hash)
    this.#changes.textPair(field, value)
  }

  fields(suffix: string): void {
    this.#open('h', suffix)
  }

  field(name: number | string, value: Argument): void {
    this.#ops.any(name)
    this.#ops.any(value)
  }

  sortedSet(suffix: string): void {
    this.#open('z', suffix)
  }

  member(score: number, member: string | Uint8Array): void {
    this.#ops.number(score)
    this.#ops.any(member)
  }

  withoutFields(suffix: string): void {
    this.#open('e', suffix)
  }

  withoutMembers(suffix: string): void {
    this.#open('r', suffix)
  }

  gone(name: Argument): void {
    this.#ops.any(name)
  }

  /** One argument of the operation begun last, as it is. */
  word(one: Argument): void {
    this.#ops.any(one)
  }

  stream(suffix: string, id: string, maxLength: number, fields: readonly Argument[]): void {
    this.#open('x', suffix)
    this.#ops.text(id)
    // law L10: streams are trimmed
    this.#ops.number(maxLength)
    for (const one of fields) this.#ops.any(one)
  }

  remove(suffix: string): void {
    this.#open('d', suffix)
  }

  /** The request. The object may be used again at once. */
  finish({ def, rev }: Fence, { base, next, pos, feedFrom }: Move): Buffer {
    this.#close()
    const head = this.#head
    for (const one of [base, next, def, rev, this.#keys.wake]) head.any(one)
    head.text(feedFrom === null ? '' : feedFrom === 'none' ? '*' : `${feedFrom}-0`)
    head.blob(this.#changes.view())
    head.number(pos.length)
    for (const one of pos) head.any(one)
    return requestBytes(
      functionName('apply'),
      [this.#fixedKeys, this.#hashKeys, this.#opKeys],
      [head, this.#ops],
    )
  }

  #open(letter: string, suffix: string): void {
    this.#close()
    this.#opKeys.prefixed(this.#prefix, suffix)
    this.#ops.text(letter)
    this.#countAt = this.#ops.reserve()
    this.#before = this.#ops.count
  }

  #close(): void {
    if (this.#countAt >= 0) this.#ops.fill(this.#countAt, this.#ops.count - this.#before)
    this.#countAt = -1
  }
}
