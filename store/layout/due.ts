/**
 * `due`: what the log clock frees, and when. One member stands for all that one breakdown and interval hold of one group of windows, so that the list stays small beside
 * what it speaks of; it lists the chunks that may be there, and taking out one that is not costs next to nothing.
 *
 *     g:<breakdown>:<interval>:<blocks>.<group>   chunks of the first so many blocks, and the rankings of those windows; due at the end of the group, and `keep`
 *     n:<breakdown>:<day>                         names; due at the end of the day, and the longest `keep`
 *
 * A group is as many windows as a chunk of block 0 holds: 128 of the total, else 16.
 */
import { chunkSuffix, DAY_MS, groupOf, namesSuffix, windowsIn } from '../../model/chunk.ts'
import type { Breakdown, Interval, Source } from '../../model/definition.ts'
import { rankingsOf, rankingSuffix } from '../../model/ranking.ts'

export interface Due {
  readonly member: string
  readonly dueMs: number
}

/** What must be in the list for a chunk to be freed; null where it is kept for ever. */
export function dueOfChunk(
  { name, fields }: Pick<Breakdown, 'name' | 'fields'>,
  interval: Interval,
  block: number,
  chunkGroup: number,
): Due | null {
  if (interval.keepMs === null) return null
  const isTotal = fields.length === 0
  const windows = windowsIn(0, isTotal)
  const group = Math.floor((chunkGroup * windowsIn(block, isTotal)) / windows)
  return {
    member: `g:${name}:${interval.name}:${blocksWith(block)}.${group}`,
    dueMs: (group + 1) * windows * interval.ms + interval.keepMs,
  }
}

/** Blocks up to this one, in steps, so that names which come one by one do not make a member each: 1, 2, 3, 4, 6, 10, 18 ... */
function blocksWith(block: number): number {
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
const GROUP = /^g:([^:]+):([^:]+):(\d+)\.(\d+)$/

/** The suffixes a member stands for, always in the same order; none where it is not of this definition. Some of them may not be in the store. */
export function suffixesOfDue(member: string, source: Source): string[] {
  if (member.startsWith('n:')) return [member]
  const found = GROUP.exec(member)
  if (found === null) return []
  const [breakdownName, intervalName] = [found[1]!, found[2]!]
  const [blocks, group] = [Number(found[3]), Number(found[4])]
  const b = source.breakdowns.findIndex(({ name }) => name === breakdownName)
  const i = source.intervals.findIndex(({ name }) => name === intervalName)
  if (b < 0 || i < 0) return []
  const isTotal = source.breakdowns[b]!.fields.length === 0
  const windows = windowsIn(0, isTotal)
  const first = group * windows
  const suffixes: string[] = []
  for (let block = 0; block < Math.min(blocks, MOST_BLOCKS); block++)
    for (let at = first; at < first + windows; at += windowsIn(block, isTotal))
      suffixes.push(chunkSuffix(breakdownName, intervalName, block, groupOf(at, block, isTotal)))
  for (const { metric } of rankingsOf(source)[b * source.intervals.length + i]!)
    for (let at = first; at < first + windows; at++)
      suffixes.push(rankingSuffix(metric, breakdownName, intervalName, at))
  return suffixes
}
