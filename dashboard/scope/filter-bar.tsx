/** Filters as chips (is: solid, is not: dashed with a bold operator) and the menu that adds one. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { catalog } from '../state/catalog.ts'
import { filters } from '../state/slots.ts'
import { go } from '../state/navigation.ts'
import { Menu } from '../ui/menu.tsx'
import { Name } from '../ui/name.tsx'
import { valueName } from '../format/names.ts'
import { operators, turned, type Filter } from '../view/filters.ts'

const without = (filter: Filter): void => go({ filters: filters.value.filter((one) => one !== filter) })
const instead = (filter: Filter, next: Filter): void =>
  go({ filters: filters.value.map((one) => (one === filter ? next : one)) })

/** Where two sources have a field of one name, whose it is stands before it. */
const isTwice = (name: string): boolean =>
  (catalog.value ?? []).filter(({ fields }) => fields.some((one) => one.name === name)).length > 1

function Chip({ filter }: { filter: Filter }): JSX.Element {
  const { source, field, op, values } = filter
  const shown =
    op === 'exists'
      ? values[0] === 'true'
        ? 'any value'
        : 'none'
      : values.map((value) => (op === 'is' || op === 'not' ? valueName(field, value) : value)).join(', ')
  const said = op === 'exists' ? 'has' : operators[op]
  return (
    <span class="filt" data-op={op} data-field={field}>
      <span class="f">{source !== null && isTwice(field) ? `${source} ${field}` : field}</span>
      <button type="button" class="op" title="Turn it around" onClick={() => instead(filter, turned(filter))}>
        {said}
      </button>
      <span class="v cut">
        <Name text={shown} />
      </span>
      <button
        type="button"
        class="x"
        aria-label={`Remove: ${field} ${said} ${shown}`}
        onClick={() => without(filter)}
      >
        <Icon name="cross" />
      </button>
    </span>
  )
}

const Adding = lazy<{ close: () => void }>(
  async () => (await import('./add-filter.tsx')).AddFilter,
  () => null,
)

export function FilterBar(): JSX.Element {
  return (
    <>
      {filters.value.map((filter) => (
        <Chip key={`${filter.source}.${filter.field}${filter.op}`} filter={filter} />
      ))}
      <Menu
        label="Filter"
        buttonClass="ghost add"
        menuClass="adding"
        spoken
        disabled={catalog.value === null}
        button={
          <>
            <Icon name="plus" />
            Filter
          </>
        }
      >
        {(close) => <Adding close={close} />}
      </Menu>
    </>
  )
}
