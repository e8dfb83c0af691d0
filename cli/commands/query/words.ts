/** Figures, labels and times as a terminal shows them. Pure. */
import type { Provenance } from '../../../query-api/wire.ts'

/** What the answer knows of itself, in one line. */
export function footOf(
  { asOfMs, complete, behindRecords, partitions, from, reading }: Provenance,
  tz: string,
): string {
  if (reading !== undefined) return `\n${readingWords(reading)}\n`
  const known = asOfMs === null ? 'nothing is known yet' : `known up to ${timeIn(tz, 1000)(asOfMs)}`
  const behind = behindRecords === 0 ? '' : `, ${behindRecords} records wait`
  const part =
    complete === 1
      ? ''
      : `, only ${Math.floor(complete * partitions)} of ${partitions} partitions are counted`
  return `\n${known} from ${from}${behind}${part}\n`
}

/** Cut and not rounded: 100 % is said only of an answer. */
function readingWords({ records, total, newestFirst }: NonNullable<Provenance['reading']>): string {
  const percent = total === 0 ? 0 : Math.floor((records / total) * 100)
  return `NOT FINAL: of ${percent} % of the log, the ${newestFirst ? 'newest' : 'oldest'} records first; the answer follows`
}

export function timeIn(tz: string, intervalMs: number): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: tz,
    dateStyle: 'short',
    ...(intervalMs < 86_400_000 && { timeStyle: 'medium' }),
  })
  return (ms) => format.format(ms)
}

export const named = (label: string | null): string =>
  label === null ? '(none)' : label === '' ? '(empty)' : plain(label)
export const figure = (value: number | null): string =>
  value === null ? '-' : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)))
export const percent = (share: number | null, isSigned = false): string =>
  share === null ? '-' : `${isSigned && share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`

/** Labels come from outside: no control character of theirs reaches the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\ufffd')
