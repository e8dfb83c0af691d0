/** Filters as chips, and the menu that adds one: they come right after the page. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { filters } from '../state/slots.ts'

const Conditions = lazy<{ only: string | null }>(
  async () => {
    const [conditions] = await Promise.all([import('./conditions.tsx'), import('../style/menus.css')])
    return conditions.Conditions
  },
  () => (
    <>
      {filters.value.map((_, i) => (
        <span key={i} class="filt sk" />
      ))}
      <button type="button" class="ghost add" disabled>
        <Icon name="plus" />
        Filter
      </button>
    </>
  ),
)

/** `only`: those of one source. */
export const FilterBar = ({ only = null }: { only?: string | null }): JSX.Element => (
  <Conditions only={only} />
)
