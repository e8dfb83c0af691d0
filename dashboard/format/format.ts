/** How numbers, times and spans are written. A narrow no-break space stands before units, a true minus before what is below zero. */

import { localMs, zoneId } from './zone.ts'

const THIN = '\u202f'
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const decimals = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const places: Intl.NumberFormat[] = []

const minus = (text: string): string => text.replace('-', '−')

/** A number with `digits` decimals, grouped: 1,392.4 */
export function fixed(value: number, digits: number): string {
  // What rounds to nothing has no sign.
  return minus((places[digits] ??= decimals(digits)).format(value)).replace(/^−(?=0(\.0*)?$)/, '')
}

const superscript = (power: number): string =>
  [...String(power)].map((one) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(one)] ?? '⁻').join('')
/** 8.00 × 10⁻⁸: for what no prefix and no row of zeros can say. */
function powered(value: number, digits: number): string {
  const [factor, power] = value.toExponential(digits).split('e') as [string, string]
  return `${minus(factor)}${THIN}×${THIN}10${superscript(Number(power))}`
}

const prefixes: readonly [least: number, name: string][] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
]

/** In full up to seven digits, then 12.4 M, 3.1 G, 732 T. `digits` decimals where the number is written in full and below a million. */
export function amount(value: number, digits = 0): string {
  const size = Math.abs(value)
  if (size < 1e6) return fixed(value, digits)
  if (size < 1e7) return fixed(value, 0)
  if (size >= 1e18) return powered(value, 2)
  const [least, name] = prefixes.find(([from]) => size >= from)!
  return `${fixed(value / least, size / least < 100 ? 1 : 0)}${THIN}${name}`
}

/** For a narrow column: up to four digits in full with `digits` decimals, then three figures: 13.1k, 732T. Nothing that is not 0 reads 0. */
export function short(value: number, digits: number): string {
  const size = Math.abs(value)
  if (value === 0) return '0'
  if (size < 9_999.5)
    return size >= 99.5
      ? fixed(value, 0)
      : size >= 9.95
        ? fixed(value, Math.min(1, digits))
        : size < 0.5 * 10 ** -digits
          ? figures(value)
          : fixed(value, digits)
  if (size >= 1e18) return powered(value, 1)
  const [least, name] = prefixes.find(([from]) => size >= from * 0.9995) ?? [1e3, 'k']
  const scaled = value / least
  return `${fixed(scaled, Math.abs(scaled) >= 99.95 ? 0 : 1)}${name}`
}

/** Four figures: 186.5k. A percentage of two such numbers is right to its decimal. */
export function brief(value: number): string {
  const size = Math.abs(value)
  if (size < 9_999.5 || size >= 1e18) return short(value, 2)
  const [least, name] = prefixes.find(([from]) => size >= from * 0.99995) ?? [1e3, 'k']
  const scaled = value / least
  return `${fixed(scaled, Math.abs(scaled) >= 99.995 ? 1 : Math.abs(scaled) >= 9.9995 ? 2 : 3)}${name}`
}

/** Three figures that count, however small: 0.00412, 8.00 × 10⁻⁸. From 100 on one decimal, from 1,000 on none. */
export function figures(value: number): string {
  const size = Math.abs(value)
  if (value === 0) return '0'
  if (size >= 1e6) return amount(value)
  if (size >= 0.9995) return fixed(value, size >= 999.95 ? 0 : size >= 99.95 ? 1 : 2)
  if (size < 1e-4) return powered(value, 2)
  return fixed(value, 2 - Math.floor(Math.log10(size)))
}

/** Decimals that a step needs, so that no two labels read alike. */
function decimalsOf(step: number): number {
  for (let digits = 0; digits < 9; digits++)
    if (Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6 * step * 10 ** digits)
      return digits
  return 9
}

/** Labels of an axis whose marks are `step` apart: the same unit and the same decimals on every one; `times` is a power of ten that all are to be multiplied by. */
export function axisLabels(marks: readonly number[], step: number): { labels: string[]; times: string } {
  const size = Math.max(...marks.map(Math.abs))
  if (size > 0 && (size < 1e-3 || size >= 1e18)) {
    const power = Math.floor(Math.log10(size) + 1e-9)
    const digits = decimalsOf(step / 10 ** power)
    return {
      labels: marks.map((mark) => fixed(mark / 10 ** power, digits)),
      times: `×${THIN}10${superscript(power)}`,
    }
  }
  const [least, name] =
    size > 9_999
      ? (prefixes.find(([from]) => size >= from * 10 || (size >= from && step >= from / 100)) ?? [1e3, 'k'])
      : [1, '']
  const digits = decimalsOf(step / least)
  return {
    labels: marks.map((mark) => (mark === 0 && name !== '' ? '0' : `${fixed(mark / least, digits)}${name}`)),
    times: '',
  }
}

