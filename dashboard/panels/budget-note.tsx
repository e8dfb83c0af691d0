/** Beside names or devices that are nearly more than the definition gives room for. */
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { visible } from '../format/names.ts'
import { Glyph } from '../ui/icons.tsx'
import { spentWords } from '../format/budget-words.ts'
import { spent, watchBudgets } from '../state/budgets.ts'

export interface BudgetNoteProps {
  readonly source: string
  /** The field of the breakdown that is shown, or the one that is the key. */
  readonly by: string
  readonly kind: 'names' | 'entities'
  /** What stands in its place while there is nothing to say: it comes without moving anything. */
  readonly otherwise?: JSX.Element | null
}

export function BudgetNote({ source, by, kind, otherwise = null }: BudgetNoteProps): JSX.Element | null {
  useEffect(() => watchBudgets(), [])
  const one = spent.value.get(source)?.find((found) => found.kind === kind && found.by === by)
  if (one === undefined) return otherwise
  const { share, said, sample, means } = spentWords(one)
  const such = sample.length === 0 ? '' : `, such as ${visible(sample.join(', '))}`
  return (
    <span class="push budget cut" data-spent={by} title={`${said}${such}. ${means}`}>
      <span class="warn">
        <Glyph name="partial" />
      </span>
      {kind === 'names' ? `${share} of the day's names given out` : `${share} of the room is taken`}
      <span class="sr">{`: ${said}${such}. ${means}`}</span>
    </span>
  )
}
