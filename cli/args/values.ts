/** Values of flags: addresses, numbers, durations, times. */
import { parseEventTime } from '../../model/time/event-time.ts'
import { CommandError, exitCodes } from './exit.ts'
import { wrongConfiguration } from './flag-file.ts'

/** Where `tidemark up` puts its broker. */
export const DEFAULT_KAFKA = '127.0.0.1:4492'

const address = /^(\[[0-9a-fA-F:]+\]|[^\s:,/]+):\d{1,5}$/
const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `said`: the flag, or the variable in its place, which nobody would look for behind the name of a flag. */
const wrong = (said: string, value: string, wanted: string) =>
  said.startsWith('TIDEMARK_')
    ? wrongConfiguration(`${said}=${value.slice(0, 80)}: ${wanted}`)
    : new CommandError(`--${said} ${value}: ${wanted}.`, exitCodes.usage)

export function readBrokers(value: string, said = 'kafka'): string[] {
  const brokers = value.split(',').map((one) => one.trim())
  const bad = brokers.find(
    (one) => !address.test(one) || Number(one.slice(one.lastIndexOf(':') + 1)) > 65_535,
  )
  if (bad !== undefined) throw wrong(said, value, 'write HOST:PORT, several with commas')
  return brokers
}

export function readNumber(
  said: string,
  value: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER, whole = false } = {},
): number {
  const number = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(value.trim()) ? Number(value) : Number.NaN
  if (Number.isNaN(number) || number < least || number > most || (whole && !Number.isInteger(number)))
    throw wrong(said, value, `write a ${whole ? 'whole ' : ''}number from ${least} to ${most}`)
  return number
}

/** `500ms`, `30s`, `15m`, `6h`, `2d`, `0`; in ms. */
export function readDurationMs(said: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value)
  if (match) return Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]
  if (value === '0') return 0
  throw wrong(said, value, 'write a time like 500ms, 30s, 15m, 6h or 2d')
}

/** ISO-8601 with a zone, or epoch; in ms. */
export function readTimeMs(said: string, value: string): number {
  const timeMs = parseEventTime(/^\d+$/.test(value) ? Number(value) : value)
  if (timeMs === null) throw wrong(said, value, 'write a time like 2026-05-01T12:00:00Z')
  return timeMs
}
