/** A store that is full: what the log clock has passed may go at once, ahead of the call that would free it. */
import { retire } from '../../store/calls/retire.ts'
import type { PartitionOptions } from '../partition-options.ts'

export async function makeRoom(options: PartitionOptions, rev: string, clockMs: number): Promise<void> {
  if (clockMs < 0) return
  const { store, keys, source, def, partition, log } = options
  const freed = await retire(store, keys, source, { def, rev }, clockMs).catch(() => 0)
  if (freed > 0)
    log(`${source.topic}/${partition}: the store is full; ${freed} chunks past their time were freed`)
}
