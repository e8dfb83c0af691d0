/** A condition: a field of a source, how it is compared, and with what. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { catalog } from '../state/catalog.ts'
import { words } from '../format/names.ts'
import { operators, type Filter, type Operator } from '../view/filters.ts'
import { faultOf, operatorsOf } from './operators.ts'
import { KnownValues } from './known-values.tsx'

export interface EditorProps {
  /** The only source to choose from; null offers all. */
  readonly only: string | null
  /** The condition to change; null begins a new one. */
  readonly of: Filter | null
  readonly onDone: (filter: Filter) => void
  readonly close: () => void
}

type Field = CatalogSource['fields'][number]

const tidy = (text: string): string =>
  text.trim().replace(/^(-?)(\d{1,3})(?:,(\d{3}))+$/, (all) => all.replaceAll(',', ''))

function Numbers({ source, field, of, onDone }: PartProps): JSX.Element {
  const known = operatorsOf(field)
  const [op, setOp] = useState<Operator>(of?.op ?? known[0]!)
  const [values, setValues] = useState<readonly string[]>(of?.values ?? [''])
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  const taken = (
    op === 'between' ? [values[0] ?? '', values[1] ?? ''] : op === 'exists' ? ['true'] : [values[0] ?? '']
  ).map(tidy)
  const wrong = faultOf(field, op, taken)
  const touched = taken.some((one) => one !== '')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (wrong === null) onDone({ source, field: field.name, op, values: taken })
      }}
    >
      <Operators known={known} at={op} onChoose={setOp} />
      {op !== 'exists' && (
        <div class="two">
          {taken.map((_, i) => (
            <label class="field" key={i}>
              <span>{op === 'between' ? (i === 0 ? 'from' : 'to') : words(field.name)}</span>
              <span class="in">
                <input
                  ref={i === 0 ? first : null}
                  inputMode={field.type === 'number' ? 'decimal' : 'text'}
                  value={values[i] ?? ''}
                  autocomplete="off"
                  spellcheck={false}
                  onInput={(event) => {
                    const next = [...values]
                    next[i] = event.currentTarget.value
                    setValues(next)
                  }}
                />
              </span>
            </label>
          ))}
        </div>
      )}
      <p class="bad" role="alert">
        {touched ? wrong : ''}
      </p>
      <button type="submit" class="btn main" disabled={wrong !== null}>
        Apply
      </button>
    </form>
  )
}

interface PartProps {
  readonly source: string
  readonly field: Field
  readonly of: Filter | null
  readonly onDone: (filter: Filter) => void
}

function Operators({
  known,
  at,
  onChoose,
}: {
  known: readonly Operator[]
  at: Operator
  onChoose: (op: Operator) => void
}): JSX.Element {
  return (
    <label class="field">
      <span>Condition</span>
      <span class="in">
        <select value={at} onChange={(event) => onChoose(event.currentTarget.value as Operator)}>
          {known.map((op) => (
            <option key={op} value={op}>
              {op === 'exists' ? 'has a value' : operators[op]}
            </option>
          ))}
        </select>
      </span>
    </label>
  )
}

/** Texts: values by how often they come, or what they begin with or contain. */
function Texts(props: PartProps & { close: () => void }): JSX.Element {
  const { field, of } = props
  const [op, setOp] = useState<Operator>(of?.op ?? 'is')
  const listed = op === 'is' || op === 'not'
  return listed ? (
    <div class="values">
      <Operators known={operatorsOf(field)} at={op} onChoose={setOp} />
      <KnownValues {...props} op={op} />
    </div>
  ) : (
    <Numbers
      key={op}
      {...props}
      of={of?.op === op ? of : { source: props.source, field: field.name, op, values: [''] }}
    />
  )
}

export function FilterEditor({ only, of, onDone, close }: EditorProps): JSX.Element {
  const all = (catalog.value ?? []).filter(({ source }) => only === null || source === only)
  const fieldOf = (filter: Filter): { source: CatalogSource; field: Field } | null => {
    const source = all.find((one) => one.source === filter.source)
    const field = source?.fields.find(({ name }) => name === filter.field)
    return source === undefined || field === undefined ? null : { source, field }
  }
  const [chosen, choose] = useState(of === null ? null : fieldOf(of))
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (of === null) root.current?.querySelector('button')?.focus()
  }, [])
  const Part = chosen?.field.type === 'number' ? Numbers : Texts
  return (
    <>
      {of === null && (
        <div ref={root}>
          {all.map((source) => (
            <div key={source.source} role="group" aria-label={source.source}>
              {all.length > 1 && <p class="xs i3">{source.source}</p>}
              {source.fields.map((field) => (
                <button
                  key={field.name}
                  type="button"
                  aria-current={
                    chosen?.source === source && chosen.field.name === field.name ? 'true' : undefined
                  }
                  onClick={() => choose({ source, field })}
                >
                  {words(field.name)}
                  {field.type === 'number' && <span class="i3 push">number</span>}
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
      {chosen !== null && (
        <Part
          key={`${chosen.source.source}.${chosen.field.name}`}
          source={chosen.source.source}
          field={chosen.field}
          of={of}
          onDone={onDone}
          close={close}
        />
      )}
    </>
  )
}
