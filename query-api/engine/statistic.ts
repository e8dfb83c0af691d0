/** What a window without events shows. */
import type { Parts } from '../../model/measures/part.ts'

/** Counts and sums of nothing are 0; of nothing there is no least, no mean. */
export function valueOfNothing(statistic: string, { measure }: Parts): 0 | null {
  return measure.statistics[statistic]!.ofNothing
}
