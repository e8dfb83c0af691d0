/** Funnels, each as a source of its own. */
import type { FunnelRule, Source } from '../definition.ts'
import type { Facts } from '../fact.ts'
import { FUNNEL_LEFT_OUT, funnelKind, stepName } from '../measures/funnels.ts'
import { summedFacts } from '../summed-facts.ts'

/** A way of an entity with its place in the hash. */
const ENTITY_BYTES = 110

export const funnelFactsName = (funnel: string): string => `funnel-${funnel}`

export const funnelFacts = (source: Source, rule: FunnelRule): Facts =>
  summedFacts(source, {
    name: funnelFactsName(rule.name),
    intervals: source.intervals,
    by: rule.by,
    sums: [...rule.steps.map((_, step) => stepName(step)), ...FUNNEL_LEFT_OUT],
    kind: funnelKind(rule.steps.length),
    remembered: { budget: rule.budget, bytesEach: ENTITY_BYTES },
  })
