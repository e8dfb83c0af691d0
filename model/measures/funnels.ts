/** What is asked of funnels, as sums that lie beside each other in a cell: each step, then what is of no way. */
import { NUMBER } from './measure.ts'
import { sumsMeasure, type SumsStatistic } from './sums.ts'

const [LEAST_STEPS, MOST_STEPS] = [2, 8]
/** Behind the steps. */
export const FUNNEL_LEFT_OUT = ['late', 'over', 'elsewhere'] as const

export const funnelKind = (steps: number): string => `funnel-${steps}`
export const stepName = (step: number): string => `step${step + 1}`

function funnelMeasure(steps: number): ReturnType<typeof sumsMeasure> {
  const names = [...Array.from({ length: steps }, (_, step) => stepName(step)), ...FUNNEL_LEFT_OUT]
  const statistics = names.map((name, nth): [string, SumsStatistic] => [
    name,
    { ...NUMBER, of: (sums) => sums[nth]! },
  ])
  return sumsMeasure(funnelKind(steps), names.length, Object.fromEntries(statistics))
}

export const funnels = Array.from({ length: MOST_STEPS - LEAST_STEPS + 1 }, (_, more) =>
  funnelMeasure(LEAST_STEPS + more),
)
