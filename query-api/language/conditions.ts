/** Conditions of a query: the language of `model/condition-text.ts`, parted into what a breakdown can answer and what events alone can. */
import { isComparison, isGroup, type Filter } from '../../model/condition-text.ts'
import type { Condition } from '../../model/definition.ts'
import { badParam, type ProblemError } from '../problem.ts'
import { filterKey } from './filter.ts'

export {
  conditionFault,
  fieldsIn,
  MOST_IN_A_GROUP,
  noField,
  NUMBER_OPS,
  parseCondition,
  testsOf,
} from '../../model/condition-text.ts'
export type { Condition, Test } from '../../model/definition.ts'

/** `where`: what names of a breakdown can be held against; `conditions`: all else; `written`: all, as they came. */
export function splitWhere(all: readonly Condition[]): {
  where: readonly Filter[]
  conditions: readonly Condition[]
  written: readonly Condition[]
} {
  const isFilter = (one: Condition): one is Filter => !isGroup(one) && !isComparison(one)
  return { where: all.filter(isFilter), conditions: all.filter((one) => !isFilter(one)), written: all }
}

/** What is wrong with one of several `where`, and with which. */
export function badWhere(written: readonly Condition[], one: Condition, detail: string): ProblemError {
  const at = written.indexOf(one)
  return badParam(at < 0 ? 'where' : `where/${at}`, detail)
}

/** Equal for conditions that mean the same. */
export function conditionKey(condition: Condition): string {
  if (isGroup(condition)) return JSON.stringify(['any', ...condition.any.map(conditionKey).sort()])
  return isComparison(condition)
    ? JSON.stringify([condition.field, condition.op, condition.values.map(Number)])
    : filterKey(condition as Filter)
}
