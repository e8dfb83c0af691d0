/** Numbers and durations as `tidemark check` writes them. */

export const whole = (value: number): string => value.toLocaleString('en-US')

export function durationText(ms: number): string {
  for (const [unit, unitMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const)
    if (ms % unitMs === 0) return `${ms / unitMs}${unit}`
  return `${ms}ms`
}
