/** What `tidemark check` says of retention. */
import type { RetentionRule } from '../../../model/definition.ts'
import { durationText, whole } from './words.ts'
import { conditionsText } from '../query/condition-words.ts'

export function retentionText(key: string, rule: RetentionRule): string {
  const { name, zone, weekStart, joins, returns, units, by, lateMs, keepMs, budget } = rule
  const events = (where: typeof joins): string =>
    where.length === 0 ? 'any event' : `events where ${conditionsText(where)}`
  const isByWeek = units.some(({ unit }) => unit === 'week')
  return [
    `${name}: each ${key} joins by ${events(joins)} and comes back by ${events(returns)}`,
    `${units.map(({ unit, periods }) => `${periods} ${unit}s after its ${unit}`).join(', ')} of ${zone}${isByWeek ? `, weeks from ${weekStart} on` : ''}`,
    ...(by.length === 0 ? [] : [`by ${by.map((one) => one.name).join(', ')} of the event that joins`]),
    `late events up to ${durationText(lateMs)}`,
    `kept ${keepMs === null ? 'for ever' : `for ${durationText(keepMs)}`}`,
    `at most ${whole(budget)} ${key}s a partition and unit`,
  ].join('; ')
}
