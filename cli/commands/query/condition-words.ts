/** Conditions of a definition, in words. */
import type { Condition } from '../../../model/definition.ts'

export const conditionsText = (where: readonly Condition[]): string => where.map(conditionWords).join(' and ')

function conditionWords(condition: Condition): string {
  if ('any' in condition) return condition.any.map(conditionWords).join(', or ')
  const { field, op, values } = condition
  if (op === 'exists') return `${field} is ${values[0] === 'true' ? 'there' : 'absent'}`
  if (op === 'between') return `${field} is ${values[0]!} to ${values[1]!}`
  return `${field} ${OP_WORDS[op]} ${values.join(' or ')}`
}

const OP_WORDS = {
  is: 'is',
  not: 'is not',
  prefix: 'begins with',
  contains: 'contains',
  gt: 'is above',
  ge: 'is at least',
  lt: 'is below',
  le: 'is at most',
} as const
