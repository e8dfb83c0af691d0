/** A halted partition: it says so where everybody can read it, and looks now and then whether the cause is gone or a person went past it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { clearHaltNote, writeHaltNote } from '../store/calls/halt-note.ts'
import type { Halt } from './halt.ts'
import type { PartitionOptions } from './partition-options.ts'

const LOOK_EVERY_MS = 500
/** A halt that stays is tried again after this long, then twice as long, up to the most. */
const FIRST_RETRY_MS = 4000
const MOST_RETRY_MS = 60_000

export class Rest {
  readonly #o: PartitionOptions
  #retryMs = FIRST_RETRY_MS
  #sinceMs = 0
  /** What holds the partition; stays until something of it is applied again. */
  halt: Halt | null = null
  /** The store may hold a note: this worker's, or one of a worker before it. */
  #isNoted = true

  constructor(options: PartitionOptions) {
    this.#o = options
  }

  /** Says the halt, and returns when it is worth another try: after a while, or as soon as somebody moved the partition in the store. */
  async until(halt: Halt, isStopping: () => boolean): Promise<void> {
    const { source, partition, store, keys, nowMs, log } = this.#o
    const command = halt.command(source.name, partition)
    const isSame = this.halt?.message === halt.message
    // Whoever puts back what was damaged in the store touches no offset that would be seen: there, each wait stays short.
    if (isSame && halt.code !== 'STORE_DAMAGED') this.#retryMs = Math.min(this.#retryMs * 2, MOST_RETRY_MS)
    if (!isSame) {
      this.#retryMs = FIRST_RETRY_MS
      this.#sinceMs = nowMs()
      log(
        `${source.topic}/${partition}: HALTED, ${halt.code}: ${halt.message}. It goes on by itself if that mends; to go past it: ${command}`,
        'error',
      )
    }
    this.halt = halt
    this.#isNoted = true
    const before = await this.#mark()
    await writeHaltNote(store, keys, {
      code: halt.code,
      message: halt.message,
      command,
      atMs: this.#sinceMs,
    }).catch(() => {}) // a store that is away hears it the next time
    for (const endMs = performance.now() + this.#retryMs; performance.now() < endMs && !isStopping(); ) {
      await sleep(LOOK_EVERY_MS)
      const now = await this.#mark()
      if (now === null || now === before) continue
      this.#retryMs = FIRST_RETRY_MS
      return
    }
  }

  /** Something was applied: the partition counts again. */
  end(next: number): void {
    if (!this.#isNoted) return
    const { source, partition, store, keys, log } = this.#o
    if (this.halt !== null)
      log(`${source.topic}/${partition}: GOES ON at offset ${next} after ${this.halt.code}`, 'warn')
    this.halt = null
    this.#isNoted = false
    void clearHaltNote(store, keys).catch(() => (this.#isNoted = true))
  }

  /** Where the store stands, as a text to compare; null where it did not say. */
  async #mark(): Promise<string | null> {
    const { store, keys } = this.#o
    const [fields] = await store
      .pipeline([['HMGET', keys.pos, 'next', 'rev', 'def', 'cluster', 'topic']])
      .catch((error: Error) => [error.message])
    return typeof fields === 'string' ? fields : String(fields)
  }
}
