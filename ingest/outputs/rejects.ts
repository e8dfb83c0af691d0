/** Dead letters: what was refused, why, and the head of its bytes (law L6). */
import type { Delta, RejectedRecord } from '../../model/delta.ts'
import type { RejectReason } from '../../model/decode.ts'
import { EVIDENCE_BYTES } from '../../model/fold.ts'
import type { Argument, Command } from '../../store/connection.ts'
import { head } from './evidence.ts'
import type { Changes, Output } from './output.ts'

const REJECTS_LENGTH = 1000
const KEY_BYTES = 256

export class RejectsOutput implements Output {
  readonly pairsPerEvent = 0
  readonly pairs = 0
  readonly #rejects: RejectedRecord[] = []

  /** Why records were refused, an entry each. */
  get reasons(): RejectReason[] {
    return this.#rejects.map(({ reason }) => reason)
  }

  begin(): void {
    this.#rejects.length = 0
  }

  discard(): void {
    this.begin()
  }

  add(): void {}

  reject(record: RejectedRecord): void {
    this.#rejects.push(record)
  }

  reads(): Command[] {
    return []
  }

  take(): void {}

  write(_delta: Delta, changes: Changes): void {
    for (const one of this.#rejects.slice(-REJECTS_LENGTH)) {
      const fields: Argument[] = [
        'ts',
        one.tsMs,
        'reason',
        one.reason,
        'detail',
        one.detail,
        'key',
        head(one.key, KEY_BYTES),
        'raw',
        one.raw === undefined ? head(one.value, EVIDENCE_BYTES) : head(Buffer.from(one.raw), EVIDENCE_BYTES),
        'bytes',
        one.value?.length ?? 0,
        'events',
        one.events,
      ]
      if (one.count > 1) fields.push('count', one.count)
      // 0 is the whole record, else the place of the row, from 1
      const place = one.row === undefined ? 0 : one.row + 1
      changes.stream('rejects', `${one.offset + 1}-${place}`, REJECTS_LENGTH, fields)
    }
  }
}
