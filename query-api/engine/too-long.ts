/** Refusals of a range that has too many windows: how many, and what would be answered. */
import type { Interval } from '../../model/definition.ts'
import type { Range } from '../language/compare.ts'
import type { TimeExpression } from '../language/time.ts'
import { ProblemError } from '../problem.ts'

const DAY_MS = 86_400_000
/** Milliseconds of 1970 that would be seconds of 2001 to 2286. */
const [LEAST_SECONDS, MOST_SECONDS] = [1e9, 1e10]

/** `most` windows of the coarsest interval kept are fewer than the range has. `instead`: what would do. */
export function rangeTooLong(
  { fromMs, toMs }: Range,
  coarsest: Interval,
  most: number,
  from: TimeExpression,
  instead = '',
): ProblemError {
  const windows = Math.ceil((toMs - fromMs) / coarsest.ms)
  const unit = isInSeconds(from) ? `; from is ${fromMs} milliseconds since 1970: were seconds meant?` : ''
  return new ProblemError(
    'range_too_long',
    `the range has ${windows} windows of ${coarsest.name}, the coarsest interval kept; at most ${most} are answered${instead}${unit}`,
    [{ pointer: '/from', detail: `at most ${Math.floor((most * coarsest.ms) / DAY_MS)} days before "to"` }],
  )
}

const isInSeconds = (from: TimeExpression): boolean =>
  'absoluteMs' in from && from.absoluteMs >= LEAST_SECONDS && from.absoluteMs < MOST_SECONDS
