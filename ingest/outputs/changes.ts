/** The changes of one batch: the ops of its apply, and the entry of the feed that tells readers of them. */
import { ByteWriter } from '../../model/varint.ts'
import type { Op } from '../../store/apply.ts'
import type { Argument } from '../../store/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'

const writer = new ByteWriter(64 * 1024)

export class Changes {
  readonly #keys: PartitionKeys
  readonly #told: { suffix: string; args: Argument[] }[] = []
  readonly #ops: Op[] = []
  readonly #due: Argument[] = []

  constructor(keys: PartitionKeys) {
    this.#keys = keys
  }

  /** A hash of names or cells, by field, value ...: the feed tells of it. */
  tell(suffix: string, args: Argument[]): void {
    this.#told.push({ suffix, args })
  }

  add(op: Op): void {
    this.#ops.push(op)
  }

  /** The key is to be retired when the log clock comes to `dueMs`. */
  due(dueMs: number, suffix: string): void {
    this.#due.push(dueMs, suffix)
  }

  get ops(): Op[] {
    const ops = this.#told.map(({ suffix, args }): Op => ({ op: 'h', key: this.#keys.of(suffix), args }))
    for (const op of this.#ops) ops.push(op)
    if (this.#due.length > 0) ops.push({ op: 'z', key: this.#keys.due, args: this.#due })
    return ops
  }

  /** `cells` of the feed entry. */
  get feed(): Buffer {
    for (const { suffix, args } of this.#told) {
      writer.sized(suffix)
      writer.natural(args.length / 2)
      for (const arg of args) writer.sized(typeof arg === 'number' ? String(arg) : arg)
    }
    return writer.take()
  }
}
