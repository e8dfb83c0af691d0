/** The topic of a table, read to its end: the newest value of each key. */
import { isUtf8 } from 'node:buffer'
import { Follower } from '../../log/follow.ts'
import type { LogAdmin, LogReader } from '../../log/log.ts'
import { MOST_ROWS, TABLE_BYTES_MAX } from '../../model/joins/table.ts'
import type { TableRow } from '../../model/joins/journal.ts'

const MOST_KEY_BYTES = 1024
const MOST_VALUE_BYTES = 64 * 1024

export class TopicRows {
  readonly #clients: { reader: Pick<LogReader, 'read'>; admin: Pick<LogAdmin, 'logEnds' | 'ranges'> }
  readonly #topic: string
  readonly #log: (line: string, level?: 'warn' | 'error') => void
  readonly #followers = new Map<number, Follower>()
  readonly #rows = new Map<string, string>()
  #chars = 0
  /** Keys that were heard of since all was written; null: all of them. */
  #heard: Set<string> | null = null
  #isOddTold = false

  constructor(
    clients: { reader: Pick<LogReader, 'read'>; admin: Pick<LogAdmin, 'logEnds' | 'ranges'> },
    topic: string,
    log: (line: string, level?: 'warn' | 'error') => void,
  ) {
    this.#clients = clients
    this.#topic = topic
    this.#log = log
  }

  /** By partition: how far it was read. */
  get at(): Map<number, number> {
    return new Map([...this.#followers].map(([partition, { next }]) => [partition, next]))
  }

  /** Why it is more than a table may be; null = it is not. */
  get tooLarge(): string | null {
    if (this.#rows.size > MOST_ROWS)
      return `${this.#topic} has ${this.#rows.size} rows; at most ${MOST_ROWS} are allowed. Remove rows that are not needed (a record without value), or keep them in a topic of their own`
    if (this.#chars > TABLE_BYTES_MAX)
      return `the rows of ${this.#topic} are ${this.#chars} characters; at most ${TABLE_BYTES_MAX} are allowed. Leave columns out that are not needed`
    return null
  }

  /** To its end as of now. Throws LogError, FollowedLogMoved. */
  async read(): Promise<void> {
    const ends =
      (await this.#clients.admin.logEnds([this.#topic])).get(this.#topic) ?? new Map<number, null>()
    if ([...ends.keys()].some((partition) => !this.#followers.has(partition))) {
      const ranges = await this.#clients.admin.ranges(this.#topic)
      for (const [partition, { start }] of ranges)
        if (!this.#followers.has(partition))
          this.#followers.set(
            partition,
            new Follower(
              this.#clients.reader,
              { topic: this.#topic, partition, from: start },
              (offset, key, value) => this.#take(`${partition}, offset ${offset}`, key, value),
            ),
          )
    }
    for (const [partition, follower] of this.#followers) await follower.readTo(ends.get(partition) ?? 0)
  }

  /** What is to be changed in `rows` so that they are these, in the order of the keys. */
  differingFrom(rows: ReadonlyMap<string, string>): TableRow[] {
    const keys = this.#heard ?? new Set([...rows.keys(), ...this.#rows.keys()])
    return [...keys]
      .filter((key) => rows.get(key) !== this.#rows.get(key))
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((key) => [key, this.#rows.get(key) ?? null])
  }

  /** The journal has them all now. */
  written(): void {
    this.#heard = new Set()
  }

  #take(where: string, key: Buffer | null, value: Buffer | null): void {
    if (key === null || key.length === 0 || key.length > MOST_KEY_BYTES || !isUtf8(key))
      return this.#odd(where, `its key is no text of 1 to ${MOST_KEY_BYTES} bytes; it is passed over`)
    const name = key.toString()
    const before = this.#rows.get(name)
    if (before !== undefined) this.#chars -= name.length + before.length
    this.#rows.delete(name)
    this.#heard?.add(name)
    if (value === null || value.length === 0) return
    if (value.length > MOST_VALUE_BYTES || !isUtf8(value))
      return this.#odd(
        where,
        `its value is no text of up to ${MOST_VALUE_BYTES} bytes; its row is taken away`,
      )
    const text = value.toString()
    this.#rows.set(name, text)
    this.#chars += name.length + text.length
  }

  #odd(where: string, says: string): void {
    if (!this.#isOddTold)
      this.#log(`${this.#topic}: partition ${where}: ${says}. Others like it are not named`, 'warn')
    this.#isOddTold = true
  }
}
