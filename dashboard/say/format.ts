/** How numbers, times and spans are written. A narrow no-break space stands before units, a true minus before what is below zero. */

const thin = '\u202f'
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const places = [0, 1, 2].map((digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }))

const minus = (text: string): string => text.replace('-', '−')

/** A number with `digits` decimals (0 to 2), grouped: 1,392.4 */
export function fixed(value: number, digits: number): string {
  return minus((places[digits] ?? whole).format(value))
}

/** In full up to seven digits, then 12.4 M, 3.1 G. `digits` decimals where the number is written in full and below a million. */
export function amount(value: number, digits = 0): string {
  const size = Math.abs(value)
  if (size < 1e6) return fixed(value, digits)
  if (size < 1e7) return fixed(value, 0)
  if (size < 1e9) return `${fixed(value / 1e6, 1)}${thin}M`
  return `${fixed(value / 1e9, 1)}${thin}G`
}

/** Labels of an axis: 0, 250, 2k, 1.5M. */
export function axisNumber(value: number): string {
  const size = Math.abs(value)
  const [scaled, suffix] = size >= 1e6 ? [value / 1e6, 'M'] : size >= 1e3 ? [value / 1e3, 'k'] : [value, '']
  return minus(`${Number(scaled.toPrecision(6))}${suffix}`)
}

/** Decimals that a column of rates needs: small ones would all read 0 without. */
export function rateDigits(greatest: number): number {
  return greatest < 1 ? 2 : greatest < 10 ? 1 : 0
}

/** 22.1 % */
export const share = (part: number): string => `${fixed(part * 100, 1)}${thin}%`

/** How complete something is, cut and not rounded: 100 % is said only of the whole. */
export function completeness(part: number): string {
  const tenths = Math.floor(part * 1000 + 1e-6)
  return part >= 1 ? `100${thin}%` : `${fixed(Math.min(tenths, 999) / 10, tenths % 10 === 0 ? 0 : 1)}${thin}%`
}

/** 19.2 MB; a GB is 10^9. */
export function bytes(value: number): string {
  const at = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${fixed(value / 1000 ** at, at === 0 ? 0 : 1)}${thin}${['B', 'kB', 'MB', 'GB'][at]!}`
}

export const milliseconds = (ms: number): string => `${whole.format(Math.round(ms))}${thin}ms`
export const seconds = (s: number): string => `${whole.format(s)}${thin}s`

const two = (n: number): string => String(n).padStart(2, '0')

/** 12 s, 2 min 51 s, 3 h 05 min, 4 d. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return seconds(s)
  if (s < 3600) return `${Math.floor(s / 60)}${thin}min${s % 60 === 0 ? '' : ` ${two(s % 60)}${thin}s`}`
  if (s < 86_400) return `${Math.floor(s / 3600)}${thin}h${Math.floor(s / 60) % 60 === 0 ? '' : ` ${two(Math.floor(s / 60) % 60)}${thin}min`}`
  return `${whole.format(Math.floor(s / 86_400))}${thin}d`
}

/** A step between points: 5 s, 2 min, 1 h. */
export const stepName = (ms: number): string => (ms < 1000 ? milliseconds(ms) : span(ms))

/** Time of day in the reader's zone. */
export function clockTime(ms: number): string {
  const at = new Date(ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
export const clockTimeMs = (ms: number): string => `${clockTime(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, '0')}`
export const clockMinute = (ms: number): string => clockTime(ms).slice(0, 5)

/** The city of the reader's zone: Berlin, UTC. */
export function zoneName(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')
}
