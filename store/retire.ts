/** Twin of lua/retire.lua: frees what the log clock has passed while the server, at maxmemory, refuses every apply. */
import type { Store } from './connection.ts'
import type { PartitionKeys } from './keys.ts'

/** Unlinks up to a hundred suffixes that are due at `clockMs`; answers how many, 0 where nothing is due or the fence refused. Bumps `rev`. */
export async function retire(
  store: Store,
  keys: PartitionKeys,
  fence: { def: string; rev: string },
  clockMs: number,
): Promise<number> {
  const [due] = (await store.pipeline([
    ['ZRANGE', keys.due, '-inf', String(clockMs), 'BYSCORE', 'LIMIT', 0, 100],
  ])) as [Buffer[]]
  if (due.length === 0) return 0
  const suffixes = due.map((suffix) => suffix.toString())
  const [freed] = (await store.call(
    'retire',
    [keys.pos, keys.due, ...suffixes.map((suffix) => keys.of(suffix))],
    [fence.def, fence.rev, ...suffixes],
  )) as [number]
  return freed === 1 ? suffixes.length : 0
}
