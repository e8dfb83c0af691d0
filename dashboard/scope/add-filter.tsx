/** A field of a source, then a value of it that the API knows: to keep, or to leave out. */
import { useEffect, useState } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CatalogSource, TopAnswer } from '../../query-api/wire.ts'
import { api } from '../state/api.ts'
import { faultWords } from '../state/fault-words.ts'
import { catalog } from '../state/catalog.ts'
import { filters } from '../state/slots.ts'
import { go, range } from '../state/navigation.ts'
import { namingFields } from '../plan/naming-fields.ts'
import { countOf } from '../plan/plan.ts'
import { Name } from '../ui/name.tsx'
import { valueName, words } from '../format/names.ts'
import { isUnnamed } from '../series/chart-model.ts'
import { choose } from '../view/filters.ts'

/** Values of a field by how often they come. */
function Values({
  source,
  field,
  close,
}: {
  source: CatalogSource
  field: string
  close: () => void
}): JSX.Element {
  const rows = useSignal<TopAnswer['rows'] | string | null>(null)
  useEffect(() => {
    const count = countOf(source)
    if (count === undefined || !namingFields(source).includes(field)) {
      rows.value = `Values of ${field} are not kept on their own.`
      return undefined
    }
    const leave = new AbortController()
    const { from, to } = range.peek()
    api
      .ask('top', { metric: count.metric, by: field, from, to, limit: 50 }, { signal: leave.signal })
      .then((answer) => (rows.value = answer.rows))
      .catch((error: unknown) => (rows.value = faultWords(error)))
    return () => leave.abort()
  }, [source, field])
  if (typeof rows.value === 'string') return <p class="bad">{rows.value}</p>
  if (rows.value === null) return <p class="i3">reading values</p>
  const pick = (value: string | null, keep: boolean): void => {
    close()
    go({ filters: choose(filters.value, source.source, field, value, keep) })
  }
  const values = rows.value
    .filter((row) => !isUnnamed(row.labels, field, row.other))
    .map((row) => row.labels[field] ?? null)
  return (
    <>
      {values.length === 0 && <p class="i3">no values in this range</p>}
      {values.map((value) => (
        <div class="pick" key={String(value)}>
          <button type="button" onClick={() => pick(value, true)}>
            <Name text={valueName(field, value)} />
          </button>
          <button
            type="button"
            class="not"
            aria-label={`${field} is not ${valueName(field, value)}`}
            onClick={() => pick(value, false)}
          >
            is not
          </button>
        </div>
      ))}
    </>
  )
}

export function AddFilter({ close }: { close: () => void }): JSX.Element {
  const [chosen, choose] = useState<{ source: CatalogSource; field: string } | null>(null)
  const all = (catalog.value ?? []).filter(({ breakdowns }) => breakdowns.length > 0)
  return (
    <>
      <div>
        {all.map((source) => (
          <div key={source.source} role="group" aria-label={source.source}>
            {all.length > 1 && <p class="xs i3">{source.source}</p>}
            {[...new Set(source.breakdowns.flat())].map((field) => (
              <button
                key={field}
                type="button"
                aria-current={chosen?.source === source && chosen.field === field ? 'true' : undefined}
                onClick={() => choose({ source, field })}
              >
                {words(field)}
              </button>
            ))}
          </div>
        ))}
      </div>
      {chosen !== null && (
        <div class="values">
          <Values key={`${chosen.source.source}.${chosen.field}`} {...chosen} close={close} />
        </div>
      )}
    </>
  )
}
