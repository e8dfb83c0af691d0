/** Reads one partition record by record, from an offset on, beside every group. */
import type { LogReader } from './log.ts'
import { openBatch } from './walk.ts'

/** The log no longer holds the next offset, or is another one. */
export class FollowedLogMoved extends Error {}

export type TakeRecord = (offset: number, key: Buffer | null, value: Buffer | null) => void

export class Follower {
  /** Offset of the next record. */
  next: number
  readonly #reader: Pick<LogReader, 'read'>
  readonly #topic: string
  readonly #partition: number
  readonly #take: TakeRecord

  constructor(
    reader: Pick<LogReader, 'read'>,
    at: { readonly topic: string; readonly partition: number; readonly from: number },
    take: TakeRecord,
  ) {
    this.#reader = reader
    this.#topic = at.topic
    this.#partition = at.partition
    this.next = at.from
    this.#take = take
  }

  /** Reads what lies before `end`; answers whether all of it is there: behind an open transaction nothing is yet. Throws FollowedLogMoved, LogError. */
  async readTo(end: number): Promise<boolean> {
    while (this.next < end) {
      const before = this.next
      const span = await this.#reader.read(this.#topic, this.#partition, this.next)
      if (span === null || span.logStart > this.next)
        throw new FollowedLogMoved(
          `${this.#topic}/${this.#partition} no longer holds offset ${this.next}${span === null ? '' : `; it begins at ${span.logStart}`}`,
        )
      for (const batch of span.batches) {
        if (batch.lastOffset < this.next) continue
        if (!batch.control && !batch.aborted) {
          const cursor = openBatch(batch.bytes)
          while (cursor.next()) {
            if (cursor.offset < this.next) continue
            const { bytes, valueAt, valueLength } = cursor
            const value = valueLength < 0 ? null : bytes.subarray(valueAt, valueAt + valueLength)
            this.#take(cursor.offset, cursor.key(), value)
            this.next = cursor.offset + 1
          }
        }
        this.next = batch.lastOffset + 1
      }
      if (this.next === before) return false
    }
    return true
  }
}
