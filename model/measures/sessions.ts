/** What is asked of sessions, as sums that lie beside each other in a cell. */
import { NUMBER, type Statistic } from './measure.ts'
import { sumsMeasure } from './sums.ts'

/** In the order of their places in a cell; `elsewhere`: of those opened by a record whose key is not the value of the key field. */
export const SESSION_SUMS = [
  'sessions',
  'bounces',
  'pages',
  'durationMs',
  'late',
  'over',
  'elsewhere',
] as const

const RATIO: Statistic = { ofNothing: null, addsUp: false, withMore: 'unknown', unit: 'number' }
const per = (sums: readonly number[], nth: number): number | null =>
  sums[0]! > 0 ? sums[nth]! / sums[0]! : null

export const sessions = sumsMeasure('sessions', SESSION_SUMS.length, {
  sessions: { ...NUMBER, of: (sums) => sums[0]! },
  bounceRate: { ...RATIO, of: (sums) => per(sums, 1) },
  pagesASession: { ...RATIO, of: (sums) => per(sums, 2) },
  averageMs: { ...RATIO, of: (sums) => per(sums, 3) },
  late: { ...NUMBER, of: (sums) => sums[4]! },
  over: { ...NUMBER, of: (sums) => sums[5]! },
  elsewhere: { ...NUMBER, of: (sums) => sums[6]! },
})
