/** The facts of a source, as far as its definition asks for some. Another kind is a folder beside sessions/ and a line here. */
import type { Source } from './definition.ts'
import type { Facts } from './fact.ts'
import { sessionFacts } from './sessions/facts.ts'

const NONE: readonly Facts[] = []
const known = new WeakMap<Source, readonly Facts[]>()

/** Of most sources none. */
export function factsOf(source: Source): readonly Facts[] {
  if (source.sessions === undefined) return NONE
  let facts = known.get(source)
  if (facts === undefined) known.set(source, (facts = [sessionFacts(source, source.sessions)]))
  return facts
}
