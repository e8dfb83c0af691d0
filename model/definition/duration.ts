const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of `45m`, a text that fits the schema. */
export function durationMs(text: string): number {
  const [, digits, unit] = /^(\d+)([a-z]+)$/.exec(text)!
  return Number(digits) * UNITS[unit as keyof typeof UNITS]
}
