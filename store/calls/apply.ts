/** Twin of lua/apply.lua: applies one batch of one partition (laws L1, L2, L4). */
import { ApplyCall, type Fence, type Move } from './apply-call.ts'
import type { Argument, Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { readApplied, type Applied } from './lua-replies.ts'

export type { Applied, Refusal } from './lua-replies.ts'

/** One change to one key, which no feed tells of; every value absolute. */
export type Op =
  | { readonly op: 'h' | 'z' | 'r' | 'e'; readonly key: string; readonly args: readonly Argument[] }
  | { readonly op: 'd'; readonly key: string }
  | {
      readonly op: 'x'
      readonly key: string
      readonly id: string
      readonly maxLength: number
      readonly fields: readonly Argument[]
    }

export interface Writes extends Move {
  readonly ops: readonly Op[]
}

/** Sends what {@link ApplyCall.finish} made. Throws StoreError when the answer is not known: then ask where the store stands (law L3). */
export async function applyBatch(store: Store, keys: PartitionKeys, request: Buffer): Promise<Applied> {
  return readApplied(await store.callEncoded('apply', keys.pos, request))
}

/** A small call from a list of changes. Throws as {@link applyBatch}. */
export function apply(store: Store, keys: PartitionKeys, fence: Fence, writes: Writes): Promise<Applied> {
  const call = new ApplyCall(keys)
  addOps(call, keys, writes.ops)
  return applyBatch(store, keys, call.finish(fence, writes))
}

export function addOps(call: ApplyCall, keys: PartitionKeys, ops: readonly Op[]): void {
  for (const op of ops) {
    const suffix = op.key.slice(keys.prefix.length)
    if (op.op === 'd') call.remove(suffix)
    else if (op.op === 'x') call.stream(suffix, op.id, op.maxLength, op.fields)
    else {
      if (op.op === 'h') call.fields(suffix)
      else if (op.op === 'z') call.sortedSet(suffix)
      else if (op.op === 'r') call.withoutMembers(suffix)
      else call.withoutFields(suffix)
      for (const one of op.args) call.word(one)
    }
  }
}
