/** Twin of lua/apply.lua: lands one cut of one partition (laws L1, L2, L4). */
import type { Argument, Store } from './connection.ts'
import type { PartitionKeys } from './keys.ts'

/** One change to one key; every value absolute. */
export type Op =
  | { readonly op: 'h' | 'z' | 'r' | 'e'; readonly key: string; readonly args: readonly Argument[] }
  | { readonly op: 'd'; readonly key: string }
  | {
      readonly op: 'x'
      readonly key: string
      readonly id: string
      readonly maxLength?: number
      readonly minId?: string
      readonly fields: readonly Argument[]
    }

export interface Writes {
  readonly base: number
  readonly next: number
  /** Field, value ... of `pos`, without `next`. */
  readonly pos: readonly Argument[]
  readonly ops: readonly Op[]
}

/** LOST: no `pos`. DEF, REV: another definition, or somebody else wrote. BASE: the cursor is not where the store stands. */
export type Refusal = 'LOST' | 'DEF' | 'REV' | 'BASE' | `TYPE ${string}` | `STREAM ${string}`

export type Applied =
  | { readonly landed: true; readonly next: number }
  | { readonly landed: false; readonly next: number | null; readonly why: Refusal }

/** Throws StoreError when the answer is not known: then ask where the store stands (law L3). */
export async function apply(
  store: Store,
  keys: PartitionKeys,
  fence: { def: string; rev: string },
  writes: Writes,
): Promise<Applied> {
  const names: string[] = [keys.pos]
  const args: Argument[] = [
    String(writes.base),
    String(writes.next),
    fence.def,
    fence.rev,
    keys.wake,
    writes.pos.length,
    ...writes.pos,
  ]
  for (const op of writes.ops) {
    names.push(op.key)
    if (op.op === 'd') args.push('d', 0)
    else if (op.op === 'x')
      // law L10: streams are trimmed
      args.push('x', 3 + op.fields.length, op.id, op.maxLength ?? '', op.minId ?? '', ...op.fields)
    else {
      args.push(op.op, op.args.length)
      for (const arg of op.args) args.push(arg)
    }
  }
  const [landed, next, why] = (await store.call('apply', names, args)) as [number, Buffer, Buffer?]
  if (landed === 1) return { landed: true, next: Number(next.toString()) }
  return {
    landed: false,
    next: next.length > 0 ? Number(next.toString()) : null,
    why: why!.toString() as Refusal,
  }
}
