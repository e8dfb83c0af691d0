/** Whether a record lies in its partition by something else than the entity that its event is of. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { Source } from '../../model/definition.ts'

/** Not where the entity is read from the record's key. */
export function isKeyedOtherwise(
  { fields, key }: Source,
  batch: DecodedBatch,
  step: number,
  entity: string,
): boolean {
  const [root, part] = fields.find(({ name }) => name === key)!.from[0] ?? []
  if (root === '$' && part === 'key') return false
  return batch.key(step)?.equals(Buffer.from(entity)) !== true
}
