/** A field, then a value of it that the API knows: to keep, or to leave out. */
import { useEffect, useState } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { TopAnswer } from '../../query-api/wire.ts'
import { catalog } from '../live/catalog.ts'
import { go, range, view } from '../live/page.ts'
import { topText } from '../live/queries.ts'
import { countOf, namingFields } from '../overview/plan.ts'
import { valueName, words } from '../say/names.ts'
import { choose } from './filters.ts'

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

export function AddFilter({ close }: { close: () => void }): JSX.Element {
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
