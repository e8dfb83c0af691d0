/**
 * Why a partition stands still, in the words of the worker that has it: `halt`, a key beside `pos`. It is a note and no number: nothing is fenced by it. The worker
 * renews it while the halt lasts and removes it when the partition counts again; a worker that died leaves it.
 */
import type { Command, Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { HALT_FIELDS, haltPairs, readHalt, type HaltNote } from '../layout/halt.ts'

export type { HaltNote }

export async function writeHaltNote(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  note: HaltNote,
): Promise<void> {
  await store.pipeline([
    ['DEL', keys.halt],
    ['HSET', keys.halt, ...haltPairs(note)],
  ])
}

export async function clearHaltNote(store: Pick<Store, 'pipeline'>, keys: PartitionKeys): Promise<void> {
  await store.pipeline([['DEL', keys.halt]])
}

/** The read of a note among other commands of the partition's slot; its reply goes to {@link readHalt}. */
export function haltNoteCommand(keys: PartitionKeys): Command {
  return ['HMGET', keys.halt, ...HALT_FIELDS]
}

export async function readHaltNote(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
): Promise<HaltNote | null> {
  const [reply] = (await store.pipeline([haltNoteCommand(keys)])) as [(Buffer | null)[]]
  return readHalt(reply)
}
