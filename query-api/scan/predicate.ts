/** Conditions of a query over the events of one batch, by the rules of `where` in a definition. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import { Conditions } from '../../model/columns/conditions.ts'
import type { Condition, Source } from '../../model/definition.ts'

/** Whether the event at this place of the batch meets all conditions. */
export type Predicate = (event: number) => boolean

/** `batch` must have been made with every field that they name. */
export function compileConditions(
  conditions: readonly Condition[],
  source: Source,
  batch: DecodedBatch,
): Predicate {
  const all = new Conditions(conditions, source, batch.layout, batch.dictionary)
  return (event) => all.hold(batch.events, event)
}
