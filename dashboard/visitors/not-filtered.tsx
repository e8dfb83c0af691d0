/** Filters of the page that a panel cannot heed. */
import type { JSX } from 'preact'
import { factFilters } from '../plan/facts.ts'
import { filters } from '../state/slots.ts'
import type { VisitorsPanel } from './plan.ts'

export function NotFiltered({ of, what }: { of: VisitorsPanel; what: string }): JSX.Element | null {
  const heeded = factFilters(of.source, of.by, filters.value)
  const others = filters.value.filter((filter) => !heeded.includes(filter))
  if (others.length === 0) return null
  const fields = [
    ...new Set(others.map(({ field, op }) => (op === 'any' ? 'a choice of conditions' : field))),
  ]
  return (
    <p class="note" data-not-filtered>
      Not filtered by {fields.join(' and ')}: {what} of {of.source.source} are not split by it.
    </p>
  )
}
