/**
 * `due`: what the log clock frees, and when. One member stands for everything that one interval holds of one group of windows, so that the list stays small beside what it
 * speaks of. An event leaves a cell in each breakdown, so a group that holds anything holds something of each; the member says how many blocks of names each may have.
 *
 *     g:<interval>:<group>:<blocks>.<blocks>...   chunks of the first so many blocks, by breakdown as declared, without the total; and the rankings of these 16 windows
 *     t:<interval>:<group>                        the chunk of the total that holds these 128 windows
 *     n:<breakdown>:<day>                         names
 *
 *     <fact>/<any of these>                       the same of the cells of a fact, see model/fact.ts
 *
 * Groups are due at their end, and `keep`; names at the end of the day, and the longest `keep`.
 */
import { chunkSuffix, DAY_MS, groupOf, namesSuffix, windowsIn } from '../../model/chunk.ts'
import type { Interval, Source } from '../../model/definition.ts'
import { factsOf } from '../../model/facts.ts'
import { rankingsOf, rankingSuffix } from '../../model/ranking.ts'

export interface Due {
  readonly member: string
  readonly dueMs: number
}

/** The group of windows that a chunk belongs to. */
export function dueGroupOf(isTotal: boolean, block: number, chunkGroup: number): number {
  return Math.floor((chunkGroup * windowsIn(block, isTotal)) / windowsIn(0, isTotal))
}

/** When a group is past; null where it is kept for ever. */
export function groupDueMs({ ms, keepMs }: Interval, isTotal: boolean, group: number): number | null {
  return keepMs === null ? null : (group + 1) * windowsIn(0, isTotal) * ms + keepMs
}

export const totalMember = (interval: string, group: number): string => `t:${interval}:${group}`

/** `blocks`: of each breakdown but the total. */
export const groupMember = (interval: string, group: number, blocks: readonly number[]): string =>
  `g:${interval}:${group}:${blocks.join('.')}`

export const factMember = (fact: string, member: string): string => `${fact}/${member}`

/** How many blocks to speak of for this one, in steps, so that names which come one by one do not change the member each time: 1, 2, 3, 4, 6, 10, 18 ... */
export function blocksWith(block: number): number {
  if (block < 2) return block + 1
  let rare = 1
  while (rare < block - 1) rare *= 2
  return 2 + rare
}

/** Null where one interval is kept for ever. */
export function dueOfNames(breakdown: string, day: number, intervals: readonly Interval[]): Due | null {
  const longest = Math.max(...intervals.map(({ keepMs }) => keepMs ?? Infinity))
  return longest === Infinity
    ? null
    : { member: namesSuffix(breakdown, day), dueMs: (day + 1) * DAY_MS + longest }
}

/** More than any budget fills: a member that asks for more is not ours. */
const MOST_BLOCKS = 16_384
const GROUP = /^(?:t:([^:]+):(\d+)|g:([^:]+):(\d+):([\d.]+))$/

/** The suffixes a member stands for, always in the same order; none where it is not of this definition. Some of them may not be in the store. */
export function suffixesOfDue(member: string, source: Source): string[] {
  const slash = member.indexOf('/')
  if (slash >= 0) {
    const facts = factsOf(source).find(({ name }) => name === member.slice(0, slash))
    return facts === undefined ? [] : suffixesOfDue(member.slice(slash + 1), facts.written)
  }
  if (member.startsWith('n:')) return [member]
  const [, total, totalGroup, split, splitGroup, blocks] = GROUP.exec(member) ?? []
  const i = source.intervals.findIndex(({ name }) => name === (total ?? split))
  if (i < 0) return []
  const interval = source.intervals[i]!.name
  if (totalGroup !== undefined)
    return [chunkSuffix(source.breakdowns[0]!.name, interval, 0, Number(totalGroup))]
  const windows = windowsIn(0, false)
  const first = Number(splitGroup) * windows
  const suffixes: string[] = []
  const rankings = rankingsOf(source)
  for (const [at, text] of blocks!.split('.').entries()) {
    const breakdown = source.breakdowns[at + 1]?.name
    if (breakdown === undefined) break
    for (let block = 0; block < Math.min(Number(text), MOST_BLOCKS); block++)
      for (let window = first; window < first + windows; window += windowsIn(block, false))
        suffixes.push(chunkSuffix(breakdown, interval, block, groupOf(window, block, false)))
    for (const { metric } of rankings[(at + 1) * source.intervals.length + i]!)
      for (let window = first; window < first + windows; window++)
        suffixes.push(rankingSuffix(metric, breakdown, interval, window))
  }
  return suffixes
}
