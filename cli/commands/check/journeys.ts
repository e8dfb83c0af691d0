/** What `tidemark check` says of journeys. */
import type { JourneysRule } from '../../../model/definition.ts'
import { durationText, whole } from './words.ts'
import { conditionsText } from '../query/condition-words.ts'

export function journeysText(key: string, rule: JourneysRule): string {
  const { page, where, gapMs, lateMs, steps, transitions, budget } = rule
  const views = where.length === 0 ? '' : `, of events where ${conditionsText(where)}`
  return [
    `from ${page} to ${page} of each ${key}${views}, ${steps === 1 ? 'one step' : 'two steps'} onward`,
    `visits end after ${durationText(gapMs)}, late events up to ${durationText(lateMs)} find their place`,
    `${whole(transitions)} names a breakdown, UTC day and partition`,
    `at most ${whole(budget)} ${key}s a partition`,
  ].join('; ')
}
