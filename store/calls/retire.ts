/** Twin of lua/retire.lua: frees what the log clock has passed while the server, at maxmemory, refuses every apply. */
import type { Source } from '../../model/definition.ts'
import type { Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { suffixesOfDue } from '../layout/due.ts'
import { readRetired } from './lua-replies.ts'

const MEMBERS = 20

/** Unlinks what some members of `due` stand for that are due at `clockMs`; answers how many, 0 where nothing is due or the fence refused. Bumps `rev`. */
export async function retire(
  store: Store,
  keys: PartitionKeys,
  source: Source,
  fence: { def: string; rev: string },
  clockMs: number,
): Promise<number> {
  const [due] = (await store.pipeline([
    ['ZRANGE', keys.due, '-inf', String(clockMs), 'BYSCORE', 'LIMIT', 0, MEMBERS],
  ])) as [Buffer[]]
  if (due.length === 0) return 0
  const members = due.map(String)
  const suffixes = members.flatMap((member) => suffixesOfDue(member, source))
  const reply = await store.call(
    'retire',
    [keys.pos, keys.due, ...suffixes.map((suffix) => keys.of(suffix))],
    [fence.def, fence.rev, ...members],
  )
  return readRetired(reply) ? members.length : 0
}
