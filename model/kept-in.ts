/** Which metrics the cells of a breakdown hold: all, but for those whose definition names the breakdowns that keep them. */
import type { Metric } from './definition.ts'

export const isKeptIn = ({ breakdowns }: Metric, breakdown: string): boolean =>
  breakdowns === undefined || breakdowns.includes(breakdown)

/** As if every breakdown kept it. */
export const keptEverywhere = ({ breakdowns: _breakdowns, ...metric }: Metric): Metric => metric
