/** The words under a panel, which come right after it. */
import type { CatalogSource } from '../../query-api/wire.ts'
import { lazy } from '../ui/lazy.tsx'
import { filters } from '../state/slots.ts'
import type { BudgetNoteProps } from './budget-note.tsx'
import type { WhyProps } from './reasons.tsx'

export const Why = lazy<WhyProps>(
  async () => (await import('./reasons.tsx')).Why,
  () => <div class="note" />,
)
export const BudgetNote = lazy<BudgetNoteProps>(
  async () => (await import('./budget-note.tsx')).BudgetNote,
  ({ otherwise }) => otherwise ?? null,
)
const Unfiltered = lazy<{ source: CatalogSource }>(
  async () => (await import('./reasons.tsx')).NotFiltered,
  () => null,
)
export const NotFiltered = ({ source }: { source: CatalogSource }): ReturnType<typeof Unfiltered> =>
  filters.value.length === 0 ? null : <Unfiltered source={source} />
