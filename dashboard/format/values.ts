/** How the numbers of a metric are written: counts whole, rates and means with the figures they need. */
import { amount, figures, fixed, rate, span } from './format.ts'

export const mean = figures

/** Sums: whole where they are whole, else with the cents. */
export const sum = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.1
    ? figures(value)
    : amount(value, Number.isInteger(value) || Math.abs(value) >= 1e5 ? 0 : 2)

interface Adding {
  readonly kind: string
  readonly field: string | null
}
const isTime = ({ kind }: Adding): boolean => kind === 'time_in_state'

/** Totals of what adds up: counts whole, seconds in a state as a length of time, else as sums. */
export const totalText = (metric: Adding): ((value: number) => string) =>
  isTime(metric) ? (value) => span(value * 1000) : metric.field === null ? (value) => amount(value) : sum

/** "1,392/s now"; seconds a second are how many are in the state: "2.4 at a time now". */
export const nowText = (metric: Adding, perS: number): string =>
  isTime(metric) ? `${figures(perS)} at a time now` : `${rate(perS)} now`

/** "12.4 %" up or down; change is neutral, so it has no colour. */
export function changeWords(change: number): { arrow: '↑' | '↓' | ''; text: string } {
  const size = Math.abs(change) * 100
  const text = `${size >= 1000 ? amount(size) : fixed(size, 1)}\u202f%`
  return { arrow: size < 0.05 ? '' : change > 0 ? '↑' : '↓', text }
}
