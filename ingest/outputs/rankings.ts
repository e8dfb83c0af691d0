/** The rankings of a batch: the absolute values of its cells again, as scores. Their keys are due as soon as their window is past. */
import type { Breakdown, Interval } from '../../model/definition.ts'
import { OTHER, OTHER_ID } from '../../model/names.ts'
import { memberOf, rankingSuffix, type Ranking } from '../../model/ranking.ts'
import type { Argument } from '../../store/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import type { Changes } from './changes.ts'

const MOST_KNOWN = 50_000

/** Members of one breakdown and day by id. */
export type Members = string[]

export function membersOf(names: Iterable<readonly [string, number]>): Members {
  const members: Members = []
  members[OTHER_ID] = OTHER
  for (const [name, id] of names) members[id] = memberOf(name)
  return members
}

/** One window whose cells changed: for each, in a row, its id and what each ranking goes by. */
export interface ChangedWindow {
  readonly breakdown: Breakdown
  readonly interval: Interval
  readonly windowNumber: number
  readonly ids: readonly number[]
  /** By ranking, by place in `ids`. */
  readonly scores: readonly (readonly number[])[]
  readonly members: Members
}

export class RankingWrites {
  readonly #keys: PartitionKeys
  /** Suffixes that are in `due` already, some of them; one entered again does no harm. */
  readonly #known = new Set<string>()

  constructor(keys: PartitionKeys) {
    this.#keys = keys
  }

  add(rankings: readonly Ranking[], window: ChangedWindow, changes: Changes): void {
    const { breakdown, interval, windowNumber, ids, scores, members } = window
    for (const [r, { metric }] of rankings.entries()) {
      const suffix = rankingSuffix(metric, breakdown.name, interval.name, windowNumber)
      const args: Argument[] = []
      for (let n = 0; n < ids.length; n++) args.push(scores[r]![n]!, members[ids[n]!]!)
      changes.add({ op: 'z', key: this.#keys.of(suffix), args })
      if (interval.keepMs === null || this.#known.has(suffix)) continue
      this.#known.add(suffix)
      changes.due((windowNumber + 1) * interval.ms + interval.keepMs, suffix)
    }
  }

  forget(suffixes: readonly string[]): void {
    for (const suffix of suffixes) this.#known.delete(suffix)
  }

  trim(): void {
    if (this.#known.size > MOST_KNOWN) this.#known.clear()
  }
}
