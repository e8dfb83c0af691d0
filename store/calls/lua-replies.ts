/** What our functions in the store answer: the shapes of their REPLY lines, and nobody else takes a reply apart. */
import { StoreError } from '../errors.ts'

/** LOST: no `pos`. DEF, REV: another definition, or somebody else wrote. BASE: the cursor is not where the store stands. */
export type Refusal = 'LOST' | 'DEF' | 'REV' | 'BASE' | `TYPE ${string}` | `STREAM ${string}`

/**
 * `isHeard`: somebody listens to what is applied (store/wake.ts); absent where nobody does, or nothing was told. `tookMs`: how long the server worked on
 * the call, whoever else it served meanwhile; null where it could not say.
 */
export type Applied =
  | { readonly applied: true; readonly next: number; readonly tookMs: number | null; readonly isHeard?: true }
  | { readonly applied: false; readonly next: number | null; readonly why: Refusal }

/** apply.lua */
export function readApplied(reply: unknown): Applied {
  const [applied, next, why, listeners = 0] = listOf(reply)
  if (applied === 1) {
    if (typeof why !== 'number' || typeof listeners !== 'number') throw unknownReply(reply)
    const tookMs = why < 0 ? null : why / 1000
    return { applied: true, next: offsetOf(next), tookMs, ...(listeners > 0 && { isHeard: true }) }
  }
  const refusal = textOf(why)
  if (!/^(?:LOST|DEF|REV|BASE|TYPE .+|STREAM .+)$/s.test(refusal)) throw unknownReply(reply)
  return { applied: false, next: textOf(next) === '' ? null : offsetOf(next), why: refusal as Refusal }
}

/** open.lua: created or not, or the type of what stands there instead. */
export function readOpened(reply: unknown): boolean | { readonly holds: string } {
  const [created, kind] = listOf(reply)
  return created === -1 ? { holds: textOf(kind) } : readFlag(created)
}

/** retire.lua: whether the fence let it. */
export const readRetired = (reply: unknown): boolean => readFlag(listOf(reply)[0])

/** sweep.lua: keys unlinked; null where the partition stands. */
export function readSwept(reply: unknown): number | null {
  if (typeof reply !== 'number') throw unknownReply(reply)
  return reply < 0 ? null : reply
}

/** catalog.lua, lease.lua */
export function readFlag(reply: unknown): boolean {
  if (reply !== 0 && reply !== 1) throw unknownReply(reply)
  return reply === 1
}

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw unknownReply(reply)
  return reply
}

function offsetOf(bytes: unknown): number {
  const offset = Number(textOf(bytes))
  if (!Number.isSafeInteger(offset) || offset < 0) throw unknownReply(bytes)
  return offset
}

function textOf(bytes: unknown): string {
  if (!Buffer.isBuffer(bytes)) throw unknownReply(bytes)
  return bytes.toString()
}

/** Nothing of ours says this: what was done is not known, so callers ask where the store stands. */
function unknownReply(reply: unknown): StoreError {
  const shown = JSON.stringify(Buffer.isBuffer(reply) ? reply.toString() : reply) ?? 'nothing'
  return new StoreError('STORE_REFUSED', `a function answered what it never says: ${shown.slice(0, 80)}`)
}
