/** A list of rows that shows its first few until a reader wants more; and the lines that stand in for rows that are awaited. */
import type { JSX } from 'preact'
import { amount } from '../format/format.ts'
import { unfolded } from '../state/slots.ts'

export function toggleFold(name: string): void {
  const next = new Set(unfolded.value)
  if (!next.delete(name)) next.add(name)
  unfolded.value = next
}

interface FoldProps {
  /** Of the panel. */
  readonly name: string
  readonly total: number
  readonly few: number
  /** No more are ever shown. */
  readonly most: number
  /** What the rows are, several of them. */
  readonly what: string
}

/** Nothing where all rows are among the few. */
export function Fold({ name, total, few, most, what }: FoldProps): JSX.Element | null {
  if (total <= few) return null
  return (
    <button type="button" class="link" onClick={() => toggleFold(name)}>
      {unfolded.value.has(name)
        ? `The first ${few}`
        : total > most
          ? `${most} of ${amount(total)} ${what}`
          : `All ${amount(total)} ${what}`}
    </button>
  )
}

export const SkeletonRows = ({ rows }: { rows: number }): JSX.Element => (
  <>
    {Array.from({ length: rows }, (_, i) => (
      <tr key={i}>
        <td colSpan={3}>
          <span class="sk" style={{ width: `${90 - 8 * i}%`, height: '14px' }} />
        </td>
      </tr>
    ))}
  </>
)
