/** Filters as chips (is: solid, is not: dashed with a bold operator) and the menu that adds one from values the API knows. */
import { useEffect, useState } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { TopAnswer } from '../../query-api/wire.ts'
import { Icon } from '../icons.tsx'
import { catalog } from '../live/catalog.ts'
import { go, range, view } from '../live/page.ts'
import { topText } from '../live/queries.ts'
import { countOf, namingFields } from '../overview/plan.ts'
import { Menu } from '../panels/menu.tsx'
import { valueName, words } from '../say/names.ts'
import { choose, operators, turned, type Filter } from './filters.ts'

const without = (filter: Filter): void => go({ filters: view.value.filters.filter((one) => one !== filter) })
const instead = (filter: Filter, next: Filter): void => go({ filters: view.value.filters.map((one) => (one === filter ? next : one)) })

function Chip({ filter }: { filter: Filter }): JSX.Element {
  const { field, op, values } = filter
  const shown = op === 'exists' ? (values[0] === 'true' ? 'any value' : 'none') : values.map((value) => (op === 'is' || op === 'not' ? valueName(field, value) : value)).join(', ')
  const said = op === 'exists' ? 'has' : operators[op]
  return (
    <span class="filt" data-op={op} data-field={field}>
      <span class="f">{field}</span>
      <button type="button" class="op" title="Turn it around" onClick={() => instead(filter, turned(filter))}>
        {said}
      </button>
      <span class="v cut">{shown}</span>
      <button type="button" class="x" aria-label={`Remove: ${field} ${said} ${shown}`} onClick={() => without(filter)}>
        <Icon name="cross" />
      </button>
    </span>
  )
}

/** Values of a field by how often they come, from the source that has it. */
function Values({ field, close }: { field: string; close: () => void }): JSX.Element {
  const rows = useSignal<TopAnswer['rows'] | string | null>(null)
  useEffect(() => {
    const source = catalog.value?.find((one) => namingFields(one).includes(field) && countOf(one) !== undefined)
    if (source === undefined) return
    const leave = new AbortController()
    fetch(`/v1/${topText({ metric: countOf(source)!.metric, by: field, limit: 50 }, source, { range: range.peek(), filters: [], compare: false })}`, { signal: leave.signal })
      .then(async (response) => (rows.value = response.ok ? ((await response.json()) as TopAnswer).rows : `the API answered ${response.status}`))
      .catch((error: unknown) => (rows.value = String(error)))
    return () => leave.abort()
  }, [field])
  if (typeof rows.value === 'string') return <p class="bad">{rows.value}</p>
  if (rows.value === null) return <p class="i3">reading values</p>
  const pick = (value: string | null, keep: boolean): void => {
    close()
    go({ filters: choose(view.value.filters, field, value, keep) })
  }
  const values = rows.value.map((row) => row.labels[field] ?? null).filter((value) => value !== '__other__')
  return (
    <>
      {values.length === 0 && <p class="i3">no values in this range</p>}
      {values.map((value) => (
        <div class="pick" key={String(value)}>
          <button type="button" onClick={() => pick(value, true)}>
            {valueName(field, value)}
          </button>
          <button type="button" class="not" aria-label={`${field} is not ${valueName(field, value)}`} onClick={() => pick(value, false)}>
            is not
          </button>
        </div>
      ))}
    </>
  )
}

function Adding({ close }: { close: () => void }): JSX.Element {
  const [field, setField] = useState<string | null>(null)
  const fields = [...new Set(catalog.value?.flatMap((source) => source.breakdowns.flat()))]
  return (
    <>
      <div>
        {fields.map((name) => (
          <button key={name} type="button" aria-current={name === field ? 'true' : undefined} onClick={() => setField(name)}>
            {words(name)}
          </button>
        ))}
      </div>
      {field !== null && (
        <div class="values">
          <Values key={field} field={field} close={close} />
        </div>
      )}
    </>
  )
}

export function FilterBar(): JSX.Element {
  const { filters } = view.value
  return (
    <>
      {filters.map((filter) => (
        <Chip key={`${filter.field}${filter.op}`} filter={filter} />
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
