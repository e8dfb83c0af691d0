/** Retention, each unit of each as a source of its own, with one interval of days: of its zone, each where that date begins in UTC. */
import { DAY_MS } from '../chunk.ts'
import type { RetentionRule, RetentionUnit, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { periodName, RETENTION_LEFT_OUT, retentionKind } from '../measures/retention.ts'
import { summedFacts } from '../summed-facts.ts'

/** A member with its place in the hash. */
const ENTITY_BYTES = 120

export const retentionFactsName = (retention: string, unit: RetentionUnit): string =>
  `retention-${retention}-${unit}`

export function retentionFacts(source: Source, rule: RetentionRule): Facts[] {
  const intervals = [{ name: '1d', ms: DAY_MS, keepMs: rule.keepMs }]
  return rule.units.map(({ unit, periods }) =>
    summedFacts(source, {
      name: retentionFactsName(rule.name, unit),
      intervals,
      by: rule.by,
      sums: [
        ...Array.from({ length: periods + 1 }, (_, period) => periodName(period)),
        ...RETENTION_LEFT_OUT,
      ],
      kind: retentionKind(periods),
      remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES },
    }),
  )
}
