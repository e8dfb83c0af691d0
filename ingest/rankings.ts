/** The rankings of a cut: the absolute values of its cells again, as scores. Their keys are due as soon as their window is past. */
import type { Breakdown, Interval } from '../model/definition.ts'
import { numbersOf, type Cell } from '../model/measures.ts'
import { OTHER, OTHER_ID } from '../model/names.ts'
import { memberOf, rankingSuffix, type Ranking } from '../model/ranking.ts'
import type { Op } from '../store/apply.ts'
import type { Argument } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'

/** Members of one breakdown and day by id. */
export type Members = string[]

export function membersOf(names: Iterable<readonly [string, number]>): Members {
  const members: Members = []
  members[OTHER_ID] = OTHER
  for (const [name, id] of names) members[id] = memberOf(name)
  return members
}

/** One window whose cells changed: their values now, by id. */
export interface ChangedWindow {
  readonly breakdown: Breakdown
  readonly interval: Interval
  readonly windowNumber: number
  readonly cells: readonly (readonly [number, Cell])[]
  readonly members: Members
}

/** Appends one op a ranking, and what it adds to `due`. `known`: the suffixes that are due already; one entered again does no harm. */
export function addRankings(
  rankings: readonly Ranking[],
  window: ChangedWindow,
  keys: PartitionKeys,
  known: Set<string>,
  due: Argument[],
  ops: Op[],
): void {
  const { breakdown, interval, windowNumber, cells, members } = window
  for (const { metric, value } of rankings) {
    const suffix = rankingSuffix(metric, breakdown.name, interval.name, windowNumber)
    const args: Argument[] = []
    for (const [id, cell] of cells) args.push(Number(value(numbersOf(cell), 0)), members[id]!)
    ops.push({ op: 'z', key: keys.of(suffix), args })
    if (interval.keepMs === null || known.has(suffix)) continue
    known.add(suffix)
    due.push((windowNumber + 1) * interval.ms + interval.keepMs, suffix)
  }
}
