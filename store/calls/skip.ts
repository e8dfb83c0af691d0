/** Passes over offsets on an operator's word: no number changes, the ledger and a dead letter say what was left out, and the fence holds as for every batch (L2, L5, L6). */
import type { Source } from '../../model/definition.ts'
import { apply, type Applied } from './apply.ts'
import type { Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { positionFields, type Position } from '../layout/position.ts'
import { rejectFields, rejectId, REJECTS_LENGTH, type DeadLetter } from '../layout/rejects.ts'

const MOST_WHY = 500

/** Moves a partition from where `position` has it to `to`. Refused with BASE where it counted on meanwhile. Throws StoreError. */
export function skip(
  store: Store,
  keys: PartitionKeys,
  source: Source,
  position: Position,
  to: number,
  why: string,
  nowMs: number,
): Promise<Applied> {
  const { state, def, rev } = position
  const base = state.next
  const count = to - base
  // law L5: a skip is in the ledger
  const moved = { ...state, offsets: { ...state.offsets, skipped: state.offsets.skipped + count } }
  const letter: DeadLetter = {
    offset: to - 1,
    place: 0,
    tsMs: nowMs,
    reason: 'skipped',
    detail: `offsets ${base} to ${to - 1}, by an operator: ${why.slice(0, MOST_WHY)}`,
    key: null,
    raw: Buffer.alloc(0),
    bytes: 0,
    events: 0,
    count,
  }
  const log = { end: Math.max(position.end ?? 0, to), endAtMs: position.endAtMs ?? 0 }
  return apply(
    store,
    keys,
    { def, rev },
    {
      base,
      next: to,
      feedFrom: 0,
      pos: [
        ...positionFields(moved, source, log, position.rewinds),
        'skips',
        JSON.stringify([...position.skips, [base, to]]),
      ],
      ops: [
        {
          op: 'x',
          key: keys.rejects,
          id: rejectId(letter),
          maxLength: REJECTS_LENGTH,
          fields: rejectFields(letter),
        },
      ],
    },
  )
}
