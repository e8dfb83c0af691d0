/**
 * Reads of one partition that all belong to one moment, without MULTI: at `maxmemory` a server refuses whatever is queued in one, reads
 * too, and while a slot moves a cluster discards it.
 *
 * Why it is one moment. Everything that changes numbers moves `next` or `rev` of `pos` (laws L1, L4). `pos` is read first, and its fence
 * once more at the end. Where both agree nothing was applied in between. Where they do not, it is read again, with fewer hashes at a time; a
 * pipeline that fits one read of the server's is carried out in one go, so that happens seldom.
 */
import type { Source } from '../../model/definition.ts'
import type { Command, Store } from '../connection/connection.ts'
import { damaged, StoreError } from '../errors.ts'
import { haltNoteCommand, type HaltNote } from '../calls/halt-note.ts'
import { readHalt } from '../layout/halt.ts'
import type { PartitionKeys } from '../keys.ts'
import { parsePosition, type Position } from '../layout/position.ts'

export interface Moment {
  /** Null where the partition was never opened, or is lost. */
  readonly position: Position | null
  readonly halt: HaltNote | null
  /** As asked; a StoreError where the key holds something else. */
  readonly fixed: readonly unknown[]
  /** Of the first of `some`: at least one where there are any, as many as fit the moment. */
  readonly some: readonly unknown[]
}

const TRIES = 8

/** `fixed` are read always. Throws StoreError: the store does not answer, or `pos` cannot be read (then with {@link StoreError.damage}). */
export async function readMoment(
  store: Pick<Store, 'each'>,
  keys: PartitionKeys,
  source: Source,
  fixed: readonly Command[] = [],
  some: readonly Command[] = [],
): Promise<Moment> {
  let asked = some
  for (let tries = 0; tries < TRIES; tries++) {
    const commands: Command[] = [
      ['HGETALL', keys.pos],
      haltNoteCommand(keys),
      ...fixed,
      ...asked,
      ['HMGET', keys.pos, 'next', 'rev', 'def'],
    ]
    const replies = await store.each(commands)
    const away = replies.find((reply) => reply instanceof StoreError && reply.retry)
    if (away !== undefined) throw away
    const [pos, halt] = replies
    if (pos instanceof StoreError) throw damaged(keys.pos, null, `is not a hash (${pos.message})`)
    const position = parsePosition(pos as Buffer[], source, keys.pos)
    if (isSame(position, replies.at(-1) as (Buffer | null)[])) {
      const rest = replies.slice(2, -1)
      return {
        position,
        halt: halt instanceof StoreError ? null : readHalt(halt as (Buffer | null)[]),
        fixed: rest.slice(0, fixed.length),
        some: rest.slice(fixed.length),
      }
    }
    asked = asked.slice(0, Math.ceil(asked.length / 2))
  }
  throw new StoreError('STORE_BUSY', `${keys.pos} moves faster than it can be read`)
}

function isSame(position: Position | null, [next, rev, def]: readonly (Buffer | null)[]): boolean {
  if (position === null) return !next
  return (
    Number(next?.toString()) === position.state.next &&
    (rev?.toString() ?? '') === position.rev &&
    (def?.toString() ?? '') === position.def
  )
}
