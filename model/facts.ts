/** The facts of a source, as far as its definition asks for some. Another kind is a folder beside sessions/ and a line here. */
import type { Source } from './definition.ts'
import type { Facts } from './fact.ts'
import { funnelFacts } from './funnels/facts.ts'
import { journeyFacts } from './journeys/facts.ts'
import { retentionFacts } from './retention/facts.ts'
import { sessionFacts } from './sessions/facts.ts'

const NONE: readonly Facts[] = []
const known = new WeakMap<Source, readonly Facts[]>()

/** Of most sources none; sessions first, then funnels as they are declared, then retention, then journeys. */
export function factsOf(source: Source): readonly Facts[] {
  const { sessions, funnels, retention, journeys } = source
  if ((sessions ?? funnels ?? retention ?? journeys) === undefined) return NONE
  let facts = known.get(source)
  if (facts === undefined) {
    facts = [
      ...(sessions === undefined ? [] : [sessionFacts(source, sessions)]),
      ...(funnels ?? []).map((rule) => funnelFacts(source, rule)),
      ...(retention ?? []).flatMap((rule) => retentionFacts(source, rule)),
      ...(journeys === undefined ? [] : [journeyFacts(source, journeys)]),
    ]
    known.set(source, facts)
  }
  return facts
}
