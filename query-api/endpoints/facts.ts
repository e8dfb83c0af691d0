/** What questions about facts, sessions and funnels, may end in. */
import type { ProblemKind } from '../problem.ts'

export const FACTS_PROBLEMS: readonly ProblemKind[] = [
  'interval_too_fine',
  'range_too_long',
  'not_found',
  'url_too_long',
  'breakdown_needed',
  'too_many_cells',
  'answer_too_large',
]
