import { parseEventTime } from '../../model/time/event-time.ts'

/** Date and time with a space or a T between them and no zone, as spreadsheets and databases write it. */
const zoneless = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.,]\d+)?)?$/
const decimal = /^-?\d+(\.\d+)?$/

/**
 * Time of a row in ms since 1970: ISO-8601 with a zone, epoch s, ms, us or ns by magnitude (digits in text too), and, where
 * `utc` says so, `YYYY-MM-DD HH:MM:SS` as UTC. Answers why not, otherwise.
 */
export function readTime(value: unknown, utc: boolean): number | { fault: string } {
  if (typeof value === 'number') return parseEventTime(value) ?? { fault: `${value} is not a time` }
  if (typeof value !== 'string' || value.trim() === '') return { fault: 'the time is empty' }
  const text = value.trim()
  if (decimal.test(text)) return parseEventTime(Number(text)) ?? { fault: `${text} is not a time` }
  if (!zoneless.test(text))
    return parseEventTime(text.replace(' ', 'T')) ?? { fault: `"${text.slice(0, 80)}" is not a time` }
  if (!utc) return { fault: `"${text}" names no zone; where the file means UTC, say --utc` }
  return (
    parseEventTime(`${text.replace(' ', 'T').replace(',', '.')}Z`) ?? {
      fault: `"${text}" is not a date of the calendar`,
    }
  )
}
