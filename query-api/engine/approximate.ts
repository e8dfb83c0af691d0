/** What an answer says of values that are approximations. */
import type { Approximation } from '../../model/measures/index.ts'
import type { Approximate } from '../wire.ts'

/** Null where all are exact. */
export function greatestError(errors: readonly (Approximation | null)[]): Approximation | null {
  let greatest: Approximation | null = null
  for (const error of errors)
    if (error !== null && (greatest === null || error.relative > greatest.relative)) greatest = error
  return greatest
}

/** The words of an answer's meta for it. */
export const approximateNote = (error: Approximation | null): { approximate?: Approximate } =>
  error === null ? {} : { approximate: { ...error } }
