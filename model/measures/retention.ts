/** What is asked of cohorts, as sums that lie beside each other in a cell: how many joined, how many came back in each later period, then what is of no cohort. */
import { NUMBER } from './measure.ts'
import { sumsMeasure, type SumsStatistic } from './sums.ts'

/** The most periods after a cohort's, whatever their unit. */
export const MOST_PERIODS = 60
/** Behind the periods. */
export const RETENTION_LEFT_OUT = ['late', 'over', 'elsewhere'] as const

export const retentionKind = (periods: number): string => `retention-${periods}`
/** Of the cohort's own period: how many joined. */
export const periodName = (period: number): string => `period${period}`

function retentionMeasure(periods: number): ReturnType<typeof sumsMeasure> {
  const names = [
    ...Array.from({ length: periods + 1 }, (_, period) => periodName(period)),
    ...RETENTION_LEFT_OUT,
  ]
  const statistics = names.map((name, nth): [string, SumsStatistic] => [name, { ...NUMBER, nth }])
  return sumsMeasure(retentionKind(periods), names.length, Object.fromEntries(statistics))
}

export const retention = Array.from({ length: MOST_PERIODS }, (_, more) => retentionMeasure(more + 1))
