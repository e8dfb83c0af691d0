/** Dead letters: what was refused, why, and the head of its bytes (law L6). */
import type { Delta, RejectedRecord } from '../../model/delta.ts'
import type { RejectReason } from '../../model/decode/decode.ts'
import { EVIDENCE_BYTES } from '../../model/fold.ts'
import type { Command } from '../../store/connection/connection.ts'
import { rejectFields, rejectId, REJECTS_LENGTH, type DeadLetter } from '../../store/layout/rejects.ts'
import { head } from './evidence.ts'
import type { Changes, Output } from './output.ts'

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
      const letter = letterOf(one)
      changes.stream('rejects', rejectId(letter), REJECTS_LENGTH, rejectFields(letter))
    }
  }
}

function letterOf(record: RejectedRecord): DeadLetter {
  const { offset, row, tsMs, reason, detail, key, raw, value, events, count } = record
  return {
    offset,
    place: row === undefined ? 0 : row + 1,
    tsMs,
    reason,
    detail,
    key,
    raw: head(raw === undefined ? value : Buffer.from(raw), EVIDENCE_BYTES),
    bytes: value?.length ?? 0,
    events,
    count,
  }
}