/** A rate is written over the shortest time in which something happens: 16 events in 30 days are 0.5 a day, not 0.00 a second. */
export interface RateUnit {
  readonly name: 's' | 'min' | 'h' | 'day'
  readonly word: string
  /** Of one a second. */
  readonly factor: number
}
const rateUnits: readonly RateUnit[] = [
  { name: 's', word: 'second', factor: 1 },
  { name: 'min', word: 'minute', factor: 60 },
  { name: 'h', word: 'hour', factor: 3_600 },
  { name: 'day', word: 'day', factor: 86_400 },
]
/** The first unit in which `perS` (of the mean) is not nearly nothing. */
export const rateUnit = (perS: number): RateUnit =>
  perS <= 0 ? rateUnits[0]! : (rateUnits.find(({ factor }) => perS * factor >= 0.1) ?? rateUnits.at(-1)!)
/** "1,392/s", "0.5/day". */
export function rate(perS: number, unit = rateUnit(perS)): string {
  if (perS === 0) return `0/${unit.name}` // nothing is nothing: 0.00 reads like a little
  const value = perS * unit.factor
  return `${amount(value, rateDigits(value))}/${unit.name}`
}

/** Decimals that a column of rates needs: small ones would all read 0 without. */
export function rateDigits(greatest: number): number {
  return greatest < 0.1 && greatest > 0
    ? Math.min(9, 1 - Math.floor(Math.log10(greatest)))
    : greatest < 1
      ? 2
      : greatest < 10
        ? 1
        : 0
}

/** 22.1 % */
export const share = (part: number): string => `${fixed(part * 100, 1)}${THIN}%`

/** How complete something is, cut and not rounded: 100 % is said only of the whole. */
export function completeness(part: number): string {
  const tenths = Math.floor(part * 1000 + 1e-6)
  return part >= 1 ? `100${THIN}%` : `${fixed(Math.min(tenths, 999) / 10, tenths % 10 === 0 ? 0 : 1)}${THIN}%`
}

/** 19.2 MB; a GB is 10^9. */
export function bytes(value: number): string {
  const at = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${fixed(value / 1000 ** at, at === 0 ? 0 : 1)}${THIN}${['B', 'kB', 'MB', 'GB'][at]!}`
}

export const milliseconds = (ms: number): string => `${whole.format(Math.round(ms))}${THIN}ms`
export const seconds = (s: number): string => `${whole.format(s)}${THIN}s`

const two = (n: number): string => String(n).padStart(2, '0')

/** 12 s, 2 min 51 s, 3 h 05 min, 4 d. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return seconds(s)
  if (s < 3600) return `${Math.floor(s / 60)}${THIN}min${s % 60 === 0 ? '' : ` ${two(s % 60)}${THIN}s`}`
  if (s < 86_400)
    return `${Math.floor(s / 3600)}${THIN}h${Math.floor(s / 60) % 60 === 0 ? '' : ` ${two(Math.floor(s / 60) % 60)}${THIN}min`}`
  return `${whole.format(Math.floor(s / 86_400))}${THIN}d`
}

/** A step between points: 5 s, 2 min, 1 h. */
export const stepName = (ms: number): string => (ms < 1000 ? milliseconds(ms) : span(ms))

const parts = (ms: number): Date => new Date(localMs(ms))

/** Time of day. */
export function clockTime(ms: number): string {
  const at = parts(ms)
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}
export const clockTimeMs = (ms: number): string =>
  `${clockTime(ms)}.${String((((ms % 1000) + 1000) % 1000) | 0).padStart(3, '0')}`
export const clockMinute = (ms: number): string => clockTime(ms).slice(0, 5)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** 7 Nov; of another year than `nowMs` with the year. */
export const DAY_MS = 86_400_000
export function dayOf(ms: number, nowMs = ms): string {
  const at = parts(ms)
  const year = at.getUTCFullYear()
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]!}${year === parts(nowMs).getUTCFullYear() ? '' : ` ${year}`}`
}
/** Time of day, with its date where that is not today: 21:04:38, or 25 Nov 21:04:38. */
export const momentOf = (ms: number, nowMs = Date.now()): string =>
  (Math.abs(ms - nowMs) < DAY_MS && dayOf(ms, nowMs) === dayOf(nowMs, nowMs) ? '' : `${dayOf(ms, nowMs)} `) +
  clockTime(ms)

/** The city of a zone: Berlin, UTC. */
export const zoneName = (zone = zoneId()): string => zone.split('/').at(-1)!.replaceAll('_', ' ')
