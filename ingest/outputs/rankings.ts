/** How names are spelled in rankings, by id: kept beside the names of a day (docs/store.md, "Rankings"). */
import { OTHER, OTHER_ID } from '../../model/dictionary.ts'
import { memberOf } from '../../model/ranking.ts'

/** Members of one breakdown and day by id. */
export type Members = string[]

export function membersOf(names: Iterable<readonly [string, number]>): Members {
  const members: Members = []
  members[OTHER_ID] = OTHER
  for (const [name, id] of names) members[id] = memberOf(name)
  return members
}
