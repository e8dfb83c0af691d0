/**
 * Why a partition stands still, in the words of the worker that has it: `halt`, a key beside `pos`. It is a note and no number: nothing is fenced by it. The worker
 * renews it while the halt lasts and removes it when the partition counts again; a worker that died leaves it.
 */
import type { Command, Store } from './connection.ts'
import type { PartitionKeys } from './keys.ts'

export interface HaltNote {
  /** As in docs/operations.md. */
  readonly code: string
  readonly message: string
  /** The command that goes past it. */
  readonly command: string
  /** When it halted, ms. */
  readonly atMs: number
}

export async function writeHaltNote(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  { code, message, command, atMs }: HaltNote,
): Promise<void> {
  await store.pipeline([
    ['DEL', keys.halt],
    ['HSET', keys.halt, 'code', code, 'message', message, 'command', command, 'at', atMs],
  ])
}

export async function clearHaltNote(store: Pick<Store, 'pipeline'>, keys: PartitionKeys): Promise<void> {
  await store.pipeline([['DEL', keys.halt]])
}

/** The read of a note among other commands of the partition's slot; its reply goes to {@link parseHaltNote}. */
export function haltNoteCommand(keys: PartitionKeys): Command {
  return ['HMGET', keys.halt, 'code', 'message', 'command', 'at']
}

/** Null where the partition is not halted. */
export function parseHaltNote([code, message, command, at]: readonly (Buffer | null)[]): HaltNote | null {
  if (!code) return null
  return {
    code: code.toString(),
    message: message?.toString() ?? '',
    command: command?.toString() ?? '',
    atMs: Number(at?.toString() ?? 0) || 0,
  }
}

export async function readHaltNote(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
): Promise<HaltNote | null> {
  const [reply] = (await store.pipeline([haltNoteCommand(keys)])) as [(Buffer | null)[]]
  return parseHaltNote(reply)
}
