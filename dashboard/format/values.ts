/** How the numbers of a metric are written: counts whole, rates and means with the figures they need. */
import { amount, figures, fixed } from './format.ts'

export const mean = figures

/** Sums: whole where they are whole, else with the cents. */
export const sum = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.1
    ? figures(value)
    : amount(value, Number.isInteger(value) || Math.abs(value) >= 1e5 ? 0 : 2)

/** "12.4 %" up or down; change is neutral, so it has no colour. */
export function changeWords(change: number): { arrow: '↑' | '↓' | ''; text: string } {
  const size = Math.abs(change) * 100
  const text = `${size >= 1000 ? amount(size) : fixed(size, 1)}\u202f%`
  return { arrow: size < 0.05 ? '' : change > 0 ? '↑' : '↓', text }
}
