/** How the numbers of a metric are written: counts whole, rates and means with the decimals they need. */
import { amount, fixed } from './format.ts'

/** Decimals for a mean of this size: three figures are enough to read. */
export const meanDigits = (size: number): number => (Math.abs(size) >= 100 ? 0 : Math.abs(size) >= 10 ? 1 : 2)
export const mean = (value: number): string => (Math.abs(value) >= 1e6 ? amount(value) : fixed(value, meanDigits(value)))

/** "12.4 %" up or down; change is neutral, so it has no colour. */
export function changeWords(change: number): { arrow: '↑' | '↓' | ''; text: string } {
  const size = Math.abs(change) * 100
  const text = `${size >= 1000 ? amount(size) : fixed(size, 1)}\u202f%`
  return { arrow: size < 0.05 ? '' : change > 0 ? '↑' : '↓', text }
}
